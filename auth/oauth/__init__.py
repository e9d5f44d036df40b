"""The authorization server's rules, an RFC a file. No I/O: facts come in, an answer and changes go out."""
