"""A PostgreSQL of the relay's own, beside it in a process of its own.

It survives whatever may be killed at whatever time: the relay, the server, both, or the making of the data directory.
It listens on a Unix socket only, in a folder that only its user may enter, and asks for a password there too.
"""

import asyncio
import os
import threading
from collections import ChainMap
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

from hitl_relay.postgres import process
from hitl_relay.postgres.binaries import find, reachable
from hitl_relay.postgres.cluster import Cluster
from hitl_relay.postgres.errors import PostgresError
from hitl_relay.postgres.left_overs import end_left_overs
from hitl_relay.postgres.run_user import RunUser
from relay.kernel.log import get_logger
from relay.kernel.loops import pause

log = get_logger(__name__)

SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    # A relay process holds about ten; the rest is for `psql` and workers.
    "max_connections": "40",
    # Nothing here is serializable; this is the least there can be.
    "max_pred_locks_per_transaction": "10",
    "shared_buffers": "64MB",
    # A batch of the largest size writes a fraction of it between two flushes; what was used once stays in memory.
    "wal_buffers": "512kB",
    # Writes are committed in batches, so an earlier flush of unwaited ones costs little.
    "wal_writer_delay": "10ms",
    # Statements here are short: compiling one takes longer than running it.
    "jit": "off",
    # Two idle processes less.
    "max_logical_replication_workers": "0",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_checkpoints": "off",
    # The log must not hold what people wrote: no statements, and no DETAIL, where PostgreSQL quotes the failing row.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}

SETTINGS_BY_MAJOR: Final[Mapping[int, Mapping[str, str]]] = {
    # Three processes and 4 MB less: what a relay reads is in memory, so nothing is gained by reading ahead.
    18: {"io_method": "sync", "io_max_concurrency": "1", "autovacuum_worker_slots": "3"},
}
"""Settings that a version brought, for it and those after it."""

READY_WITHIN_S: Final = 600.0
"""Recovery after a crash replays up to max_wal_size; a second a gigabyte here, a minute on a slow disk."""

STEADY_S: Final = 60.0
"""A server that lived this long did not die of starting."""

BACKOFF_S: Final = (0.0, 1.0, 2.0, 5.0, 10.0, 30.0)
"""The waits before starts that follow each other; after the last the trouble will not pass by itself."""

WATCH_EVERY_S: Final = 0.1


class PrivatePostgres:
    url: str
    """Where to connect, from the end of `start` on; the same after every restart. Holds the password."""

    def __init__(
        self,
        root: Path,
        *,
        binaries: Path | None = None,
        settings: Mapping[str, str] | None = None,
        backoff_s: Sequence[float] = BACKOFF_S,
    ) -> None:
        self._cluster = Cluster(root)
        self._given_binaries = binaries
        self._given_settings = settings or {}
        self._settings: Mapping[str, str] = {}
        self._backoff_s = backoff_s
        self._user = RunUser()
        self._program = ""
        self._process: process.Process | None = None
        self._ready_at_s: float | None = None
        self._stopping = asyncio.Event()
        self._turn = threading.Lock()

    @property
    def pid(self) -> int | None:
        """The server's main process, while there is one."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self) -> None:
        """Return when the server takes connections. Raises `PostgresError`; then nothing is left running or locked."""
        if threading.current_thread() is not threading.main_thread():
            # The server ends with the thread that forked it (PR_SET_PDEATHSIG is about threads).
            raise RuntimeError("start the private PostgreSQL from the main thread")
        self._stopping.clear()
        try:
            await self._in_turn(self._claim)
            await self._in_turn(self._prepare)
            await self._launch()
        except BaseException as error:
            await self.stop()
            if isinstance(error, OSError):
                raise PostgresError.of(error, self._cluster.root) from error
            raise

    async def watch(self) -> None:
        """Start the server again whenever it ends, until cancelled or until `stop`.

        Raises `PostgresError` when it ends again and again.
        """
        failures, reason = 0, ""
        while self._process is not None:
            status = await process.ended(self._process, WATCH_EVERY_S)
            if self._stopping.is_set():
                return
            failures = 0 if self._lived_s() >= STEADY_S else failures + 1
            if failures > len(self._backoff_s):
                raise PostgresError(f"PostgreSQL ends whenever it is started; {self._cluster.log} says why. {reason}")
            wait_s = self._backoff_s[max(0, failures - 1)]
            log.warning("postgres_ended", exit_status=status, start_in_s=wait_s)
            await pause(wait_s)
            if self._stopping.is_set():
                return
            try:
                await self._launch()
            except PostgresError as error:
                reason = str(error)
            except OSError as error:
                reason = str(PostgresError.of(error, self._cluster.root))

    async def stop(self) -> None:
        """End the server and give the directory free. May be called at any time, and again."""
        self._stopping.set()
        if self._process is not None:
            await process.end(self._process)
            self._process = None
        await self._in_turn(self._cluster.release)

    def _claim(self) -> None:
        self._user = RunUser.for_data(self._cluster.data, os.geteuid())
        self._cluster.claim(self._user)

    def _prepare(self) -> None:
        found = find(self._given_binaries, major=self._cluster.major)
        binaries = reachable(found, self._user, self._cluster.root)
        self._program = binaries.program("postgres")
        newer = (more for major, more in SETTINGS_BY_MAJOR.items() if binaries.major >= major)
        self._settings = dict(ChainMap(dict(self._given_settings), *map(dict, newer), dict(SETTINGS)))
        if self._cluster.major is None:
            self._cluster.create(binaries, self._user)

    def _tidy(self) -> None:
        self._cluster.tidy(self._user)

    async def _in_turn(self, step: Callable[[], None]) -> None:
        """Run blocking work on the directory in a thread.

        A thread goes on when whoever waits for it is cancelled; so that `stop` gives the directory free only after an
        unfinished `start`, each waits for the one before.
        """

        def alone() -> None:
            with self._turn:
                step()

        await asyncio.to_thread(alone)

    async def _launch(self) -> None:
        self._ready_at_s = None
        await end_left_overs(self._cluster.data)
        await self._in_turn(self._tidy)
        if self._stopping.is_set():
            return
        said_before = self._cluster.log.stat().st_size
        self._process = process.launch(self._command(), log=self._cluster.log, user=self._user)
        await self._become_ready(self._process, said_before)
        self._ready_at_s = asyncio.get_running_loop().time()
        self.url = self._cluster.url

    async def _become_ready(self, started: process.Process, said_before: int) -> None:
        try:
            async with asyncio.timeout(READY_WITHIN_S):
                while not self._cluster.is_ready(started.pid) and not self._stopping.is_set():
                    if started.poll() is not None:
                        with self._cluster.log.open("rb") as said:
                            said.seek(said_before)
                            text = said.read().decode(errors="replace")
                        raise self._cluster.failure("ended while it started", text)
                    await pause(process.LOOK_EVERY_S)
        except TimeoutError:
            raise PostgresError(
                f"PostgreSQL was not ready after {READY_WITHIN_S:.0f} seconds; {self._cluster.log} says why."
            ) from None

    def _command(self) -> list[str]:
        chosen = [f"--{name}={value}" for name, value in self._settings.items()]
        sockets = f"--unix_socket_directories={self._cluster.sockets}"
        return [self._program, "-D", str(self._cluster.data), sockets, *chosen]

    def _lived_s(self) -> float:
        return 0.0 if self._ready_at_s is None else asyncio.get_running_loop().time() - self._ready_at_s
