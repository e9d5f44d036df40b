"""One call of the benchmarks: the cluster, the servers, how long and how often, and the references."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from benchmarks import prepare, server
from benchmarks.cluster import Cluster
from benchmarks.server import People, Server


@dataclass(frozen=True, slots=True)
class Pace:
    runs: int
    seconds: float
    warm_up_s: float
    idle_runs: int
    idle_s: float


FULL = Pace(runs=5, seconds=5.0, warm_up_s=1.5, idle_runs=1, idle_s=10.0)
QUICK = Pace(runs=2, seconds=2.0, warm_up_s=0.7, idle_runs=1, idle_s=3.0)


@dataclass(slots=True)
class Bench:
    cluster: Cluster
    pace: Pace
    levels: Sequence[int]
    others: list[float] = field(default_factory=list)
    """How many cores other work took, a sample each measurement."""
    _databases: int = 0

    async def database(self, name: str) -> str:
        self._databases += 1
        return await self.cluster.create(f"{name}{self._databases}")

    @asynccontextmanager
    async def targets(self, users: int, agents: int, devices: int) -> AsyncIterator[list[tuple[Server, People]]]:
        """Start the toy and the relay, each with users that have so many agents and devices."""
        async with AsyncExitStack() as stack:
            toy = await stack.enter_async_context(server.toy(await self.database("toy")))
            dsn = await self.database("relay")
            relay = await stack.enter_async_context(server.relay({"HITL_DATABASE_URL": dsn}))
            people = await prepare.people(dsn, users, agents, devices)
            yield [(toy, server.toy_people(users, agents, devices)), (relay, people)]

    async def load(self, target: Server, people: People, **given: Any) -> dict[str, Any]:
        """Checkpoint, so that every run starts alike, then run the generator against a server."""
        await self.cluster.execute("CHECKPOINT")
        about = {"port": target.port, "server": target.pid, "postgres": self.cluster.pid}
        pace = {"seconds": self.pace.seconds, "warm_up_s": self.pace.warm_up_s}
        people_in = {"agents": people.agents, "devices": people.devices}
        result = await server.job("benchmarks.load", about | pace | people_in | given)
        return self.noted(result)

    async def ceiling(self, dsn: str) -> dict[str, Any]:
        await self.cluster.execute("CHECKPOINT")
        given = {
            "dsn": dsn,
            "postgres": self.cluster.pid,
            "seconds": self.pace.seconds,
            "warm_up_s": self.pace.warm_up_s,
        }
        return self.noted(await server.job("benchmarks.ceiling", given))

    def noted(self, result: dict[str, Any]) -> dict[str, Any]:
        if "others_s" in result:
            self.others.append(result["others_s"] / result["seconds"])
        return result
