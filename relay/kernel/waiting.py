"""Replies that wait for a human, and the space that keeps them alive.

A waiting reply is quiet for its first second: an answer within it is one ordinary response. After that the status
line goes out (200, with the request's id in a header) and a space follows every few seconds until the JSON body,
so that no proxy and no client time-out ends the wait: JSON allows white space before a value (RFC 8259 2).

One loop serves all waiting replies of the process. It also notices peers that hung up.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Final

from aiohttp import web

FIRST_BEAT_S: Final = 1.0
TICK_S: Final = 1.0

MIN_INTERVAL_S: Final = 4
"""Below the five seconds after which httpx gives up by default; the published client waits thirty."""

MAX_INTERVAL_S: Final = 15
BEATS_PER_S: Final = 400
"""Writes a second spent on heartbeats; above 1 600 waiting replies the interval grows instead of the load."""


class PeerGone(ConnectionError):
    """The caller hung up; nobody is left to answer."""


class Waiting:
    """One waiting reply: the peer it belongs to, and its response once that has begun."""

    __slots__ = ("_gone", "_request", "response")

    def __init__(self, request: web.Request, gone: "asyncio.Future[None]") -> None:
        self._request = request
        self._gone = gone
        self.response: web.StreamResponse | None = None

    @property
    def connected(self) -> bool:
        transport = self._request.transport
        return transport is not None and not transport.is_closing()

    async def begin(self, headers: Mapping[str, str]) -> None:
        """Send the status line; from here on the reply is 200 whatever the outcome."""
        response = web.StreamResponse(headers=headers)
        response.content_type = "application/json"
        # A proxy that collects the body would swallow the heartbeat.
        response.headers["X-Accel-Buffering"] = "no"
        response.headers["Cache-Control"] = "no-store"
        await response.prepare(self._request)
        self.response = response

    async def beat(self) -> None:
        transport = self._request.transport
        if transport is None or transport.is_closing():
            self.hang_up()
        elif self.response is not None and transport.get_write_buffer_size() == 0:
            # An empty buffer means this write cannot block on a slow reader.
            await self.response.write(b" ")

    def hang_up(self) -> None:
        if not self._gone.done():
            self._gone.set_exception(PeerGone("the caller hung up"))

    async def finish(
        self, body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None
    ) -> web.StreamResponse:
        """Send the JSON body, now or after the heartbeat. Raises `ConnectionError` when the peer is gone."""
        if self.response is not None:
            await self.response.write_eof(body)
            return self.response
        if not self.connected:
            raise PeerGone("the caller hung up")
        response = web.Response(body=body, status=status, headers=headers, content_type="application/json")
        await response.prepare(self._request)
        await response.write_eof()
        return response


class Heartbeats:
    """All waiting replies of this process."""

    def __init__(self) -> None:
        self._waiting: dict[Waiting, int] = {}
        self._turn = 0

    def __len__(self) -> int:
        return len(self._waiting)

    @contextmanager
    def keeping(self, request: web.Request, gone: "asyncio.Future[None]") -> Iterator[Waiting]:
        """Keep a reply alive; `gone` fails with `PeerGone` when its peer hangs up."""
        waiting = Waiting(request, gone)
        self._turn += 1
        self._waiting[waiting] = self._turn
        try:
            yield waiting
        finally:
            del self._waiting[waiting]

    @property
    def interval_s(self) -> int:
        return min(MAX_INTERVAL_S, max(MIN_INTERVAL_S, len(self._waiting) // BEATS_PER_S))

    async def beat(self, tick: int) -> None:
        """Serve the replies whose turn this tick is; spread so that every tick costs the same."""
        interval = self.interval_s
        for waiting, turn in list(self._waiting.items()):
            if turn % interval == tick % interval:
                try:
                    await waiting.beat()
                except ConnectionError:
                    waiting.hang_up()
