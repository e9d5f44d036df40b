"""What all connections of a lane share: routes, parser, the guarded way in, and who is quiet."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias, cast

from aiohttp import web
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_writer import StreamWriter
from aiohttp.typedefs import Handler
from aiohttp.web_urldispatcher import UrlMappingMatchInfo

from hitl_relay.lane.parse import Parsed, WholeParser
from hitl_relay.lane.quiet import Quiet
from hitl_relay.lane.recognise import HotRoutes

Edge: TypeAlias = Callable[[web.Request, Handler], Awaitable[web.StreamResponse]]

PATIENCE_S: Final = 1.0
"""A request that takes longer to arrive is handed over: what becomes of slow callers is for aiohttp to say."""


@dataclass(frozen=True, slots=True)
class HotRoute:
    name: str
    handler: Handler
    match_info: UrlMappingMatchInfo
    """One for all requests: a hot path has no variable parts."""


class Connection(Protocol):
    def close(self) -> None: ...

    def hand_over(self) -> None: ...


class Lane:
    def __init__(
        self,
        plain: web.Server,
        edge: Edge,
        routes: Mapping[bytes, HotRoute],
        *,
        max_body: int,
        keepalive_timeout: float,
    ) -> None:
        """Take `routes` by request line; `plain` makes and counts aiohttp's connections.

        Bodies of more than `max_body` bytes are handed over: aiohttp refuses them as it always does.
        """
        self.plain = plain
        self.edge = edge
        self.loop = asyncio.get_running_loop()
        self.routes = HotRoutes(routes, max_body=max_body)
        self.parser = WholeParser(self.loop)
        self.idle: Quiet[Connection] = Quiet(self.loop, keepalive_timeout, lambda connection: connection.close())
        self.slow: Quiet[Connection] = Quiet(self.loop, PATIENCE_S, lambda connection: connection.hand_over())

    def request(self, connection: BaseProtocol, route: HotRoute, parsed: Parsed) -> web.Request:
        """Make aiohttp's own request, with its route found and its body read."""
        message, payload, body = parsed
        self.plain.requests_count += 1
        writer = StreamWriter(connection, self.loop)
        # No task: nothing here asks a request for it, and it would be a circle.
        request = self.plain.request_factory(message, payload, connection, writer, None)  # type: ignore[arg-type]
        request._match_info = route.match_info  # type: ignore[attr-defined]  # noqa: SLF001 - what its router would do
        request._read_bytes = body  # noqa: SLF001 - what its `read` would do
        return cast("web.Request", request)
