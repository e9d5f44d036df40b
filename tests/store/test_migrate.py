import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import asyncpg
import pytest
from asyncpg.types import ServerVersion

from hitl_relay.app import migrations
from relay.kernel.settings import Secret
from relay.store.migrate import OLDEST, Migration, MigrationRefused, _check_server, migrate

FIRST = Migration("relay", "0001_first.sql", "CREATE TABLE first (id int); INSERT INTO first VALUES (1)")
SECOND = Migration("relay", "0002_second.sql", "CREATE TABLE second (id int)")
OTHER = Migration("auth", "0001_first.sql", "CREATE TABLE other (id int)")


@pytest.fixture
async def empty_url(cluster: str) -> AsyncIterator[Secret]:
    name = f"t_{uuid4().hex}"
    admin = await asyncpg.connect(cluster.format(db="postgres"))
    await admin.execute(f"CREATE DATABASE {name}")
    yield Secret(cluster.format(db=name))
    await admin.execute(f"DROP DATABASE {name} WITH (FORCE)")
    await admin.close()


async def tables(url: Secret) -> set[str]:
    connection = await asyncpg.connect(url)
    try:
        rows = await connection.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        return {row["tablename"] for row in rows} - {"schema_migration"}
    finally:
        await connection.close()


@pytest.mark.proves("store.migrations")
async def test_the_second_run_applies_nothing(empty_url: Secret) -> None:
    wanted = migrations()
    assert await migrate(empty_url, wanted) == [f"{m.series}/{m.name}" for m in wanted]
    assert await migrate(empty_url, wanted) == []


@pytest.mark.proves("store.migrations")
async def test_of_three_processes_that_start_at_once_one_applies(empty_url: Secret) -> None:
    applied = await asyncio.gather(*(migrate(empty_url, [FIRST, SECOND]) for _ in range(3)))
    assert sorted(applied) == [[], [], ["relay/0001_first.sql", "relay/0002_second.sql"]]


async def test_a_new_file_is_applied_to_a_database_that_has_the_old_ones(empty_url: Secret) -> None:
    await migrate(empty_url, [FIRST])
    assert await migrate(empty_url, [FIRST, SECOND, OTHER]) == ["relay/0002_second.sql", "auth/0001_first.sql"]
    assert await tables(empty_url) == {"first", "second", "other"}


async def test_a_file_that_was_edited_is_refused(empty_url: Secret) -> None:
    await migrate(empty_url, [FIRST, SECOND])
    edited = replace(FIRST, sql="CREATE TABLE third (id int)")
    with pytest.raises(MigrationRefused, match=r"relay/0001_first\.sql differs"):
        await migrate(empty_url, [edited, SECOND])
    assert await tables(empty_url) == {"first", "second"}


async def test_nothing_is_applied_when_a_later_file_was_edited(empty_url: Secret) -> None:
    await migrate(empty_url, [SECOND])
    with pytest.raises(MigrationRefused, match=r"relay/0002_second\.sql differs"):
        await migrate(empty_url, [FIRST, replace(SECOND, sql="SELECT 1")])
    assert await tables(empty_url) == {"second"}


@pytest.mark.proves("store.newer_refused")
async def test_a_database_of_a_newer_relay_is_refused_and_left_as_it_is(empty_url: Secret) -> None:
    await migrate(empty_url, [FIRST, SECOND])
    with pytest.raises(MigrationRefused, match=r"newer relay \(it has relay/0002_second.sql\)"):
        await migrate(empty_url, [FIRST, OTHER])
    assert await tables(empty_url) == {"first", "second"}


async def test_a_migration_that_breaks_leaves_nothing_of_itself_and_may_be_tried_again(empty_url: Secret) -> None:
    broken = replace(SECOND, sql="CREATE TABLE second (id int); SELECT 1 / 0")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty_url, [FIRST, broken])
    assert await tables(empty_url) == {"first"}
    assert await migrate(empty_url, [FIRST, SECOND]) == ["relay/0002_second.sql"]


async def test_a_database_in_another_encoding_is_refused(cluster: str) -> None:
    admin = await asyncpg.connect(cluster.format(db="postgres"))
    provider = "LOCALE_PROVIDER libc" if admin.get_server_version().major >= 15 else ""
    name = f"t_{uuid4().hex}"
    await admin.execute(f"CREATE DATABASE {name} TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C' {provider}")
    with pytest.raises(MigrationRefused, match="UTF8"):
        await migrate(Secret(cluster.format(db=name)), [FIRST])
    await admin.execute(f"DROP DATABASE {name}")
    await admin.close()


class Server:
    """A PostgreSQL of some age, as far as it is asked."""

    def __init__(self, major: int) -> None:
        self._version = ServerVersion(major, 0, 0, "final", 0)

    def get_server_version(self) -> ServerVersion:
        return self._version

    async def fetchval(self, _query: str) -> str:
        return "UTF8"


async def test_a_postgresql_that_is_too_old_is_refused_with_what_is_needed() -> None:
    await _check_server(Server(OLDEST))
    with pytest.raises(MigrationRefused, match="PostgreSQL 13 is too old: the relay needs 14 or newer"):
        await _check_server(Server(OLDEST - 1))


def test_every_migration_has_a_number_of_its_own_in_its_series() -> None:
    numbers = [(m.series, m.name[:4]) for m in migrations()]
    assert len(set(numbers)) == len(numbers)
    assert next(m.name for m in migrations() if m.series == "relay") == "0001_broker.sql"
