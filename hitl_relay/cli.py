"""The `hitl-relay` command."""

import asyncio
import os
import sys
from collections.abc import Coroutine
from typing import Any, NoReturn

import click

from hitl_relay import __version__
from hitl_relay.admin import (
    AdminRefused,
    check_push,
    create_owner,
    reset_link,
    rotate_signing_key,
    setup_link,
    verify_log,
)
from hitl_relay.demo import demo
from hitl_relay.postgres import PostgresError
from hitl_relay.secret import NoSecret
from hitl_relay.serve import CannotServe, serve
from hitl_relay.settings import Settings
from push.provider import State
from relay.kernel.log import start_logging
from relay.kernel.settings import BadSettings, read_settings
from relay.store.migrate import MigrationRefused


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="hitl-relay")
def main() -> None:
    """Ask a human, get the answer: a self-hosted relay between agents and people.

    Everything is set by environment variables; `hitl-relay settings` lists them.
    """


@main.command(name="serve")
def serve_command() -> None:
    """Start the relay (on http://localhost:8000 unless HITL_HOST and HITL_PORT say otherwise)."""
    settings = _settings()
    _run(serve(settings, os.environ))


@main.command(name="demo")
@click.option("--plain", is_flag=True, help="Print lines instead of drawing on the terminal.")
def demo_command(plain: bool) -> None:
    """Try it: a throw-away relay, an agent that asks three questions, and an inbox to answer them in."""
    _settings(quiet=True)
    sys.exit(_run(demo(plain=plain)))


@main.command(name="settings")
def settings_command() -> None:
    """List every setting with its meaning and default."""
    from hitl_relay.documents import settings_page  # noqa: PLC0415 - pulls in every package

    click.echo(settings_page())


@main.group()
def admin() -> None:
    """For whoever runs the machine; works while the relay runs, and while it does not."""


@admin.command(name="create-owner")
@click.option("--email", required=True, prompt=True, help="What the owner signs in with.")
@click.option("--name", required=True, prompt=True, help="What people see.")
def create_owner_command(email: str, name: str) -> None:
    """Make the first owner without a browser. Asks for the password, or reads it from HITL_PASSWORD."""
    password = os.environ.get("HITL_PASSWORD") or click.prompt("Password", hide_input=True, confirmation_prompt=True)
    _run(create_owner(_settings(quiet=True), os.environ, email=email, name=name, password=password))
    click.echo(f"{email} owns this relay now.")


@admin.command(name="setup-link")
def setup_link_command() -> None:
    """Print a new link for the first owner; earlier ones stop working."""
    click.echo(_run(setup_link(_settings(quiet=True), os.environ)))


@admin.command(name="reset-link")
@click.argument("email")
def reset_link_command(email: str) -> None:
    """Print a link to a new password for an account. It works once, for an hour; setting it ends every session."""
    click.echo(_run(reset_link(_settings(quiet=True), os.environ, email=email)))


@admin.command(name="rotate-signing-key")
def rotate_signing_key_command() -> None:
    """Sign access tokens with a new key from now on. Tokens that are out stay good until they end."""
    click.echo(f"Access tokens are signed with key {_run(rotate_signing_key(_settings(quiet=True), os.environ))} now.")


@admin.command(name="verify-log")
def verify_log_command() -> None:
    """Check the seals of every account's log: exit 1 if an entry was changed after it was sealed."""
    broken = False
    for account, checked, broken_at in _run(verify_log(_settings(quiet=True), os.environ)):
        broken |= broken_at is not None
        state = f"broken at entry {broken_at}" if broken_at is not None else "holds"
        click.echo(f"{account}: {checked} sealed entries, {state}")
    sys.exit(1 if broken else 0)


@main.group(name="push")
def push_group() -> None:
    """Notifications on phones and browsers."""


@push_group.command(name="check")
def push_check_command() -> None:
    """Try the credentials of every push service: exit 1 if one is refused. Nobody is woken."""
    broken = False
    for vendor, check in _run(check_push(_settings(quiet=True), os.environ)):
        broken |= check.state is State.BROKEN
        click.echo(f"{vendor:8} {check.state.value}{f': {check.why}' if check.why else ''}")
    sys.exit(1 if broken else 0)


def _settings(*, quiet: bool = False) -> Settings:
    try:
        settings = read_settings(Settings, os.environ)
    except BadSettings as error:
        _give_up(str(error))
    form = settings.log_form or ("text" if sys.stderr.isatty() else "json")
    start_logging(level="error" if quiet else settings.log_level, form=form)
    return settings


def _run(work: Coroutine[Any, Any, Any]) -> Any:
    """Run to the end; what a person can mend is one sentence, not a traceback."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(work)
    except (CannotServe, PostgresError, MigrationRefused, AdminRefused, BadSettings, NoSecret) as error:
        _give_up(str(error))
    except KeyboardInterrupt:
        sys.exit(130)


def _loop_factory() -> Any:
    try:
        import uvloop  # noqa: PLC0415 - not there on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


def _give_up(why: str) -> NoReturn:
    click.echo(f"hitl-relay: {why}", err=True)
    sys.exit(1)
