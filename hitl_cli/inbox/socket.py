"""The device socket: connect, say hello, pass frames on; and again, for as long as the relay wants to see us."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

import aiohttp

from hitl_cli.config import Login
from hitl_cli.errors import Refused
from hitl_cli.pacing import Backoff, pause

PROTOCOL: Final = "hitl.v1"
PATH: Final = "/api/v1/mobile/ws"

DO_NOT_RETURN: Final = 4500
"""Close codes from here to 4999 say that coming back would change nothing; below, that it would."""

PING_S: Final = 20.0
"""How often the relay's clock is asked for; also what finds out that the line is dead."""

STABLE_S: Final = 10.0
"""A line that held this long was good. One that breaks sooner, each time, must not be tried again ever so fast."""

MAX_FRAME: Final = 8 * 1024 * 1024

Frame = Mapping[str, Any]


class DeviceSocket:
    """One device's line to the relay. Frames sent while it is down are dropped: the model sends them again."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        login: Login,
        *,
        cursor: Callable[[], int | None],
        receive: Callable[[Frame], None],
        lost: Callable[[str], None],
        rest: Callable[[float], Awaitable[None]] = pause,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._login = login
        self._cursor = cursor
        self._receive = receive
        self._lost = lost
        self._rest = rest
        self._now = now
        self._outbox: asyncio.Queue[Frame] | None = None

    def send(self, frame: Frame) -> None:
        if self._outbox is not None:
            self._outbox.put_nowait(frame)

    async def run(self) -> None:
        """Stay connected until cancelled; raise `Refused` when the relay does not want this device."""
        backoff = Backoff()
        while True:
            started = self._now()
            try:
                reason = await self._connection()
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                reason = _why(error)
            if self._now() - started > STABLE_S:
                backoff.reset()
            delay = backoff.next_s()
            self._lost(f"{reason}; trying again")
            await self._rest(delay)

    async def _connection(self) -> str:
        """Serve one connection and return why it ended."""
        url = self._login.server_url + PATH
        async with self._session.ws_connect(
            url, protocols=(PROTOCOL,), heartbeat=PING_S, max_msg_size=MAX_FRAME
        ) as socket:
            hello = {"t": "hello", "token": self._login.token, "device_id": self._login.device_id}
            await socket.send_str(_text({**hello, "cursor": self._cursor()}))
            self._outbox = asyncio.Queue()
            tasks = [asyncio.create_task(self._write(socket, self._outbox)), asyncio.create_task(self._ping())]
            try:
                await self._read(socket)
            finally:
                self._outbox = None
                for task in tasks:
                    task.cancel()
                await asyncio.gather(*tasks, return_exceptions=True)
        return _closing(socket.close_code)

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        async for message in socket:
            if message.type is aiohttp.WSMsgType.TEXT:
                self._receive(json.loads(message.data))

    async def _write(self, socket: aiohttp.ClientWebSocketResponse, outbox: asyncio.Queue[Frame]) -> None:
        while True:
            await socket.send_str(_text(await outbox.get()))

    async def _ping(self) -> None:
        while True:
            await self._rest(PING_S)
            self.send({"t": "ping"})


def _text(frame: Frame) -> str:
    # As UTF-8 and not as escapes: the relay counts bytes, and an escaped character has up to twelve.
    return json.dumps(frame, ensure_ascii=False)


def _closing(code: int | None) -> str:
    match code:
        case int() if DO_NOT_RETURN <= code < 5000:
            signed_out = code in {4502, 4503}
            detail = "this terminal is signed out; run `hitl-cli login`" if signed_out else f"the relay hung up: {code}"
            raise Refused(401 if signed_out else 400, "signed_out" if signed_out else "bad_message", detail)
        case 4002:
            return "the relay restarts"
        case _:
            return "the connection was lost"


def _why(error: Exception) -> str:
    if isinstance(error, aiohttp.WSServerHandshakeError):
        return f"the relay cannot be talked to (status {error.status})"
    return "no relay answers"
