"""A device as the protocol wants it: a cursor, one answer id an answer, and both kept over every reconnection.

It answers every question whose prompt starts with "answer", with a text nobody else would send. What it was sent
and what it said is kept for the checker.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import uuid4

import aiohttp

from relay.kernel.loops import pause
from tests.fault.agent import BACK_OFF_S, MAY_FAIL
from tests.fault.world import DeviceLogin

CLOSED: Final = {aiohttp.WSMsgType.CLOSE, aiohttp.WSMsgType.CLOSING, aiohttp.WSMsgType.CLOSED, aiohttp.WSMsgType.ERROR}


@dataclass(frozen=True)
class Given:
    """An answer this device gave."""

    request_id: str
    answer_id: str
    text: str


class Device:
    """`hang_up_every`: leave after so many events and come back, as a phone in a tunnel does; 0 never."""

    def __init__(
        self, session: aiohttp.ClientSession, account_id: str, login: DeviceLogin, *, hang_up_every: int = 0
    ) -> None:
        self._session = session
        self._login = login
        self._hang_up_every = hang_up_every
        self.account_id = account_id
        self.cursor: int | None = None
        self.given: dict[str, Given] = {}
        self.unconfirmed: dict[str, Given] = {}
        self.accepted: set[str] = set()
        self.seen: set[str] = set()
        self.resolved: set[str] = set()
        self.gaps: list[str] = []
        self.close_codes: list[int | None] = []
        self.connected = False
        self.events = 0
        self.resyncs = 0

    @property
    def id(self) -> str:
        return self._login.device_id

    async def run(self) -> None:
        """Be there until cancelled."""
        while True:
            try:
                async with self._session.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",)) as ws:
                    await self._converse(ws)
                    self.close_codes.append(ws.close_code)
            except MAY_FAIL:
                pass
            finally:
                self.connected = False
            await pause(BACK_OFF_S)

    async def _converse(self, ws: aiohttp.ClientWebSocketResponse) -> None:
        hello = {"t": "hello", "token": self._login.token, "device_id": self.id, "cursor": self.cursor}
        await ws.send_json(hello)
        leave_at = self.events + self._hang_up_every if self._hang_up_every else None
        async for message in ws:
            if message.type in CLOSED:
                break
            await self._take(ws, message.json())
            if leave_at is not None and self.events >= leave_at:
                break

    async def _take(self, ws: aiohttp.ClientWebSocketResponse, frame: Mapping[str, Any]) -> None:
        match frame["t"]:
            case "welcome":
                await self._welcomed(ws, frame)
            case "inbox":
                for card in frame["requests"]:
                    await self._show(ws, card)
            case "event":
                await self._event(ws, frame)
            case "accepted":
                self.accepted.add(frame["answer_id"])
                self.unconfirmed.pop(frame["request_id"], None)
            case "refused" if frame["code"] == "unavailable":
                await pause(BACK_OFF_S)
                await self._send(ws, self.unconfirmed[frame["request_id"]])
            case "refused":
                self.unconfirmed.pop(frame["request_id"], None)

    async def _welcomed(self, ws: aiohttp.ClientWebSocketResponse, frame: Mapping[str, Any]) -> None:
        self.connected = True
        if frame["resync"]:
            self.resyncs += 1
            self.cursor = frame["cursor"]
        for given in list(self.unconfirmed.values()):
            await self._send(ws, given)

    async def _event(self, ws: aiohttp.ClientWebSocketResponse, frame: Mapping[str, Any]) -> None:
        assert self.cursor is not None
        if frame["seq"] <= self.cursor:
            return
        if frame["seq"] != self.cursor + 1:
            self.gaps.append(f"{self._login.name} got {frame['seq']} after {self.cursor}")
        self.cursor = frame["seq"]
        self.events += 1
        if frame["type"] == "request.created":
            await self._show(ws, frame["request"])
        elif frame["type"] == "request.resolved":
            self.resolved.add(frame["request_id"])

    async def _show(self, ws: aiohttp.ClientWebSocketResponse, card: Mapping[str, Any]) -> None:
        self.seen.add(card["id"])
        await ws.send_json({"t": "displayed", "request_id": card["id"]})
        if card["status"] == "pending" and card["prompt"].startswith("answer") and card["id"] not in self.given:
            given = Given(card["id"], str(uuid4()), f"{self._login.name} says {uuid4()}")
            self.given[card["id"]] = self.unconfirmed[card["id"]] = given
            await self._send(ws, given)

    @staticmethod
    async def _send(ws: aiohttp.ClientWebSocketResponse, given: Given) -> None:
        frame = {"t": "answer", "request_id": given.request_id, "answer_id": given.answer_id, "answer": given.text}
        await ws.send_json(frame)
