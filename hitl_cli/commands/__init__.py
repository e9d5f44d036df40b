"""What each `hitl-cli` command does. Imported only when the command runs."""
