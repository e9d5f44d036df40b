"""The load: every agent asks in every way, every device answers, until each question has its outcome."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import aiohttp

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

    async def while_(self, fault: Awaitable[None]) -> None:
        """Let all agents ask, again and again, until `fault` is done with."""
        happening = asyncio.ensure_future(fault)
        try:
            await asyncio.gather(*(_ask_while(agent, lambda: not happening.done()) for agent in self.agents))
        finally:
            happening.cancel()
            await asyncio.wait([happening])
        happening.result()

    async def settled(self, within_s: float = 10) -> None:
        """Wait until every device is connected and knows everything that happened."""
        for device in self.devices:
            peers = [d for d in self.devices if d.account_id == device.account_id]
            await until(lambda d=device, p=peers: d.connected and not d.unconfirmed and _level(d, p), within_s)


def _level(device: Device, peers: list[Device]) -> bool:
    return device.cursor == max(peer.cursor or 0 for peer in peers)


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
    for end in ends:
        if not isinstance(end, asyncio.CancelledError):
            raise AssertionError("a device broke") from end


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
