"""The roof: settings, application factory, private database, and the `hitl-relay` command."""

__version__ = "0.1.0"
