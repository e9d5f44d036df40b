"""A populated database for every case, and a folder that PostgreSQL's own user may enter."""

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

import asyncpg
import pytest

from relay.kernel.settings import Secret
from tests.cluster import reachable_folder
from tests.fault.world import World, populate

POPULATED = "template_fault"


@dataclass(frozen=True)
class Place:
    """A database with people in it."""

    url: Secret
    world: World


@pytest.fixture(scope="session")
def populated(cluster: str) -> World:
    async def build() -> World:
        admin = await asyncpg.connect(cluster.format(db="postgres"))
        await admin.execute(f"CREATE DATABASE {POPULATED}")
        await admin.close()
        return await populate(Secret(cluster.format(db=POPULATED)))

    return asyncio.run(build())


@pytest.fixture
async def place(cluster: str, populated: World) -> AsyncIterator[Place]:
    name = f"t_{uuid4().hex}"
    admin = await asyncpg.connect(cluster.format(db="postgres"))
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE {POPULATED} STRATEGY FILE_COPY")
    yield Place(Secret(cluster.format(db=name)), populated)
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = reachable_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
