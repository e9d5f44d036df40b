"""`login` and `logout`: this terminal as a device of an account, and as an agent that may ask."""

import os
import socket
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import click

from hitl_cli.config import Endpoint, Login, forget_login, load_login, save_login, server_url
from hitl_cli.errors import HitlError
from hitl_cli.http import RelayHttp, opened
from hitl_cli.safe_text import one_line

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


async def login(server: str | None, *, email: str | None, name: str | None, with_agent: bool) -> None:
    stored = await sign_in(server, email=email, name=name, with_agent=with_agent)
    path = save_login(stored)
    click.echo(f"Signed in to {stored.server_url}; kept in {path}.", err=True)
    click.echo("Answer with `hitl-cli inbox`.", err=True)


async def sign_in(
    server: str | None, *, email: str | None = None, name: str | None = None, with_agent: bool = False
) -> Login:
    """Ask who it is, and make this terminal a device. What an earlier sign-in left on the relay is taken back."""
    earlier = _earlier()
    url = server_url(server, login=earlier)
    _warn_when_readable(url)
    email = email or click.prompt("E-mail", err=True)
    password = os.environ.get("HITL_PASSWORD") or click.prompt("Password", hide_input=True, err=True)
    name = name or socket.gethostname() or "terminal"
    async with opened(Endpoint(url, None)) as stranger:
        session = await stranger.call("POST", "/api/v1/auth/sign-in", {"email": email, "password": password})
        owner = RelayHttp(Endpoint(url, session["token"]), stranger.session)
        device = await owner.call("POST", "/api/v1/mobile/devices", {"name": name, "kind": "terminal"})
        key = await _agent_key(owner, name) if with_agent else {}
        if earlier:
            await _withdraw(stranger, earlier)
    return Login(
        server_url=url,
        token=session["token"],
        device_id=device["device_id"],
        api_key=key.get("api_key"),
        api_key_id=key.get("id"),
    )


async def logout() -> None:
    stored = load_login()
    if stored is None:
        click.echo("Nobody is signed in here.", err=True)
        return
    async with opened(Endpoint(stored.server_url, stored.token)) as relay:
        told = await _withdraw(relay, stored)
    forget_login()
    click.echo("Signed out." if told else "Signed out here; the relay could not be told.", err=True)


async def _agent_key(owner: RelayHttp, name: str) -> dict[str, Any]:
    asked = {"description": "hitl-cli login", "agent_name": name}
    key: dict[str, Any] = await owner.call("POST", "/api/v1/api-keys", asked)
    return key


async def _withdraw(relay: RelayHttp, stored: Login) -> bool:
    """Revoke the key, the device, and with it the session. Best effort: signing out must work when all is gone."""
    owner = RelayHttp(Endpoint(stored.server_url, stored.token), relay.session)
    try:
        if stored.api_key_id:
            await owner.call("DELETE", f"/api/v1/api-keys/{stored.api_key_id}")
        await owner.call("DELETE", f"/api/v1/mobile/devices/{stored.device_id}")
    except HitlError:
        return False
    return True


def _earlier() -> Login | None:
    with suppress(HitlError):  # a file that cannot be read is about to be replaced
        return load_login()
    return None


def _warn_when_readable(url: str) -> None:
    parts = urlsplit(url)
    if parts.scheme == "http" and parts.hostname not in LOOPBACK:
        click.echo(f"hitl-cli: the password travels unencrypted to {one_line(url)}", err=True)
