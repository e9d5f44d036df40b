"""The server of the lane: aiohttp's own, but for the connection that each transport starts with."""

from collections.abc import Iterable
from typing import Any, cast

from aiohttp import web
from aiohttp.web_urldispatcher import UrlMappingMatchInfo

from hitl_relay.app import SETTINGS
from hitl_relay.edge import edge
from hitl_relay.lane.connection import LaneConnection
from hitl_relay.lane.shared import HotRoute, Lane
from relay.kernel.operation import OPERATIONS


class LaneServer:
    """What a runner wants of a server (to be called for each connection, and to stop), with aiohttp's behind it."""

    def __init__(self, plain: web.Server, app: web.Application, keepalive_timeout: float) -> None:
        self.plain = plain
        max_body = app[SETTINGS].max_body
        self._lane = Lane(plain, edge, dict(_hot(app)), max_body=max_body, keepalive_timeout=keepalive_timeout)

    def __call__(self) -> LaneConnection:
        return LaneConnection(self._lane)

    def pre_shutdown(self) -> None:
        self.plain.pre_shutdown()

    async def shutdown(self, timeout: float | None = None) -> None:  # noqa: ASYNC109 - aiohttp's name for it
        await self.plain.shutdown(timeout)


def _hot(app: web.Application) -> Iterable[tuple[bytes, HotRoute]]:
    for route in app.router.routes():
        operation = app[OPERATIONS].get(route.handler)
        if operation is None or not operation.hot or route.method != operation.method:
            continue
        match_info = UrlMappingMatchInfo({}, route)
        match_info.add_app(app)
        match_info.freeze()
        line = f"{operation.method} {operation.path} HTTP/1.1".encode()
        yield line, HotRoute(operation.path, operation.handler, match_info)


class LaneRunner(web.AppRunner):
    """aiohttp's runner of an application, whose server has the lane."""

    def __init__(self, app: web.Application, *, keepalive_timeout: float = 75, **kwargs: Any) -> None:
        super().__init__(app, keepalive_timeout=keepalive_timeout, **kwargs)
        self._keepalive_timeout = keepalive_timeout

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        return cast("web.Server", LaneServer(plain, self.app, self._keepalive_timeout))
