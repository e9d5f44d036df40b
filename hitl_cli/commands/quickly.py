"""`hitl_cli.commands.asking`, for a command that must start quickly."""

from hitl_cli.certificates import read_beside

with read_beside():
    from hitl_cli.commands import asking

__all__ = ["asking"]
