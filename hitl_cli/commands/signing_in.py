"""`login` and `logout`: this terminal as an agent that may ask, and as a device of an account."""

import os
import secrets
import socket
from contextlib import suppress
from enum import StrEnum
from typing import Any
from urllib.parse import urlsplit

import click

from hitl_cli.commands.allowing import allow, has_browser, withdraw
from hitl_cli.config import Login, forget_login, load_login, save_login, server_url
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError
from hitl_cli.http import RelayHttp, opened
from hitl_cli.oauth.stored import load_grant
from hitl_cli.pacing import wall_s
from hitl_cli.safe_text import one_line
from hitl_cli.sealed.keys import DeviceKey
from hitl_cli.terminal.device_key import forget_device_key, save_device_key
from hitl_cli.terminal.joining import begin

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Way(StrEnum):
    """How somebody signs in."""

    BROWSER = "browser"
    DEVICE = "device"
    PASSWORD = "password"  # noqa: S105 - the word, not one


async def login(server: str | None, *, way: Way | None, email: str | None, name: str | None, with_agent: bool) -> None:
    name = name or socket.gethostname() or "terminal"
    way = way or _usual_way(email=email, with_agent=with_agent)
    if way is Way.PASSWORD:
        stored = await sign_in(server, email=email, name=name, with_agent=with_agent)
        path = save_login(stored)
        click.echo(f"Signed in to {stored.server_url}; kept in {path}.", err=True)
        click.echo("Answer with `hitl-cli inbox`.", err=True)
        return
    url = server_url(server, stored=_earlier())
    grant = await allow(url, name=name, browser=way is Way.BROWSER)
    click.echo(f"Signed in to {grant.server_url}. Ask with `hitl-cli request --prompt ...`.", err=True)


def _usual_way(*, email: str | None, with_agent: bool) -> Way:
    """A password that was given is used; a terminal that shall only answer signs in as its human."""
    if email or os.environ.get("HITL_PASSWORD") or not with_agent:
        return Way.PASSWORD
    return Way.BROWSER if has_browser() else Way.DEVICE


async def sign_in(server: str | None, *, email: str | None = None, name: str = "", with_agent: bool = False) -> Login:
    """Ask who it is, and make this terminal a device. What an earlier sign-in left on the relay is taken back."""
    earlier = _earlier()
    name = name or socket.gethostname() or "terminal"
    url = server_url(server, stored=earlier)
    _warn_when_readable(url)
    email = email or click.prompt("E-mail", err=True)
    password = os.environ.get("HITL_PASSWORD") or click.prompt("Password", hide_input=True, err=True)
    async with opened(Endpoint(url, None)) as stranger:
        session = await stranger.call("POST", "/api/v1/auth/sign-in", {"email": email, "password": password})
        owner = RelayHttp(Endpoint(url, session["token"]), stranger.session)
        made = DeviceKey.make(secrets.token_bytes)
        about = {"name": name, "kind": "terminal", "ed25519": made.sign, "x25519": made.box.public}
        device = await owner.call("POST", "/api/v1/mobile/devices", about)
        save_device_key(os.environ, device["device_id"], made)
        if not await begin(owner, made, device_id=device["device_id"], name=name, now=int(wall_s())):
            click.echo("To open sealed questions here, let another device vouch: `hitl-cli pair`.", err=True)
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
    stored, grant = load_login(), load_grant()
    if stored is None and grant is None:
        click.echo("Nobody is signed in here.", err=True)
        return
    async with opened(Endpoint("", None)) as relay:
        told = await withdraw(relay, grant) if grant else True
        if stored:
            told = await _withdraw(relay, stored) and told
    forget_login()
    forget_device_key(os.environ)
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
