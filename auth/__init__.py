"""Owners and credentials: accounts, sessions, API keys, and the guard every door uses."""
