"""One PostgreSQL for a whole test run, quick and forgetful."""

import asyncio
import os
import shutil
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from hitl_relay.postgres import PrivatePostgres

FORGETFUL: Final = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # Many databases, each with a pool.
    "max_connections": "100",
}


def reachable_folder() -> Path:
    """Make a temporary folder that the user PostgreSQL runs as may enter; pytest's own folders are closed."""
    folder = Path(tempfile.mkdtemp(prefix="hitl-relay-test-"))
    folder.chmod(0o711)
    return folder


class TestCluster:
    """A private PostgreSQL in a folder of its own, for code that is not asynchronous, such as a session fixture."""

    __test__ = False

    def __init__(self) -> None:
        self._folder = reachable_folder()
        # `HITL_PG_BIN=… make test` runs everything on another PostgreSQL.
        given = os.environ.get("HITL_PG_BIN")
        binaries = Path(given) if given else None
        self._postgres = PrivatePostgres(self._folder / "postgres", binaries=binaries, settings=FORGETFUL)
        # Neither the loop of a test nor set as the current one: pytest-asyncio minds its own.
        self._loop = asyncio.new_event_loop()

    @property
    def url(self) -> str:
        """The address with `{db}` where the name of the database goes."""
        return self._postgres.url.replace("@/postgres?", "@/{db}?")

    def __enter__(self) -> Self:
        self._loop.run_until_complete(self._postgres.start())
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._loop.run_until_complete(self._postgres.stop())
        self._loop.run_until_complete(self._loop.shutdown_default_executor())
        self._loop.close()
        shutil.rmtree(self._folder, ignore_errors=True)
