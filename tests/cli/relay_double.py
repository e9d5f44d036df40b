"""A relay that breaks on purpose: only for faults that a real one cannot be made to show."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

Step = Callable[[web.Request], Awaitable[web.StreamResponse]]


def answering(answer: Any = "Yes", status: str = "answered", **facts: Any) -> Step:
    async def step(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"request_id": "r1", "status": status, "response": answer, **facts})

    return step


def failing(status: int, **headers: str) -> Step:
    async def step(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text="<html>not a relay</html>", headers=headers)

    return step


def refusing(status: int, code: str, detail: str) -> Step:
    async def step(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"code": code, "detail": detail}, status=status)

    return step


async def dropping(request: web.Request) -> web.StreamResponse:
    """Hang up without a word."""
    assert request.transport
    request.transport.abort()
    return web.Response()


async def breaking_off(request: web.Request) -> web.StreamResponse:
    """Promise a body, send heartbeats, and die."""
    reply = web.StreamResponse(headers={"HITL-Request-Id": "r1", "HITL-Delivery": "none"})
    reply.enable_chunked_encoding()
    await reply.prepare(request)
    await reply.write(b"   ")
    assert request.transport
    request.transport.close()
    return reply


async def ending_in_blanks(request: web.Request) -> web.StreamResponse:
    """End the body properly, but before the answer: what a proxy makes of a relay that died."""
    reply = web.StreamResponse(headers={"HITL-Request-Id": "r1"})
    await reply.prepare(request)
    await reply.write(b"   ")
    await reply.write_eof()
    return reply


class RelayDouble:
    """Does the steps of a script, one a call, and notes what it was asked."""

    def __init__(self, *script: Step) -> None:
        self._script = list(script)
        self.asked: list[dict[str, Any]] = []

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", self._serve)
        return app

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(json.loads(await request.read()))
        step = self._script.pop(0) if len(self._script) > 1 else self._script[0]
        return await step(request)
