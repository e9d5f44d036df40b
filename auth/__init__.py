"""Owners and credentials: accounts, sessions, API keys, and the guard every door uses."""

from auth.routes import operations
from auth.setup import auth, auth_loops

__all__ = ["auth", "auth_loops", "operations"]
