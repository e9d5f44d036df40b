"""The database a command stands on: the one given, or a private PostgreSQL started for it."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from hitl_relay.datadir import default_data_dir
from hitl_relay.postgres import Cluster, InUse, PostgresError, PrivatePostgres
from hitl_relay.settings import Settings
from relay.kernel.settings import Secret


@dataclass(frozen=True, slots=True)
class Ground:
    """`failed` completes, with the reason, when the private PostgreSQL cannot be kept running."""

    url: Secret
    failed: "asyncio.Future[PostgresError]"


def data_dir(settings: Settings, environ: Mapping[str, str]) -> Path:
    return settings.data_dir or default_data_dir(environ, os.geteuid(), sys.platform)


@asynccontextmanager
async def ground(settings: Settings, environ: Mapping[str, str], *, share: bool = False) -> AsyncIterator[Ground]:
    """Give the database's address, running a private PostgreSQL while the context is open if none was given.

    With `share`, a private PostgreSQL that a running relay owns already is used as it is: administration works
    beside the relay, a second relay does not.
    """
    failed: asyncio.Future[PostgresError] = asyncio.get_running_loop().create_future()
    if settings.database_url:
        yield Ground(settings.database_url, failed)
        return
    root = data_dir(settings, environ) / "postgres"
    postgres = PrivatePostgres(root, binaries=settings.pg_bin)
    try:
        await postgres.start()
    except InUse:
        if not share:
            raise
        yield Ground(Secret(Cluster(root).url), failed)
        return
    watch = asyncio.create_task(_watch(postgres, failed), name="watch postgres")
    try:
        yield Ground(Secret(postgres.url), failed)
    finally:
        watch.cancel()
        with suppress(asyncio.CancelledError):
            await watch
        await postgres.stop()


async def _watch(postgres: PrivatePostgres, failed: "asyncio.Future[PostgresError]") -> None:
    try:
        await postgres.watch()
    except PostgresError as error:
        failed.set_result(error)
