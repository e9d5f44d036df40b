"""Identity providers that people come from: what the administrator names, and what is spoken with each kind of them."""
