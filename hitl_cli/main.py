"""The `hitl-cli` command: options and help. What the commands do is in `hitl_cli.commands`.

Only click is imported here: `--help`, shell completion and usage errors must not cost what aiohttp and rich cost.
"""

import sys
from pathlib import Path
from typing import Any, Final

import click

from hitl_cli.running import run as _run
from hitl_cli.sealed_commands import commands as sealed_commands

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

LOGIN_EXAMPLES: Final = """\b
Examples:
  hitl-cli login --name "My Workstation"
  hitl-cli login --device-code
  hitl-cli login --password --device-only && hitl-cli inbox

"""

PAIR_EXAMPLES: Final = """\b
Examples:
  hitl-cli --server https://relay.example pair 7K2MPQ4R

"""

INBOX_EXAMPLES: Final = """\b
With --plain, answer by number:
  #1 [14:32] deploy-bot: Deploy? 1) Yes 2) No
  1 2

"""

PROXY_EXAMPLES: Final = """\b
Examples:
  claude mcp add hitl-e2ee -- hitl-cli proxy https://relay.example/mcp-server/mcp/

"""

COMPLETION_EXAMPLES: Final = """\b
Examples:
  hitl-cli completion bash >> ~/.bashrc
  hitl-cli completion fish > ~/.config/fish/completions/hitl-cli.fish

"""

SHELLS: Final = ("bash", "zsh", "fish")
PRIORITIES: Final = ("low", "normal", "high", "urgent")


def _show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    """Look the version up only for whoever asks: it costs a fifth of what a command costs to start."""
    if not wanted or context.resilient_parsing:
        return

    from importlib.metadata import PackageNotFoundError, version

    try:
        click.echo(f"hitl-cli, version {version('hitl-relay')}")
    except PackageNotFoundError:
        click.echo("hitl-cli, version unknown")
    context.exit()


@click.group(
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog=EXAMPLES + EXIT_CODES,
)
@click.option("--server", metavar="URL", help="The relay.  [env: HITL_SERVER_URL; default: http://localhost:8000]")
@click.option(
    "--version",
    is_flag=True,
    expose_value=False,
    is_eager=True,
    callback=_show_version,
    help="Print the version.",
)
@click.pass_context
def main(context: click.Context, server: str | None) -> None:
    """Ask a human from a shell, and answer from a terminal.

    To ask, put an agent's key into HITL_API_KEY or sign in with `hitl-cli login`. To answer, run `hitl-cli inbox`.
    """
    context.obj = server


for _group in sealed_commands(EXIT_CODES):
    main.add_command(_group)

_sealed = click.option(
    "--e2ee",
    is_flag=True,
    default=None,
    help="Seal it: only the account's devices can read it, or nothing is sent.  [env: HITL_E2EE_ENABLED]",
)


def _shown(command: Any) -> Any:
    """Add the options that say how the answer is told."""
    as_json = click.option("--json", "as_json", is_flag=True, help="Print all that is known, not only the answer.")
    kept = click.Path(path_type=Path, dir_okay=False, writable=True)
    proof = click.option("--proof", type=kept, metavar="FILE", help="Keep who decided; `receipt verify` checks it.")
    return as_json(proof(command))


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
@_sealed
@_shown
@click.pass_obj
def request(
    server: str | None,
    /,
    *,
    prompt: str,
    context: str | None,
    choices: tuple[str, ...],
    e2ee: bool | None,
    as_json: bool,
    proof: Path | None,
    **asked: Any,
) -> None:
    """Ask a human and print the answer.

    Only the answer goes to stdout. In a terminal the remaining time is shown on stderr. Ctrl-C takes the question
    back.
    """
    from hitl_cli.commands.quickly import asking

    body = asking.request_body(prompt=prompt, choices=choices, context=_text_of(context), **asked)
    manner = asking.Manner(e2ee=e2ee, as_json=as_json, proof=proof)
    _run(lambda: asking.ask_and_print(server, "input", body, manner))


@main.command(epilog=EXIT_CODES)
@click.option("--message", required=True, metavar="TEXT", help="What to say.")
@_sealed
@click.pass_obj
def notify(server: str | None, message: str, *, e2ee: bool | None) -> None:
    """Tell a human something; nobody has to answer."""
    from hitl_cli.commands.quickly import asking

    _run(lambda: asking.notify(server, message, e2ee=e2ee))


@main.command("notify-completion", epilog=EXIT_CODES)
@click.option("--summary", required=True, metavar="TEXT", help="What was done.")
@click.option("--timeout", type=click.IntRange(1), metavar="S", help="Seconds to wait; the relay's ceiling is 900.")
@_sealed
@_shown
@click.pass_obj
def notify_completion(
    server: str | None, summary: str, timeout: int | None, *, e2ee: bool | None, as_json: bool, proof: Path | None
) -> None:
    """Say that the work is done, wait, and print what the human wants next."""
    from hitl_cli.commands.quickly import asking

    body = asking.completion_body(summary, timeout)
    manner = asking.Manner(e2ee=e2ee, as_json=as_json, proof=proof)
    _run(lambda: asking.ask_and_print(server, "completion", body, manner))


