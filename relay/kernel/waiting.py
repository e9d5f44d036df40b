"""Replies that wait for a human, and the space that keeps them alive.

A waiting reply is quiet for its first second: an answer within it is one ordinary response. After that the status
line goes out (200, with the request's id in a header) and a space follows every few seconds until the JSON body,
so that no proxy and no client time-out ends the wait: JSON allows white space before a value (RFC 8259 2).

One loop serves all waiting replies of the process. It also notices peers that hung up.
"""

import asyncio
from collections.abc import Callable, Mapping
from http import HTTPStatus
from typing import Final

from aiohttp import HttpVersion10, web
from aiohttp.helpers import rfc822_formatted_time

FIXED_HEADERS: Final = web.AppKey("fixed_headers", str)
"""Header lines of every reply, ready to be written; put there by the roof."""

FIRST_BEAT_S: Final = 1.0
TICK_S: Final = 1.0

MIN_INTERVAL_S: Final = 4
"""Below the five seconds after which httpx gives up by default; the published client waits thirty."""

MAX_INTERVAL_S: Final = 20
BEATS_PER_S: Final = 400
"""Writes a second spent on heartbeats; above 1 600 waiting replies the interval grows instead of the load."""

FEW: Final = 2_000
"""Up to so many replies, every tick looks whether their callers are still there; above, only when it is their turn."""


class PeerGone(ConnectionError):
    """The caller hung up; nobody is left to answer."""


class WaitingReply:
    """One reply to a waiting caller, begun or not.

    It is written past aiohttp's response machinery: a waiting call then keeps no response, headers and writer in
    memory, a heartbeat is one small write, and only a write made here can tell a caller that went from one that got
    its answer.
    """

    __slots__ = ("begun", "request")

    def __init__(self, request: web.Request) -> None:
        self.request = request
        self.begun = False

    def is_connected(self) -> bool:
        transport = self.request.transport
        return transport is not None and not transport.is_closing()

    def begin(self, headers: Mapping[str, str]) -> None:
        """Send the status line; from here on the reply is 200 whatever the outcome."""
        # X-Accel-Buffering: a proxy that collects the body would swallow the heartbeat.
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "X-Accel-Buffering: no\r\n"
        framing = "Transfer-Encoding: chunked\r\n" if self.chunked else "Connection: close\r\n"
        self.transport().write(head(self.request, 200, framing + more))
        self.begun = True

    def beat(self) -> None:
        """Send a space. A reader so slow that the last one is still unsent is left alone: this must not block."""
        transport = self.request.transport
        if self.begun and transport is not None and transport.get_write_buffer_size() == 0:
            transport.write(b"1\r\n \r\n" if self.chunked else b" ")

    def finish(self, body: bytes, *, status: int = 200) -> web.StreamResponse:
        """Send the JSON body, now or after the heartbeat. Raises `PeerGone` when the caller is gone."""
        transport = self.transport()
        if not self.begun:
            length = f"Content-Length: {len(body)}\r\n" + _CONNECTION[self.request.keep_alive, self.chunked]
            transport.write(head(self.request, status, length) + body)
            return Sent(status, keep_alive=self.request.keep_alive)
        transport.write(b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body) if self.chunked else body)
        return self.sent(status)

    def sent(self, status: int) -> web.StreamResponse:
        """Return the response of a reply that was begun and is complete."""
        return Sent(status, keep_alive=self.request.keep_alive and self.chunked)

    @property
    def chunked(self) -> bool:
        """Whether the length may be left open and the connection kept: HTTP/1.0 knows no chunks."""
        return self.request.version != HttpVersion10

    def transport(self) -> "asyncio.Transport":
        transport = self.request.transport
        if transport is None or transport.is_closing():
            raise PeerGone("the caller hung up")
        return transport


_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


def head(request: web.Request, status: int, framing: str, media: str = "application/json") -> bytes:
    """Return status line and headers of a reply that is written past aiohttp."""
    return (
        f"HTTP/1.{request.version.minor} {status} {_PHRASES[status]}\r\n"
        f"Content-Type: {media}\r\nDate: {rfc822_formatted_time()}\r\n"
        f"{request.app[FIXED_HEADERS]}{framing}\r\n"
    ).encode()


_CONNECTION: Final = {
    # Whether the connection stays open, and whether it is HTTP/1.1, where staying open is what is usual.
    (True, True): "",
    (True, False): "Connection: keep-alive\r\n",
    (False, True): "Connection: close\r\n",
    (False, False): "",
}


class Sent(web.StreamResponse):
    """A response that has been written already; aiohttp has nothing left to do but to go on with the connection."""

    def __init__(self, status: int, *, keep_alive: bool) -> None:
        super().__init__(status=status)
        self._keep = keep_alive

    @property
    def keep_alive(self) -> bool | None:
        return self._keep

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to do."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to do."""


class Kept:
    """A reply that is kept alive for a `with` block."""

    __slots__ = ("_heartbeats", "_on_gone", "_reply")

    def __init__(self, heartbeats: "Heartbeats", reply: WaitingReply, on_gone: Callable[[], None]) -> None:
        self._heartbeats = heartbeats
        self._reply = reply
        self._on_gone = on_gone

    def __enter__(self) -> None:
        self._heartbeats.add(self._reply, self._on_gone)

    def __exit__(self, *_: object) -> None:
        self._heartbeats.discard(self._reply)


class Heartbeats:
    """All waiting replies of one kind in this process; `min_interval_s` is between two beats while few wait."""

    def __init__(self, min_interval_s: int = MIN_INTERVAL_S) -> None:
        self._min_interval_s = min_interval_s
        self._waiting: dict[WaitingReply, tuple[int, Callable[[], None]]] = {}
        self._turn = 0

    def __len__(self) -> int:
        return len(self._waiting)

    def keeping(self, reply: WaitingReply, on_gone: Callable[[], None]) -> "Kept":
        """Keep a reply alive for a `with` block; call `on_gone` when its caller has hung up."""
        return Kept(self, reply, on_gone)

    def add(self, reply: WaitingReply, on_gone: Callable[[], None]) -> None:
        self._turn += 1
        self._waiting[reply] = (self._turn, on_gone)

    def discard(self, reply: WaitingReply) -> None:
        self._waiting.pop(reply, None)

    @property
    def interval_s(self) -> int:
        return min(MAX_INTERVAL_S, max(self._min_interval_s, len(self._waiting) // BEATS_PER_S))

    async def beat(self, tick: int) -> None:
        """Serve the replies whose turn this tick is; spread so that every tick costs the same."""
        interval = self.interval_s
        phase = tick % interval
        if len(self._waiting) <= FEW:
            due = [
                (r, gone)
                for r, (turn, gone) in self._waiting.items()
                if turn % interval == phase or not r.is_connected()
            ]
        else:
            due = [(r, gone) for r, (turn, gone) in self._waiting.items() if turn % interval == phase]
        for reply, on_gone in due:
            if reply.is_connected():
                reply.beat()
            else:
                on_gone()
