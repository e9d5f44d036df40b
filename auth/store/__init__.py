"""Rows in, entities out: the tables of owners and credentials."""
