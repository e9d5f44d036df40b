"""Run the relay: database, application, sockets, and an orderly end."""

import asyncio
import errno
import signal
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from typing import Final

import asyncpg
from aiohttp import web

from auth.keys import FIRST_OWNER
from hitl_relay import __version__
from hitl_relay.app import create_app
from hitl_relay.ground import Ground, ground
from hitl_relay.lane import LaneRunner
from hitl_relay.secret import with_secret
from hitl_relay.settings import Settings
from relay.kernel.log import get_logger
from relay.kernel.settings import Secret

log = get_logger(__name__)

SHUTDOWN_S: Final = 5.0
"""How long calls in flight may take to end; waiting ones are released at once."""

KEEPALIVE_S: Final = 75.0
"""How long a connection may be quiet between two requests: longer than most proxies keep theirs open."""

BACKLOG: Final = 4096
"""Connections that may queue while the loop is busy: a fleet of devices returns together after a restart."""


class CannotServe(Exception):
    """The relay cannot run; the message tells the person at the terminal why and what to do."""


async def serve(settings: Settings, environ: Mapping[str, str]) -> None:
    """Serve until SIGINT or SIGTERM; one that comes during the start ends the relay in order right after it."""
    settings = with_secret(settings, environ)
    with _signals() as told:
        async with ground(settings, environ) as ground_, listening(settings, ground_.url) as (app, port):
            await _welcome(app, settings, port)
            await _until_told(told, ground_)
            print("stopping …", flush=True)  # noqa: T201 - for the person at the terminal


@asynccontextmanager
async def listening(settings: Settings, url: Secret) -> AsyncIterator[tuple[web.Application, int]]:
    """Open the application on its address; give the port it got."""
    sockets = bound(settings)  # first, because a port that is taken is the likeliest trouble
    port: int = sockets[0].getsockname()[1]
    app = create_app(replace(settings, port=port), url)
    runner = LaneRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S, keepalive_timeout=KEEPALIVE_S)
    try:
        await _set_up(runner)
        for each in sockets:
            await web.SockSite(runner, each, backlog=BACKLOG).start()
        log.info("relay_started", version=__version__, port=port)
        yield app, port
    finally:
        await runner.cleanup()
        for each in sockets:
            each.close()
        log.info("relay_stopped")


async def _set_up(runner: web.AppRunner) -> None:
    try:
        await runner.setup()
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise CannotServe(f"The database cannot be used: {error}. Check HITL_DATABASE_URL.") from error


def bound(settings: Settings) -> list[socket.socket]:
    """Bind the address; `localhost` is both of its addresses, so that no browser waits for the wrong one."""
    if settings.host != "localhost":
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return [_bind(family, settings.host, settings.port)]
    first = _bind(socket.AF_INET, "127.0.0.1", settings.port)
    try:
        return [first, _bind(socket.AF_INET6, "::1", first.getsockname()[1])]
    except CannotServe:
        return [first]  # a machine or container without IPv6


def _bind(family: socket.AddressFamily, host: str, port: int) -> socket.socket:
    opened = socket.socket(family, socket.SOCK_STREAM)
    try:
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family is socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        opened.bind((host, port))
        opened.setblocking(False)  # noqa: FBT003 - the standard library's signature
    except OSError as error:
        opened.close()
        raise CannotServe(_why(error, host, port)) from error
    return opened


def _why(error: OSError, host: str, port: int) -> str:
    match error.errno:
        case errno.EADDRINUSE:
            return f"Port {port} on {host} is taken by another program. Stop it, or choose another port: HITL_PORT."
        case errno.EACCES:
            return f"Port {port} may not be opened by this user. Choose one from 1024 up: HITL_PORT."
        case _:
            return f"The relay cannot listen on {host}: {error.strerror}. Check HITL_HOST."


async def _welcome(app: web.Application, settings: Settings, port: int) -> None:
    """Say where the relay is, and how its first owner gets in."""
    url = settings.public_url or f"http://localhost:{port}"
    lines = [f"HITL Relay {__version__} is listening on {url}"]
    if code := await app[FIRST_OWNER].new_code():
        lines += ["", "It has no owner yet. Open this link within 24 hours to become its owner:", ""]
        lines += [f"  {url}/setup?code={code}", ""]
    print("\n".join(lines), flush=True)  # noqa: T201 - for the person at the terminal


@contextmanager
def _signals() -> Iterator[asyncio.Event]:
    """Give an event that SIGINT and SIGTERM set."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, told.set)
    try:
        yield told
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.remove_signal_handler(number)


async def _until_told(told: asyncio.Event, ground_: Ground) -> None:
    ground_.failed.add_done_callback(lambda _: told.set())
    await told.wait()
    if ground_.failed.done():
        raise CannotServe(str(ground_.failed.result()))
