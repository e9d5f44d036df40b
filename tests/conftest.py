"""One PostgreSQL a run, one migrated template, one fresh database a test."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Final
from uuid import uuid4

import asyncpg
import pytest

from hitl_relay.app import migrations
from relay.kernel.settings import Secret
from relay.store.database import Database
from relay.store.migrate import migrate
from tests.cluster import TestCluster
from tests.emptied import emptied
from tests.fakes.clock import FakeClock
from tests.requirements import REQUIREMENTS

TEMPLATE = "template_hitl"

HERE: Final = Path(__file__).parent

ALONE: Final = (HERE / "fault", HERE / "bench")
"""They kill, freeze and flood relays and databases, and say what happens within a second: they get the machine."""

ONE_BY_ONE: Final = (HERE / "web", HERE / "deploy", HERE / "conformance", HERE / "push" / "test_firefox.py")
"""One browser at a time, and one user of the port that published clients insist on."""


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """The address of a running PostgreSQL, with `{db}` where the name of the database goes."""
    with TestCluster() as cluster:
        yield cluster.url


@pytest.fixture(scope="session")
def template(cluster: str) -> str:
    async def build() -> None:
        admin = await asyncpg.connect(cluster.format(db="postgres"))
        await admin.execute(f"CREATE DATABASE {TEMPLATE}")
        await admin.close()
        await migrate(Secret(cluster.format(db=TEMPLATE)), migrations())

    asyncio.run(build())
    return TEMPLATE


@pytest.fixture(scope="session")
def spares() -> list[str]:
    """Databases that tests have left and that were emptied: ten times as quick as making another."""
    return []


@pytest.fixture
async def database_url(cluster: str, template: str, spares: list[str]) -> AsyncIterator[Secret]:
    """A migrated, empty database of the test's own."""
    name = spares.pop() if spares else f"t_{uuid4().hex}"
    admin = await asyncpg.connect(cluster.format(db="postgres"))
    if not await admin.fetchval("SELECT EXISTS (SELECT FROM pg_database WHERE datname = $1)", name):
        # The quicker way for a small template; PostgreSQL 14 knows no other and not its name.
        strategy = "STRATEGY FILE_COPY" if admin.get_server_version().major > 14 else ""
        await admin.execute(f"CREATE DATABASE {name} TEMPLATE {template} {strategy}")
    yield Secret(cluster.format(db=name))
    if await emptied(cluster.format(db=name)):
        spares.append(name)
    else:
        await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def database(database_url: Secret) -> AsyncIterator[Database]:
    opened = Database(database_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--ledger", action="store_true", help="fail unless every promise has a test")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Hold the tests to the ledger, and the ledger to the tests."""
    proved = {mark.args[0] for item in items for mark in item.iter_markers("proves")}
    if unknown := proved - REQUIREMENTS.keys():
        raise pytest.UsageError(f"no such requirement: {sorted(unknown)}")
    if config.getoption("--ledger") and (owed := REQUIREMENTS.keys() - proved):
        raise pytest.UsageError(f"no test proves: {sorted(owed)}")
    for item in items:
        if any(item.path.is_relative_to(place) for place in ALONE):
            item.add_marker("alone")
    if config.pluginmanager.hasplugin("xdist"):
        _share_out(items)


def _share_out(items: list[pytest.Item]) -> None:
    """Say which tests one worker must have: those of a file, since fixtures of a module are made once."""
    for item in items:
        browsing = any(item.path.is_relative_to(place) for place in ONE_BY_ONE)
        item.add_marker(pytest.mark.xdist_group("one by one" if browsing else str(item.path)))
