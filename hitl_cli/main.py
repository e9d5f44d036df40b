"""The `hitl-cli` command: options and help. What the commands do is in `hitl_cli.commands`.

Only click is imported here: `--help`, shell completion and usage errors must not cost what aiohttp and rich cost.
"""

import sys
from collections.abc import Callable, Coroutine
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

import click

from hitl_cli.errors import ExitCode, HitlError
from hitl_cli.safe_text import one_line

EXIT_CODES: Final = """\b
Exit codes:
  0  answered, or done
  1  the relay failed
  2  wrong usage of this command
  3  nobody answered in time
  4  the question was taken back
  5  no relay could be reached
  6  the relay refused (credential, or what was asked)
  7  it could not be sealed, and nothing was sent
  8  what came cannot be trusted
  9  the account's list of devices begins anew: compare, then `hitl-cli keys trust`
  130  interrupted with Ctrl-C (143: killed); the question is taken back
"""

EXAMPLES: Final = """\b
Examples:
  hitl-cli request --prompt "Deploy?" --choice Yes --choice No
  answer=$(hitl-cli request --prompt "Which branch?") && git checkout "$answer"
  hitl-cli notify --message "Backup done"
  hitl-cli inbox

"""

REQUEST_EXAMPLES: Final = """\b
Examples:
  hitl-cli request --prompt "Deploy now?" --choice Yes --choice No --timeout 300
  git diff | hitl-cli request --prompt "Merge this?" --context - --choice Merge --choice Reject

"""

INBOX_EXAMPLES: Final = """\b
With --plain, answer by number:
  #1 [14:32] deploy-bot: Deploy? 1) Yes 2) No
  1 2

"""

PRIORITIES: Final = ("low", "normal", "high", "urgent")


def _version() -> str:
    try:
        return version("hitl-relay")
    except PackageNotFoundError:
        return "unknown"


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXAMPLES + EXIT_CODES,
)
@click.option("--server", metavar="URL", help="The relay.  [env: HITL_SERVER_URL; default: http://localhost:8000]")
@click.version_option(_version(), prog_name="hitl-cli")
@click.pass_context
def main(context: click.Context, server: str | None) -> None:
    """Ask a human from a shell, and answer from a terminal.

    To ask, put an agent's key into HITL_API_KEY or sign in with `hitl-cli login`. To answer, run `hitl-cli inbox`.
    """
    context.obj = server


@main.command(epilog=REQUEST_EXAMPLES + EXIT_CODES)
@click.option("--prompt", required=True, metavar="TEXT", help="The question.")
@click.option("--choice", "choices", multiple=True, metavar="X", help="An answer to choose; may be repeated.")
@click.option("--placeholder-text", metavar="TEXT", help="A hint shown in the empty answer field.")
@click.option("--context", metavar="TEXT|@FILE|-", help="Background in Markdown; @FILE reads a file, - reads stdin.")
@click.option("--timeout", type=click.IntRange(1), metavar="S", help="Seconds to wait; the relay's ceiling is 900.")
@click.option("--default", metavar="V", help="The answer when nobody answers in time.")
@click.option("--multiple", is_flag=True, help="Several choices may be picked; they are printed one a line.")
@click.option("--danger", is_flag=True, help="Ask for an extra confirmation before the answer counts.")
@click.option("--priority", type=click.Choice(PRIORITIES), help="How much it matters; urgent is shown first.")
@click.option("--idempotency-key", metavar="K", help="The same key is the same question: run again to wait again.")
@click.option("--json", "as_json", is_flag=True, help="Print all the relay says, not only the answer.")
@click.pass_obj
def request(
    server: str | None, /, *, prompt: str, context: str | None, as_json: bool, choices: tuple[str, ...], **asked: Any
) -> None:
    """Ask a human and print the answer.

    Only the answer goes to stdout. In a terminal the remaining time is shown on stderr. Ctrl-C takes the question
    back.
    """
    from hitl_cli.commands import asking

    body = asking.request_body(prompt=prompt, choices=choices, context=_text_of(context), **asked)
    _run(lambda: asking.ask_and_print(server, "/api/v1/hitl/request", body, as_json=as_json))


