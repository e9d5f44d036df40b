"""`pair`: sign this terminal in, and give it keys, with a device that is signed in already."""

import os
import socket
import sys

import click

from hitl_cli.config import Login, load_login, save_login, server_url
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError
from hitl_cli.http import opened
from hitl_cli.pacing import pause, wall_s
from hitl_cli.terminal.device_key import save_device_key
from hitl_cli.terminal.joining import pair as join


async def pair(server: str | None, code: str | None, *, name: str | None) -> None:
    stored = load_login()
    # The address of a QR code names its relay; a code alone does not.
    named = code.partition("/app/")[0] if code and "#/pair/" in code else server
    url = server_url(named, stored=stored)
    said = code or _asked()
    async with opened(Endpoint(url, None)) as relay:
        click.echo("Now accept this terminal on the other device.", err=True)
        paired = await join(
            relay, said, name=name or socket.gethostname() or "terminal", compare=_compare, rest=pause, now=wall_s
        )
    save_device_key(os.environ, paired.device_id, paired.key)
    save_login(Login(server_url=url, token=paired.token, device_id=paired.device_id))
    click.echo(f"Paired with {url}. Answer with `hitl-cli inbox`.", err=True)


def _asked() -> str:
    if not sys.stdin.isatty():
        raise HitlError("say the code, or the address of the QR code, that the other device shows")
    said: str = click.prompt(
        "Code, or address, that the other device shows (Settings, Devices, Add a device)", err=True
    )
    return said


def _compare(digits: str) -> None:
    click.echo(f"The other device must show  {digits[:3]} {digits[3:]}  . If it does not, refuse there.", err=True)
