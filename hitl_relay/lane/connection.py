"""A connection in the lane: reads whole hot requests one after the other, and hands over at anything else."""

import asyncio
from typing import Final, cast

from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.tcp_helpers import tcp_keepalive

from hitl_relay.lane.parse import Parsed
from hitl_relay.lane.recognise import MORE, OTHER
from hitl_relay.lane.shared import HotRoute, Lane
from relay.kernel.log import get_logger

log = get_logger(__name__)

MAX_AHEAD: Final = 64 * 1024
"""Bytes a client may send ahead while its request is served; then its transport is not read any more."""


class LaneConnection(BaseProtocol):
    """Has what aiohttp's server and requests want of a connection: transport, addresses, `close` and `shutdown`."""

    __slots__ = ("_closing", "_lane", "_reading", "_received", "_task_handler", "peername", "sockname", "ssl_context")

    def __init__(self, lane: Lane) -> None:
        super().__init__(lane.loop)
        self._lane = lane
        self._received = b""
        """What has come and is not served yet."""
        self._reading = True
        self._closing = False
        # aiohttp's server asks for it by this name: what must end before the connection is forgotten.
        self._task_handler: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        opened = cast("asyncio.Transport", transport)
        tcp_keepalive(opened)
        self.ssl_context = opened.get_extra_info("sslcontext")
        self.peername = opened.get_extra_info("peername")
        self.sockname = opened.get_extra_info("sockname")
        self._lane.plain.connection_made(self, opened)  # type: ignore[arg-type]
        self._lane.idle.enter(self)

    def connection_lost(self, exc: BaseException | None) -> None:
        super().connection_lost(exc)
        self._leave()
        self._lane.plain.connection_lost(self, exc)  # type: ignore[arg-type]
        if self._task_handler is not None and self._lane.plain.handler_cancellation:
            self._task_handler.cancel()

    def data_received(self, data: bytes) -> None:
        if self._closing:
            return
        self._received = self._received + data if self._received else data
        if self._task_handler is None:
            self._take()
        elif len(self._received) > MAX_AHEAD and self._reading and self.transport is not None:
            self._reading = False
            self.transport.pause_reading()

    def _take(self) -> None:
        """Serve what has come, wait for the rest of it, or hand it over."""
        route = self._lane.routes.find(self._received)
        if route is MORE:
            self._lane.slow.enter(self)
        elif route is OTHER or (parsed := self._lane.parser.parse(self._received)) is None:
            self.hand_over()
        else:
            self._received = b""
            self._begin(route, parsed)

    def _begin(self, route: HotRoute, parsed: Parsed) -> None:
        self._lane.idle.leave(self)
        self._lane.slow.leave(self)
        request = self._lane.request(self, route, parsed)
        self._task_handler = self._loop.create_task(self._serve(request, route))

    async def _serve(self, request: web.Request, route: HotRoute) -> None:
        """Do with a request what aiohttp's `RequestHandler` does: answer it, and know whether there may be a next."""
        response: web.StreamResponse | None = None
        try:
            try:
                response = await self._lane.edge(request, route.handler)
            except web.HTTPException as error:
                response = error
            await response.prepare(request)
            await response.write_eof()
        except ConnectionError:
            response = None  # the caller hung up
        except asyncio.CancelledError:
            response = None
            raise
        except Exception:
            response = None
            log.exception("unhandled_error", method=request.method, route=route.name)
        finally:
            self._task_handler = None
            self._served(keep_alive=response is not None and bool(response.keep_alive))

    def _served(self, *, keep_alive: bool) -> None:
        if self.transport is None:
            return
        if self._closing or not keep_alive:
            self._closing = True
            self.transport.close()
            return
        if not self._reading:
            self._reading = True
            self.transport.resume_reading()
        self._lane.idle.enter(self)
        if self._received:
            self._take()

    def hand_over(self) -> None:
        """Let aiohttp have the connection, as if it had come to it in the first place."""
        transport, received = self.transport, self._received
        if transport is None or transport.is_closing():
            return
        self._leave()
        self._lane.plain.connection_lost(self)  # type: ignore[arg-type]
        self._received, self.transport, self._closing = b"", None, True
        plain = self._lane.plain()
        transport.set_protocol(plain)
        plain.connection_made(transport)
        if self._paused:
            plain.pause_writing()
        plain.data_received(received)

    def _leave(self) -> None:
        self._lane.idle.leave(self)
        self._lane.slow.leave(self)

    # What aiohttp's server asks of its connections when it stops -------------------------------------------------

    def close(self) -> None:
        """Take no further request; close at once when none is being served."""
        self._closing = True
        self._leave()
        if self._task_handler is None and self.transport is not None:
            self.transport.close()

    async def shutdown(self, timeout: float | None = 15.0) -> None:  # noqa: ASYNC109 - aiohttp's name for it
        """Wait for the request that is being served, then for its cancellation; close the connection."""
        self.close()
        task = self._task_handler
        if task is not None:
            await asyncio.wait({task}, timeout=timeout)
            task.cancel()
            await asyncio.wait({task}, timeout=timeout)
        if self.transport is not None:
            self.transport.close()
