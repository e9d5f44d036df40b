"""Kill the relay's private PostgreSQL under load: the relay stays, and has a database again by itself."""

import os
import random  # noqa: TID251 - seeded: a failure must be repeatable
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg
import pytest

from hitl_relay.ground import ground
from hitl_relay.postgres.cluster import Cluster
from hitl_relay.settings import Settings
from relay.kernel.settings import Secret
from tests.fault.checker import breaches
from tests.fault.load import Load, loaded
from tests.fault.relay_process import relay_process
from tests.fault.world import World, populate

SEED = 20261121
KILLS = 3

Victim = Callable[[Cluster], Awaitable[int]]


@pytest.fixture
async def world(folder: Path) -> World:
    """People in a private PostgreSQL, which is stopped."""
    async with ground(Settings(data_dir=folder), {}) as ground_:
        return await populate(ground_.url)


async def postmaster(cluster: Cluster) -> int:
    return int((cluster.data / "postmaster.pid").read_text().split()[0])


async def backend(cluster: Cluster) -> int:
    """Return one of the relay's server processes; PostgreSQL then drops all of them and recovers."""
    connection = await asyncpg.connect(cluster.url)
    try:
        found = await connection.fetch("SELECT pid FROM pg_stat_activity WHERE application_name = 'hitl-relay'")
    finally:
        await connection.close()
    return int(found[0]["pid"])


@pytest.mark.proves("fault.postgres_killed")
@pytest.mark.parametrize("victim", [postmaster, backend])
async def test_the_relay_outlives_the_death_of_a(victim: Victim, world: World, folder: Path) -> None:
    cluster, chance = Cluster(folder / "postgres"), random.Random(SEED)  # noqa: S311 - seeded on purpose

    async def kill_it_again_and_again(load: Load) -> None:
        for _ in range(KILLS):
            await load.more(chance.randrange(3, 15))
            os.kill(await victim(cluster), signal.SIGKILL)
            await load.more(12)

    async with relay_process(folder, {"HITL_DATA_DIR": str(folder)}) as relay:
        async with loaded(relay.url, world) as load:
            await load.while_(kill_it_again_and_again(load))
            await load.settled(Secret(cluster.url))
        assert await breaches(Secret(cluster.url), load) == []
        assert load.statuses <= {200, 202, 503}
        assert relay.events("postgres_ended") == (KILLS if victim is postmaster else 0)
        assert relay.errors() == []
        assert relay.is_running
