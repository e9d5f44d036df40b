"""`login` without a password: a human allows this program, in a browser here or on another device."""

import os
import sys
import webbrowser
from collections.abc import Mapping
from contextlib import suppress
from threading import Thread
from typing import Final

import click

from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError
from hitl_cli.http import RelayHttp, opened
from hitl_cli.oauth import in_browser, on_device
from hitl_cli.oauth.exchange import give_back, places, register
from hitl_cli.oauth.stored import Grant, forget_grant, load_grant, save_grant
from hitl_cli.pacing import pause, wall_s
from hitl_cli.safe_text import one_line

REMOTE: Final = ("SSH_CONNECTION", "SSH_TTY")
SCREENS: Final = ("DISPLAY", "WAYLAND_DISPLAY")


def has_browser(env: Mapping[str, str] = os.environ, platform: str = sys.platform) -> bool:
    """Guess whether a browser that is opened here is one the human sees."""
    if any(env.get(name) for name in REMOTE):
        return False
    if platform == "linux" and not any(env.get(name) for name in SCREENS):
        return False
    with suppress(webbrowser.Error):
        webbrowser.get()
        return True
    return False


async def allow(url: str, *, name: str, browser: bool) -> Grant:
    """Have a human allow this program, keep what comes of it, and give back what an earlier login left."""
    earlier = _earlier()
    async with opened(Endpoint(url, None)) as relay:
        at = await places(relay)
        registration = await register(relay, at, name)
        if browser:
            grant = await in_browser.sign_in(relay, at, registration, name=name, show=_open, now=wall_s)
        else:
            grant = await on_device.sign_in(
                relay, at, registration, name=name, show=_tell, now=wall_s, rest=pause
            )  # fmt: skip
        if earlier:
            await withdraw(relay, earlier)
    save_grant(grant)
    return grant


async def withdraw(relay: RelayHttp, grant: Grant) -> bool:
    """Tell the relay that the grant is not needed any more, and forget it here; say whether the relay heard."""
    told = False
    with suppress(HitlError):
        there = RelayHttp(Endpoint(grant.server_url, None), relay.session)
        await give_back(there, await places(there), grant)
        told = True
    forget_grant()
    return told


def _earlier() -> Grant | None:
    with suppress(HitlError):  # a file that cannot be read is about to be replaced
        return load_grant()
    return None


def _open(address: str) -> None:
    click.echo(f"Sign in in the browser. If none opens, go to\n\n  {one_line(address)}\n", err=True)
    # Some browsers run until they are closed, and this program has to listen meanwhile.
    Thread(target=_browse, args=(address,), daemon=True).start()


def _browse(address: str) -> None:
    with suppress(webbrowser.Error, OSError):
        webbrowser.open(address)


def _tell(address: str, code: str) -> None:
    click.echo(f"Open {one_line(address)} on a phone or any other device, and enter\n\n  {one_line(code)}\n", err=True)
