"""The door for humans: device registration, WebSocket, inbox."""
