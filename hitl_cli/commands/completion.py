"""`completion`: what a shell needs to complete the commands and options of this program."""

import click
from click.shell_completion import get_completion_class

from hitl_cli.errors import HitlError

PROGRAM = "hitl-cli"
VARIABLE = "_HITL_CLI_COMPLETE"
"""Click's own name for it, made from the program's."""


def script(command: click.Command, shell: str) -> str:
    """Return the lines to put into the shell's start file."""
    kind = get_completion_class(shell)
    if kind is None:
        raise HitlError(f"no completion is known for {shell}")
    return kind(command, {}, PROGRAM, VARIABLE).source()
