"""Plumbing that every package stands on."""
