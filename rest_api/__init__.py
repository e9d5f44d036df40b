"""The door for programs: REST with API keys."""
