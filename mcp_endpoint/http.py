"""What HTTP itself must be like before a message is read, and plain replies."""

from typing import Final
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from auth.keys import AUTH_SETTINGS
from mcp_endpoint.jsonrpc import INVALID_REQUEST, Refused
from mcp_endpoint.stream import EventStream
from relay.kernel.body import JSON_TYPE, Json, to_json

EVENTS: Final = "text/event-stream"
LOOPBACK: Final = frozenset({"localhost", "127.0.0.1", "::1"})

MAX_ACCEPT: Final = 40
"""Media ranges in one Accept header; browsers send fewer than ten."""


def check_origin(request: web.Request) -> None:
    """Refuse a page of another site (DNS rebinding, 2025-03-26 "Security Warning").

    No cookie counts here, so such a page has no credential either; the protocol asks for the check all the same. A
    page of this machine may call a relay that was reached under a name of this machine.
    """
    origin = request.headers.get(hdrs.ORIGIN)
    if origin is None or origin == request.app[AUTH_SETTINGS].origin:
        return
    if _host(origin) in LOOPBACK and _host(f"//{request.headers.get(hdrs.HOST, '')}") in LOOPBACK:
        return
    raise Refused(INVALID_REQUEST, "requests from pages of this origin are not taken", status=403)


def check_post(request: web.Request) -> None:
    accepted = _accepted(request)
    if not (_takes(accepted, JSON_TYPE) and _takes(accepted, EVENTS)):
        raise Refused(INVALID_REQUEST, f"accept both {JSON_TYPE} and {EVENTS}", status=406)
    if request.content_type != JSON_TYPE:
        raise Refused(INVALID_REQUEST, f"the Content-Type must be {JSON_TYPE}", status=415)


def check_stream(request: web.Request) -> None:
    if not _takes(_accepted(request), EVENTS):
        raise Refused(INVALID_REQUEST, f"accept {EVENTS}", status=406)


async def read_body(request: web.Request) -> bytes:
    try:
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise Refused(INVALID_REQUEST, "the body is larger than the relay accepts", status=413) from None


def json_reply(body: Json | list[Json], *, status: int = 200, headers: dict[str, str] | None = None) -> web.Response:
    return web.Response(body=to_json(body), status=status, content_type=JSON_TYPE, headers=headers)


def quick_reply(stream: EventStream, body: Json | list[Json], status: int) -> web.StreamResponse:
    """Reply with plain JSON; raises `PeerGone` when the caller is gone."""
    return stream.finish(to_json(body), status=status)


def _accepted(request: web.Request) -> set[str]:
    given = request.headers.get(hdrs.ACCEPT, "*/*").split(",", MAX_ACCEPT)
    return {media.partition(";")[0].strip().lower() for media in given}


def _takes(accepted: set[str], media: str) -> bool:
    return not accepted.isdisjoint({media, f"{media.partition('/')[0]}/*", "*/*"})


def _host(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
