"""`inbox`: sign in if need be, fetch what is pending, and hand over to the screen or to the lines."""

import os
import secrets
import sys
from dataclasses import replace
from uuid import uuid4

import click

from hitl_cli.commands.signing_in import sign_in
from hitl_cli.config import Login, load_login, save_login, server_url
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError, Refused
from hitl_cli.http import RelayHttp, new_session
from hitl_cli.inbox.app import Screen
from hitl_cli.inbox.link import Face, Link
from hitl_cli.inbox.model import Frame, Inbox
from hitl_cli.inbox.plain import Plain
from hitl_cli.pacing import wall_s
from hitl_cli.terminal.device_key import SeenOnDisk, load_device_key
from hitl_cli.terminal.opener import Opener
from hitl_cli.terminal.vault import Vault


async def answer(server: str | None, *, once: bool, plain: bool) -> None:
    plain = plain or os.environ.get("TERM") in {"dumb", "unknown"}
    if not plain and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise HitlError("the inbox needs a terminal; with a pipe use --plain")
    async with new_session() as session:
        login, snapshot = await _admitted(RelayHttp(Endpoint("", None), session), server)
        inbox = Inbox(login.device_id, login.cursor, new_id=lambda: str(uuid4()))
        opener = _opener(RelayHttp(Endpoint(login.server_url, login.token), session), login)
        link = Link(session, login, inbox, opener=opener)
        inbox.load(await opener.opened(snapshot), link.now())
        face: Face = Plain(link, once=once) if plain else Screen(link, once=once)
        try:
            await link.run(face)
        finally:
            _keep_cursor(login, inbox.cursor)


def _opener(owner: RelayHttp, login: Login) -> Opener:
    key = load_device_key(os.environ, login.device_id)
    seen = SeenOnDisk(os.environ, wall_s)
    vault = Vault(key, seen, now=wall_s, chance=secrets.token_bytes) if key else None
    return Opener(owner, vault, key)


async def _admitted(relay: RelayHttp, server: str | None) -> tuple[Login, Frame]:
    """Return who we are and what is pending; whoever is not signed in (any more) is asked to."""
    stored = load_login()
    url = server_url(server, stored=stored)
    if stored and stored.server_url == url:
        try:
            return stored, await _pending(relay, stored)
        except Refused as refused:
            if refused.status != 401:
                raise
            click.echo("This terminal is signed out.", err=True)
    if not sys.stdin.isatty():  # what a script wrote there are answers, not an e-mail address
        raise Refused(401, "unauthenticated", f"not signed in to {url}: run `hitl-cli login` first")
    login = await sign_in(url, with_agent=bool(stored and stored.api_key))
    save_login(login)
    return login, await _pending(relay, login)


async def _pending(relay: RelayHttp, login: Login) -> Frame:
    owner = RelayHttp(Endpoint(login.server_url, login.token), relay.session)
    pending: Frame = await owner.call("GET", "/api/v1/mobile/inbox")
    return pending


def _keep_cursor(login: Login, cursor: int | None) -> None:
    """Remember how far this device has read, unless somebody else signed in here meanwhile."""
    stored = load_login()
    if stored and stored.device_id == login.device_id and stored.cursor != cursor:
        save_login(replace(stored, cursor=cursor))
