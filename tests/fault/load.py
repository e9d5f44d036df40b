"""The load: every agent asks in every way, every device answers, until each question has its outcome."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from typing import Any

import aiohttp
import asyncpg

from relay.kernel.settings import Secret
from tests.fault.agent import Agent, Asked
from tests.fault.device import Device
from tests.fault.world import World
from tests.waiting import until

HANG_UP_EVERY = 7


class Load:
    """The agents and devices of a world, talking to one relay."""

    def __init__(self, session: aiohttp.ClientSession, world: World) -> None:
        self.agents = [
            Agent(session, home.account_id, key, f"{home.account_id[-4:]}-{number}")
            for home in world
            for number, key in enumerate(home.agent_keys)
        ]
        self.devices = [
            # The second device of an account comes and goes, as phones do.
            Device(session, home.account_id, login, hang_up_every=HANG_UP_EVERY * number)
            for home in world
            for number, login in enumerate(home.devices)
        ]

    @property
    def asked(self) -> list[Asked]:
        return [asked for agent in self.agents for asked in agent.asked]

    async def in_every_way(self, rounds: int = 1) -> None:
        """Let all agents ask at once, each in every way there is, one after the other."""
        await asyncio.gather(*(_in_every_way(agent, rounds) for agent in self.agents))

    async def all_at_once(self) -> None:
        """Let all agents ask in every way at the same time."""
        ways = [
            way
            for agent in self.agents
            for way in (
                agent.ask(),
                agent.ask_and_look_later(),
                agent.ask_and_cancel(),
                agent.tell(),
                agent.ask_in_vain(),
            )
        ]
        await asyncio.gather(*ways)

    async def more(self, questions: int, within_s: float = 30) -> None:
        """Wait until so many more questions have their outcome."""
        wanted = self.done + questions
        await until(lambda: self.done >= wanted, within_s)

    @property
    def done(self) -> int:
        return sum(bool(asked.outcome) for asked in self.asked)

    @property
    def statuses(self) -> set[int]:
        """Every HTTP status that any call got."""
        return {status for asked in self.asked for status in asked.statuses}

    async def while_(self, fault: Coroutine[Any, Any, None]) -> None:
        """Let all agents ask, again and again, until `fault` is done with."""
        happening = asyncio.create_task(fault)
        try:
            await asyncio.gather(*(_ask_while(agent, lambda: not happening.done()) for agent in self.agents))
        finally:
            happening.cancel()
            await asyncio.wait([happening])
        happening.result()

    async def settled(self, url: Secret, within_s: float = 10) -> None:
        """Wait until every device is connected and knows everything that happened in its account."""
        connection = await asyncpg.connect(url)

        async def level() -> bool:
            heads = {str(row["account_id"]): row["seq"] for row in await connection.fetch("SELECT * FROM account_head")}
            return all(d.connected and not d.unconfirmed and d.cursor == heads[d.account_id] for d in self.devices)

        try:
            await until(level, within_s)
        finally:
            await connection.close()


@asynccontextmanager
async def loaded(url: str, world: World) -> AsyncIterator[Load]:
    """Connect the devices of the world and keep them there."""
    # No limit on connections, and no keep-alive that a restart would break on purpose.
    connector = aiohttp.TCPConnector(limit=0)
    async with aiohttp.ClientSession(url, connector=connector) as session:
        load = Load(session, world)
        running = [asyncio.create_task(device.run(), name=f"device {device.id}") for device in load.devices]
        try:
            await until(lambda: all(device.connected for device in load.devices), within_s=10)
            yield load
        finally:
            for task in running:
                task.cancel()
            ends = await asyncio.gather(*running, return_exceptions=True)
    assert [end for end in ends if not isinstance(end, asyncio.CancelledError)] == [], "a device broke"


async def _in_every_way(agent: Agent, rounds: int) -> None:
    for _ in range(rounds):
        await agent.ask()
        await agent.ask_and_look_later()
        await agent.ask_and_cancel()
        await agent.tell()
        await agent.ask_in_vain()
        await agent.ask()


async def _ask_while(agent: Agent, goes_on: Callable[[], bool]) -> None:
    while goes_on():
        await agent.ask()
        await agent.ask_and_look_later()
        await agent.tell()
