"""A relay in a process of its own, and a human who answers; the clients are programs of others."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.fault.conftest import Place, folder, place, populated
from tests.fault.relay_process import RelayProcess, relay_process
from tests.waiting import until

__all__ = ["folder", "place", "populated"]


@dataclass
class Human:
    """Answers what is put before the first account, by REST."""

    relay: RelayProcess
    token: str

    async def _call(self, method: str, path: str, body: Any = None) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with (
            aiohttp.ClientSession(self.relay.url, headers=headers) as session,
            session.request(method, path, json=body) as reply,
        ):
            assert reply.status == 200, await reply.text()
            return await reply.json()

    async def open_requests(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = (await self._call("GET", "/api/v1/mobile/inbox"))["requests"]
        return found

    async def open_request(self, within_s: float = 60) -> dict[str, Any]:
        """Wait until exactly one question is open."""
        found: list[dict[str, Any]] = []

        async def one() -> bool:
            found[:] = await self.open_requests()
            return len(found) == 1

        await until(one, within_s)
        return found[0]

    async def answer(self, card: dict[str, Any], value: str) -> None:
        await self._call("POST", f"/api/v1/requests/{card['id']}/respond", {"answer": value})


@dataclass
class Running:
    relay: RelayProcess
    human: Human
    key: str


@pytest.fixture
async def running(place: Place, folder: Path) -> AsyncIterator[Running]:
    settings = {"HITL_DATABASE_URL": place.url}
    async with relay_process(folder, settings) as relay:
        ada = place.world[0]
        yield Running(relay, Human(relay, ada.devices[0].token), ada.agent_keys[0])


async def finished(process: asyncio.subprocess.Process, within_s: float) -> str:
    """Return what a program said; one that failed fails the test with all it said."""
    try:
        async with asyncio.timeout(within_s):
            said, complaints = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    assert process.returncode == 0, (said + complaints).decode()[-3000:]
    return said.decode()
