"""Run a command to its end and turn what it raises into an exit code."""

from collections.abc import Callable, Coroutine
from typing import Any, Final

import click

from hitl_cli.errors import ExitCode, HitlError, IdentityChanged
from hitl_cli.safe_text import one_line

CHANGED: Final = """\
****************************************************************************
*  THE ACCOUNT BEHIND THIS RELAY IS NOT THE ONE THAT WAS SEEN BEFORE.      *
*  Its list of devices begins anew. Either its human lost every device     *
*  and started over, or somebody is between you and them.                  *
*  Nothing is sealed and no answer is believed until a human has compared  *
*  the safety number in the app and run:  hitl-cli keys trust              *
****************************************************************************"""


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    import asyncio  # noqa: PLC0415 - `--help` must not pay for it

    try:
        asyncio.run(work())
    except KeyboardInterrupt:
        raise SystemExit(ExitCode.INTERRUPTED) from None
    except asyncio.CancelledError:
        raise SystemExit(ExitCode.KILLED) from None
    except HitlError as error:
        if isinstance(error, IdentityChanged):
            click.echo(CHANGED, err=True)
        click.echo(f"hitl-cli: {one_line(str(error))}", err=True)
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        raise SystemExit(ExitCode.FAILED) from None
