"""The device socket and a relay that breaks on purpose."""

import asyncio
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hitl_cli.config import Login
from hitl_cli.errors import Refused
from hitl_cli.http import new_session
from hitl_cli.inbox.socket import PING_S, STABLE_S, DeviceSocket
from tests.cli.builders import welcome


class Enough(Exception):
    """The test has seen what it wanted."""


class Life:
    """A device socket at a relay that closes every connection after its welcome."""

    def __init__(self, code: int, *, lasts_s: float = 0) -> None:
        self._code = code
        self._lasts_s = lasts_s
        self._at = 0.0
        self.hellos: list[dict[str, Any]] = []
        self.frames: list[Any] = []
        self.reasons: list[str] = []
        self.rests: list[float] = []

    async def run(self) -> None:
        app = web.Application()
        app.router.add_get("/api/v1/mobile/ws", self._serve)
        async with TestServer(app) as server, new_session() as session:
            login = Login(server_url=str(server.make_url("")).rstrip("/"), token="hses_x", device_id="d1")
            await self._socket(session, login).run()

    def _socket(self, session: aiohttp.ClientSession, login: Login) -> DeviceSocket:
        return DeviceSocket(
            session,
            login,
            cursor=lambda: len(self.hellos),
            receive=self.frames.append,
            lost=self.reasons.append,
            rest=self._rest,
            now=lambda: self._at,
        )

    async def _rest(self, seconds: float) -> None:
        if seconds == PING_S:
            await asyncio.Event().wait()
        self.rests.append(seconds)
        if len(self.rests) == 8:
            raise Enough

    async def _serve(self, request: web.Request) -> web.StreamResponse:
        socket = web.WebSocketResponse(protocols=("hitl.v1",))
        await socket.prepare(request)
        self.hellos.append(await socket.receive_json())
        await socket.send_json(welcome())
        self._at += self._lasts_s
        await socket.close(code=self._code)
        return socket


async def test_every_connection_says_hello_with_the_cursor_it_has_by_then() -> None:
    life = Life(4002)
    with pytest.raises(Enough):
        await life.run()
    assert life.hellos[1] == {"t": "hello", "token": "hses_x", "device_id": "d1", "cursor": 1}
    assert life.frames[0]["t"] == "welcome"
    assert life.reasons[0] == "the relay restarts; trying again"


async def test_a_line_that_breaks_as_soon_as_it_is_up_is_tried_ever_more_slowly() -> None:
    life = Life(1011)
    with pytest.raises(Enough):
        await life.run()
    assert life.rests[-1] > 8 * life.rests[0]


async def test_a_line_that_held_is_tried_again_soon() -> None:
    life = Life(4001, lasts_s=STABLE_S + 1)
    with pytest.raises(Enough):
        await life.run()
    assert max(life.rests) < 1


@pytest.mark.parametrize(
    ("code", "reason"), [(4500, "hung up"), (4501, "hung up"), (4502, "signed out"), (4503, "signed out")]
)
async def test_a_close_code_that_forbids_it_is_obeyed(code: int, reason: str) -> None:
    life = Life(code)
    with pytest.raises(Refused, match=reason):
        await life.run()
    assert len(life.hellos) == 1