@main.command(epilog=EXIT_CODES)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_obj
def status(server: str | None, as_json: bool) -> None:
    """Show whether the relay is there, who we are to it, and which devices would be reached."""
    from hitl_cli.commands import status

    _run(lambda: status.show(server, as_json=as_json))


@main.command(epilog=LOGIN_EXAMPLES + EXIT_CODES)
@click.option("--name", metavar="NAME", help="What this machine and its agent are called.  [default: host name]")
@click.option("--browser", "way", flag_value="browser", help="Allow it in a browser on this machine.")
@click.option("--device-code", "way", flag_value="device", help="Allow it on another device, by entering a code there.")
@click.option("--password", "way", flag_value="password", help="Ask for e-mail and password; answers from here too.")
@click.option("--email", metavar="ADDRESS", help="The account, for --password; asked for when absent.")
@click.option("--device-only", is_flag=True, help="Only answer from here: make no agent key to ask with.")
@click.pass_obj
def login(server: str | None, way: str | None, email: str | None, name: str | None, device_only: bool) -> None:
    """Sign in, so that this machine can ask without HITL_API_KEY.

    In a browser if there is one to be seen, else by a code for another device. With a password this terminal can
    answer too; it is asked for without showing it, and scripts may set HITL_PASSWORD.
    """
    from hitl_cli.commands import signing_in

    chosen = signing_in.Way(way) if way else None
    if device_only and chosen not in {None, signing_in.Way.PASSWORD}:
        raise click.UsageError("--device-only goes with --password: a terminal that answers signs in as its human")
    _run(lambda: signing_in.login(server, way=chosen, email=email, name=name, with_agent=not device_only))


@main.command(epilog=PAIR_EXAMPLES + EXIT_CODES)
@click.argument("code", required=False)
@click.option("--name", metavar="NAME", help="What this terminal is called.  [default: host name]")
@click.pass_obj
def pair(server: str | None, code: str | None, name: str | None) -> None:
    """Make this terminal a device that answers, also what is sealed, with one that is signed in already.

    CODE is what that device shows under Settings, Devices: the eight characters, or the address of its QR code.
    """
    from hitl_cli.commands import pairing

    _run(lambda: pairing.pair(server, code, name=name))


@main.command(epilog=EXIT_CODES)
def logout() -> None:
    """Sign out: the relay forgets what this machine may do, and so does this machine."""
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


@main.command(epilog=PROXY_EXAMPLES + EXIT_CODES)
@click.argument("url", required=False)
@click.option("--allow-v1", is_flag=True, help="Also seal for devices that know version 1 only.")
@click.pass_obj
def proxy(server: str | None, url: str | None, allow_v1: bool) -> None:
    """Serve MCP on stdin and stdout, and seal what the agent asks before it leaves this machine.

    URL is the relay, or its MCP endpoint. An MCP client starts this; it is not for typing.
    """
    from hitl_cli.commands import proxy

    _run(lambda: proxy.serve(server, url, allow_v1=allow_v1))


@main.group(epilog=EXIT_CODES)
def agents() -> None:
    """Who may ask."""


@agents.command("list", epilog=EXIT_CODES)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
@click.pass_obj
def agents_list(server: str | None, as_json: bool) -> None:
    """List the agents; an agent's own key or login sees that agent only."""
    from hitl_cli.commands import agents

    _run(lambda: agents.show(server, as_json=as_json))


@agents.command("create", epilog=EXIT_CODES)
@click.option("--name", required=True, metavar="NAME", help="What people see it called.")
@click.option("--json", "as_json", is_flag=True, help="Print all the relay says, not only the id.")
@click.pass_obj
def agents_create(server: str | None, name: str, as_json: bool) -> None:
    """Make an agent and print its id. Needs `hitl-cli login --password`: agents do not make agents."""
    from hitl_cli.commands import agents

    _run(lambda: agents.create(server, name, as_json=as_json))


@main.command(epilog=COMPLETION_EXAMPLES + EXIT_CODES)
@click.argument("shell", type=click.Choice(SHELLS))
def completion(shell: str) -> None:
    """Print what SHELL needs to complete commands and options."""
    from hitl_cli.commands import completion

    click.echo(completion.script(main, shell))


def _text_of(given: str | None) -> str | None:
    if given == "-":
        return sys.stdin.read()
    if given and given.startswith("@"):
        try:
            return Path(given[1:]).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise click.BadParameter(f"cannot read {given[1:]}: {error}", param_hint="--context") from None
    return given
