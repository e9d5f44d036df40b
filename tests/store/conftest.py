"""The broker on a real database, twice: as one process and as a second one beside it."""

import datetime as dt
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from relay.bus import LocalBus
from relay.domain.ids import AccountId
from relay.domain.log_entry import LogEntry
from relay.kernel.metrics import Metrics
from relay.kernel.settings import Secret
from relay.services.broker import broker
from relay.services.keys import JOURNAL_STORE, METRICS, REQUESTS
from relay.store.database import Database
from relay.store.journal import JournalStore
from relay.store.requests import RequestStore
from tests.builders import ACCOUNT
from tests.fakes.clock import FakeClock

RETENTION = dt.timedelta(days=30)
SEALED = dt.timedelta(hours=24)


@asynccontextmanager
async def a_process(url: Secret, clock: FakeClock) -> AsyncIterator[web.Application]:
    """The broker without its doors and loops: what one process of the relay holds."""
    app = web.Application()
    app[METRICS] = Metrics()
    database = Database(url)
    await database.open()
    async with broker(app, database, LocalBus(), clock=clock, chance=os.urandom, keep=RETENTION, keep_sealed=SEALED):
        yield app
    await database.close()


@pytest.fixture
async def app(database_url: Secret, clock: FakeClock) -> AsyncIterator[web.Application]:
    async with a_process(database_url, clock) as app:
        yield app


@pytest.fixture
async def other_app(app: web.Application, database_url: Secret, clock: FakeClock) -> AsyncIterator[web.Application]:
    """A second process on the same database; hints do not pass between the two."""
    async with a_process(database_url, clock) as other:
        yield other


@pytest.fixture
def store(app: web.Application) -> RequestStore:
    return app[REQUESTS]


@pytest.fixture
def other_store(other_app: web.Application) -> RequestStore:
    return other_app[REQUESTS]


@pytest.fixture
def journal(app: web.Application) -> JournalStore:
    return app[JOURNAL_STORE]


WholeLog = Callable[[], Awaitable[list[LogEntry]]]


@pytest.fixture
def whole_log(journal: JournalStore) -> WholeLog:
    """Read an account's log to its end, and see that it has no gaps."""

    async def read(account: AccountId = ACCOUNT) -> list[LogEntry]:
        entries = await journal.after(account, 0, 100_000)
        assert [entry.seq for entry in entries] == list(range(1, len(entries) + 1))
        assert await journal.head(account) == len(entries)
        return entries

    return read