@main.command(epilog=EXIT_CODES)
@click.option("--message", required=True, metavar="TEXT", help="What to say.")
@click.pass_obj
def notify(server: str | None, message: str) -> None:
    """Tell a human something; nobody has to answer."""
    from hitl_cli.commands import asking

    _run(lambda: asking.notify(server, message))


@main.command("notify-completion", epilog=EXIT_CODES)
@click.option("--summary", required=True, metavar="TEXT", help="What was done.")
@click.option("--timeout", type=click.IntRange(1), metavar="S", help="Seconds to wait; the relay's ceiling is 900.")
@click.option("--json", "as_json", is_flag=True, help="Print all the relay says, not only the answer.")
@click.pass_obj
def notify_completion(server: str | None, summary: str, timeout: int | None, as_json: bool) -> None:
    """Say that the work is done, wait, and print what the human wants next."""
    from hitl_cli.commands import asking

    body = asking.completion_body(summary, timeout)
    _run(lambda: asking.ask_and_print(server, "/api/v1/hitl/complete", body, as_json=as_json))


@main.command(epilog=EXIT_CODES)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_obj
def status(server: str | None, as_json: bool) -> None:
    """Show whether the relay is there, who we are to it, and which devices would be reached."""
    from hitl_cli.commands import status

    _run(lambda: status.show(server, as_json=as_json))


@main.command(epilog=EXIT_CODES)
@click.option("--email", metavar="ADDRESS", help="The account; asked for when absent.")
@click.option("--name", metavar="NAME", help="What this terminal and its agent are called.  [default: host name]")
@click.option("--device-only", is_flag=True, help="Only answer from here: make no agent key to ask with.")
@click.pass_obj
def login(server: str | None, email: str | None, name: str | None, device_only: bool) -> None:
    """Sign in: this terminal can then answer, and ask without HITL_API_KEY.

    The password is asked for without showing it; scripts may set HITL_PASSWORD.
    """
    from hitl_cli.commands import signing_in

    _run(lambda: signing_in.login(server, email=email, name=name, with_agent=not device_only))


@main.command(epilog=EXIT_CODES)
def logout() -> None:
    """Sign out: the relay forgets this terminal and its agent key, and so does this machine."""
    from hitl_cli.commands import signing_in

    _run(signing_in.logout)


@main.command(epilog=INBOX_EXAMPLES + EXIT_CODES)
@click.option("--once", is_flag=True, help="Answer one question and exit.")
@click.option("--plain", is_flag=True, help="Print lines and read answers from stdin: screen readers, pipes, scripts.")
@click.pass_obj
def inbox(server: str | None, once: bool, plain: bool) -> None:
    """Answer questions in this terminal.

    Keys: digits pick a choice, y and n say yes and no, Enter opens, j and k move, c comments, ? helps, q quits.
    """
    from hitl_cli.commands import inbox

    _run(lambda: inbox.answer(server, once=once, plain=plain))


def _run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a command to its end and turn what it raises into an exit code."""
    import asyncio

    try:
        asyncio.run(work())
    except KeyboardInterrupt:
        raise SystemExit(ExitCode.INTERRUPTED) from None
    except asyncio.CancelledError:
        raise SystemExit(ExitCode.KILLED) from None
    except HitlError as error:
        click.echo(f"hitl-cli: {one_line(str(error))}", err=True)
        raise SystemExit(error.exit_code) from None
    except BrokenPipeError:
        raise SystemExit(ExitCode.FAILED) from None


def _text_of(given: str | None) -> str | None:
    if given == "-":
        return sys.stdin.read()
    if given and given.startswith("@"):
        try:
            return Path(given[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(f"cannot read {given[1:]}: {error}", param_hint="--context") from None
    return given
