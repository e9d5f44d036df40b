"""Rows in, domain objects out."""
