"""The client: SDK and the `hitl-cli` command. It shares no code with the server."""
