"""Migrations: numbered SQL files, forward only, each in one transaction, under one advisory lock.

Several packages keep a series of their own (`relay`, `auth`); the table remembers each file by package and number
together with its digest, so an edited file and a database from a newer relay are both refused before anything runs.
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import asyncpg

from relay.kernel.log import get_logger
from relay.kernel.settings import Secret
from relay.store.database import Record

log = get_logger(__name__)

LOCK: Final = 0x6869746C
"""The advisory lock every process of every version takes: "hitl" in ASCII."""

OLDEST: Final = 14
_FILE: Final = re.compile(r"^(\d{4})_\w+\.sql$")


class MigrationRefused(Exception):
    """The database cannot be used by this version; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Migration:
    series: str
    name: str
    sql: str

    @property
    def digest(self) -> str:
        return hashlib.sha256(self.sql.encode()).hexdigest()


def migrations_of(series: str, package: str) -> list[Migration]:
    folder = files(package).joinpath("migrations")
    found = [f for f in folder.iterdir() if _FILE.match(f.name)]
    return [Migration(series, f.name, f.read_text(encoding="utf-8")) for f in sorted(found, key=lambda f: f.name)]


async def migrate(url: Secret, wanted: Sequence[Migration]) -> list[str]:
    """Bring the database up to date; return what was applied. Safe to run from several processes at once."""
    connection = await asyncpg.connect(url)
    try:
        await _check_server(connection)
        await connection.execute("SELECT pg_advisory_lock($1)", LOCK)
        await connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration (series text, name text, digest text NOT NULL,"
            " applied_at timestamptz NOT NULL DEFAULT now(), PRIMARY KEY (series, name))"
        )
        return await _apply(connection, wanted)
    finally:
        await connection.close()


async def _check_server(connection: "asyncpg.Connection[Record]") -> None:
    version = connection.get_server_version()
    if version.major < OLDEST:
        raise MigrationRefused(f"PostgreSQL {version.major} is too old: the relay needs {OLDEST} or newer")
    if await connection.fetchval("SHOW server_encoding") != "UTF8":
        raise MigrationRefused("the database must use the UTF8 encoding; create it with ENCODING 'UTF8'")


async def _apply(connection: "asyncpg.Connection[Record]", wanted: Sequence[Migration]) -> list[str]:
    rows = await connection.fetch("SELECT series, name, digest FROM schema_migration")
    have = {(row["series"], row["name"]): row["digest"] for row in rows}
    known = {(m.series, m.name) for m in wanted}
    if newer := sorted(f"{series}/{name}" for series, name in have.keys() - known):
        raise MigrationRefused(
            f"this database was written by a newer relay (it has {', '.join(newer)}); run that version or a later one"
        )
    for migration in wanted:
        if have.get((migration.series, migration.name), migration.digest) != migration.digest:
            raise MigrationRefused(
                f"{migration.series}/{migration.name} differs from the one this database was made with"
            )
    missing = [migration for migration in wanted if (migration.series, migration.name) not in have]
    for migration in missing:
        async with connection.transaction():
            await connection.execute(migration.sql)
            await connection.execute(
                "INSERT INTO schema_migration VALUES ($1, $2, $3)",
                migration.series,
                migration.name,
                migration.digest,
            )
        log.info("migration_applied", series=migration.series, name=migration.name)
    return [f"{migration.series}/{migration.name}" for migration in missing]
