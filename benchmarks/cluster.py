"""The PostgreSQL of a measurement: the relay's own kind, with its default settings, so every commit is durable."""

import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg

from hitl_relay.postgres import PrivatePostgres


@dataclass(frozen=True, slots=True)
class Cluster:
    url: str
    pid: int

    async def create(self, database: str) -> str:
        """Make an empty database and return its address."""
        await self.execute(f'CREATE DATABASE "{database}"')
        return self.url.replace("@/postgres?", f"@/{database}?", 1)

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    async def version(self) -> str:
        connection = await asyncpg.connect(self.url)
        try:
            return str(await connection.fetchval("SHOW server_version"))
        finally:
            await connection.close()


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder that PostgreSQL can use, removed afterwards."""
    # /var/tmp is on a disk; /tmp may be memory, where fsync costs nothing.
    with tempfile.TemporaryDirectory(prefix="hitl-bench-", dir="/var/tmp", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o711)  # when this is root, PostgreSQL runs as somebody else who must get through
        yield Path(folder)


@asynccontextmanager
async def cluster() -> AsyncIterator[Cluster]:
    with scratch() as folder:
        postgres = PrivatePostgres(folder / "postgres")
        await postgres.start()
        assert postgres.pid
        try:
            yield Cluster(postgres.url, postgres.pid)
        finally:
            await postgres.stop()
