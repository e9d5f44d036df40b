"""The PostgreSQL of a measurement: private, with its default settings, fsync and synchronous_commit on."""

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg


@dataclass(frozen=True, slots=True)
class Cluster:
    url: str
    pid: int

    def dsn(self, database: str) -> str:
        return self.url.replace("@/postgres", f"@/{database}", 1)

    async def create(self, database: str) -> str:
        """Make an empty database and return its address."""
        await self.execute(f'CREATE DATABASE "{database}"')
        return self.dsn(database)

    async def execute(self, statement: str) -> None:
        connection = await asyncpg.connect(self.url)
        try:
            await connection.execute(statement)
        finally:
            await connection.close()


BIN = Path("/usr/lib/postgresql/15/bin")


@asynccontextmanager
async def cluster() -> AsyncIterator[Cluster]:
    root = Path(tempfile.mkdtemp(prefix="bench-"))
    user = pwd.getpwnam("postgres")
    os.chown(root, user.pw_uid, user.pw_gid)
    kw = {"user": user.pw_uid, "group": user.pw_gid, "cwd": root}
    subprocess.run(
        [BIN / "initdb", "-D", root / "pg", "-U", "relay", "-A", "trust", "--no-locale", "-E", "UTF8"],
        check=True,
        stdout=subprocess.DEVNULL,
        **kw,
    )
    server = subprocess.Popen(
        [
            BIN / "postgres",
            "-D",
            root / "pg",
            "-k",
            root,
            "-c",
            "listen_addresses=",
            "-c",
            "max_connections=60",
            "-c",
            "shared_buffers=64MB",
            "-c",
            "wal_writer_delay=10ms",
            "-c",
            "jit=off",
        ],
        stderr=subprocess.DEVNULL,
        **kw,
    )
    try:
        for _ in range(100):
            await asyncio.sleep(0.1)
            try:
                await (await asyncpg.connect(f"postgresql://relay@/postgres?host={root}")).close()
                break
            except (OSError, asyncpg.PostgresError):
                continue
        yield Cluster(f"postgresql://relay@/postgres?host={root}", server.pid)
    finally:
        server.terminate()
        server.wait(20)
        shutil.rmtree(root, ignore_errors=True)
