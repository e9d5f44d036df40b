"""Ask for much more than the relay can do: it answers everything it takes on, and is itself again at once."""

import asyncio
import json
from pathlib import Path

import asyncpg
import pytest

from tests.fault.agent import Agent
from tests.fault.conftest import Place
from tests.fault.flood import Flood
from tests.fault.load import loaded
from tests.fault.relay_process import relay_process
from tests.waiting import until

CONNECTIONS = 256
"""Four times as many as keep the relay busy all the time: group commit has its best rate from 64 askers on."""

ASKS = 8_000
"""A few seconds of all that the relay can do."""

NORMAL_S = 0.5


@pytest.mark.proves("fault.overload")
async def test_after_too_much_work_the_relay_is_itself_again_within_five_seconds(place: Place, folder: Path) -> None:
    keys = tuple(key for home in place.world for key in home.agent_keys)
    async with (
        relay_process(folder, {"HITL_DATABASE_URL": place.url}) as relay,
        loaded(relay.url, place.world) as load,
    ):
        flood = Flood(relay.port, keys, CONNECTIONS)
        running = asyncio.create_task(flood.run())
        await until(lambda: flood.statuses.total() >= ASKS or running.done(), within_s=30)
        flood.stop()
        await running
        await until(lambda: _is_quick(load.agents[0]), within_s=5)
        assert relay.errors() == []
    assert flood.statuses.keys() <= {202, 429, 503}
    assert await _saved(place.url, flood) == flood.acknowledged


async def _is_quick(agent: Agent) -> bool:
    """Ask one question and have it answered, by a device that may still be reading about the flood."""
    return (await agent.ask()).took_s < NORMAL_S


async def _saved(url: str, flood: Flood) -> dict[str, str]:
    """Return what the database has of the acknowledged asks."""
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT id, content FROM request")
    finally:
        await connection.close()
    saved = [(json.loads(row["content"])["prompt"], str(row["id"])) for row in rows]
    flooded = [(prompt, request_id) for prompt, request_id in saved if prompt in flood.acknowledged]
    assert len(dict(flooded)) == len(flooded), "an ask was doubled"
    return dict(flooded)
