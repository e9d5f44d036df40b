"""Replies that wait for a human, and the space that keeps them alive.

A waiting reply is quiet for its first second: an answer within it is one ordinary response. After that the status
line goes out (200, with the request's id in a header) and a space follows every few seconds until the JSON body,
so that no proxy and no client time-out ends the wait: JSON allows white space before a value (RFC 8259 2).

One loop serves all waiting replies of the process. It also notices peers that hung up.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from aiohttp import HttpVersion10, web
from aiohttp.helpers import rfc822_formatted_time

FIRST_BEAT_S: Final = 1.0
TICK_S: Final = 1.0

MIN_INTERVAL_S: Final = 4
"""Below the five seconds after which httpx gives up by default; the published client waits thirty."""

MAX_INTERVAL_S: Final = 20
BEATS_PER_S: Final = 400
"""Writes a second spent on heartbeats; above 1 600 waiting replies the interval grows instead of the load."""

FEW: Final = 2_000
"""Up to so many replies, every tick looks whether their callers are still there; above, only when it is their turn."""

STATUS_LINES: Final = {200: b"200 OK", 202: b"202 Accepted"}


class PeerGone(ConnectionError):
    """The caller hung up; nobody is left to answer."""


class WaitingReply:
    """One reply to a waiting caller, begun or not."""

    __slots__ = ("request", "response")

    def __init__(self, request: web.Request) -> None:
        self.request = request
        self.response: web.StreamResponse | None = None

    def is_connected(self) -> bool:
        transport = self.request.transport
        return transport is not None and not transport.is_closing()

    async def begin(self, headers: Mapping[str, str]) -> None:
        """Send the status line; from here on the reply is 200 whatever the outcome."""
        response = web.StreamResponse(headers=headers)
        response.content_type = "application/json"
        # A proxy that collects the body would swallow the heartbeat.
        response.headers["X-Accel-Buffering"] = "no"
        response.headers["Cache-Control"] = "no-store"
        await response.prepare(self.request)
        self.response = response

    async def beat(self) -> None:
        """Send a space. A reader so slow that the last one is still unsent is left alone: this must not block."""
        transport = self.request.transport
        if self.response is not None and transport is not None and transport.get_write_buffer_size() == 0:
            await self.response.write(b" ")

    async def finish(self, body: bytes, *, status: int = 200) -> web.StreamResponse:
        """Send the JSON body, now or after the heartbeat. Raises `ConnectionError` when the caller is gone."""
        if not self.is_connected():
            raise PeerGone("the caller hung up")
        if self.response is not None:
            await self.response.write_eof(body)
            return self.response
        return ReadyReply(self.request, body, status)


class ReadyReply(web.StreamResponse):
    """A small JSON reply that is on its way before the handler returns.

    Written whole and at once, past aiohttp's header machinery: that is a fifth of the cost of a round trip, and only
    a write made here can tell the caller's going from a delivery.
    """

    def __init__(self, request: web.Request, body: bytes, status: int) -> None:
        super().__init__(status=status)
        transport = request.transport
        if transport is None or transport.is_closing():
            raise PeerGone("the caller hung up")
        self._keep = request.keep_alive
        connection = b"" if self._keep else b"Connection: close\r\n"
        if self._keep and request.version == HttpVersion10:
            connection = b"Connection: keep-alive\r\n"
        transport.write(
            b"HTTP/1.%d %s\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\nDate: %s\r\n"
            b"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n%s\r\n%s"
            % (
                request.version.minor,
                STATUS_LINES[status],
                len(body),
                rfc822_formatted_time().encode(),
                connection,
                body,
            )
        )

    @property
    def keep_alive(self) -> bool | None:
        return self._keep

    async def prepare(self, request: web.BaseRequest) -> None:
        """Nothing is left to do."""

    async def write_eof(self, data: bytes = b"") -> None:
        """Nothing is left to do."""


class Heartbeats:
    """All waiting replies of this process."""

    def __init__(self) -> None:
        self._waiting: dict[WaitingReply, tuple[int, Callable[[], None]]] = {}
        self._turn = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def keeping(self, reply: WaitingReply, on_gone: Callable[[], None]) -> Iterator[None]:
        """Keep a reply alive; call `on_gone` when its caller has hung up."""
        self._turn += 1
        self._waiting[reply] = (self._turn, on_gone)
        try:
            yield
        finally:
            del self._waiting[reply]

    @property
    def interval_s(self) -> int:
        return min(MAX_INTERVAL_S, max(MIN_INTERVAL_S, len(self._waiting) // BEATS_PER_S))

    async def beat(self, tick: int) -> None:
        """Serve the replies whose turn this tick is; spread so that every tick costs the same."""
        interval = self.interval_s
        look_at_all = len(self._waiting) <= FEW
        for reply, (turn, on_gone) in tuple(self._waiting.items()):
            its_turn = turn % interval == tick % interval
            if (its_turn or look_at_all) and not reply.is_connected():
                on_gone()
            elif its_turn:
                with suppress(ConnectionError):  # gone this very moment; the next tick sees it
                    await reply.beat()
