"""Whatever is killed at whatever time, the data is there at the next start."""

import asyncio
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import asyncpg
import pytest

from hitl_relay.postgres import PostgresError, PrivatePostgres
from hitl_relay.postgres.left_overs import servers_on
from tests.cluster import reachable_folder
from tests.waiting import until

OWNER = Path(__file__).with_name("owner.py")


@pytest.fixture
def folder() -> Iterator[Path]:
    folder = reachable_folder()
    yield folder
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="module")
def seed() -> Iterator[Path]:
    """A cluster with one row, stopped. Making one takes longer than copying one."""
    folder = reachable_folder()
    asyncio.run(fill(folder / "seed"))
    yield folder / "seed"
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def root(seed: Path, folder: Path) -> Path:
    return copy(seed, folder / "root")


def copy(seed: Path, root: Path) -> Path:
    """Copy a stopped cluster with its owners; most of its log is zeros that need no disk."""
    command = ["/bin/cp", "-a", "--sparse=always", seed, root]
    subprocess.run(command, check=True)  # noqa: S603 a fixed program and our own folders
    return root


async def fill(root: Path) -> None:
    async with running(root) as postgres:
        await query(postgres.url, "CREATE TABLE word (word text PRIMARY KEY); INSERT INTO word VALUES ('first')")


@asynccontextmanager
async def running(root: Path, **options: Any) -> AsyncIterator[PrivatePostgres]:
    postgres = PrivatePostgres(root, **options)
    await postgres.start()
    try:
        yield postgres
    finally:
        await postgres.stop()


@asynccontextmanager
async def watched(postgres: PrivatePostgres) -> AsyncIterator[asyncio.Task[None]]:
    watch = asyncio.create_task(postgres.watch())
    try:
        yield watch
    finally:
        watch.cancel()
        await asyncio.wait([watch])


@asynccontextmanager
async def owned(root: Path, *more: str) -> AsyncIterator[dict[str, Any]]:
    """Start another process that owns `root`; yield what it says, with the process itself as `process`."""
    owner = await asyncio.create_subprocess_exec(
        sys.executable, OWNER, root, *more, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert owner.stdout
    try:
        yield {"process": owner, **json.loads(await owner.stdout.readline())}
    finally:
        if owner.returncode is None:
            with suppress(ProcessLookupError):
                owner.kill()
        await owner.communicate()


async def query(url: str, sql: str) -> Any:
    connection = await asyncpg.connect(url)
    try:
        return await (connection.fetchval(sql) if sql.startswith("SELECT") else connection.execute(sql))
    finally:
        await connection.close()


async def words(root: Path) -> str:
    async with running(root) as postgres:
        return str(await query(postgres.url, "SELECT string_agg(word, ' ' ORDER BY word) FROM word"))


async def test_the_server_ends_when_its_owner_is_killed_and_keeps_the_data(root: Path) -> None:
    async with owned(root) as owner:
        await query(owner["url"], "INSERT INTO word VALUES ('second')")
        os.kill(owner["pid"], signal.SIGKILL)
        await until(lambda: not servers_on(root / "pg"))
    assert await words(root) == "first second"


async def test_a_killed_server_is_started_again_at_the_same_address_with_its_data(
    root: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(root) as postgres, watched(postgres):
        url, first = postgres.url, postgres.pid
        await query(url, "INSERT INTO word VALUES ('second')")
        assert first
        os.kill(first, signal.SIGKILL)
        await until(lambda: postgres.pid not in (None, first) and (root / "pg" / "postmaster.pid").exists())
        await until(lambda: answers(url))
        assert await query(url, "SELECT count(*) FROM word") == 2
    events = [(record.message, record.fields["exit_status"]) for record in caplog.records if "ended" in record.message]
    assert events == [("postgres_ended", -9)]


async def answers(url: str) -> bool:
    try:
        return await query(url, "SELECT true")
    except (OSError, asyncpg.PostgresError):
        return False


async def test_the_data_is_there_after_owner_and_server_were_killed(root: Path) -> None:
    async with owned(root) as owner:
        await query(owner["url"], "INSERT INTO word VALUES ('second')")
        os.kill(owner["server"], signal.SIGKILL)
        os.kill(owner["pid"], signal.SIGKILL)
    assert await words(root) == "first second"


async def test_a_living_left_over_is_shut_down_before_a_new_server_starts(root: Path) -> None:
    left_over = PrivatePostgres(root)
    await left_over.start()
    try:
        left_over._cluster.release()
        assert await words(root) == "first"
        assert left_over._process
        assert left_over._process.poll() == 0
    finally:
        await left_over.stop()


@asynccontextmanager
async def stranger(root: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run another program of the same user in the data directory."""
    user = (root / "pg").stat().st_uid if os.geteuid() == 0 else None
    stranger = await asyncio.create_subprocess_exec("/bin/sleep", "60", cwd=root / "pg", user=user)
    try:
        yield stranger
        assert stranger.returncode is None
    finally:
        with suppress(ProcessLookupError):
            stranger.kill()
        await stranger.wait()


async def test_a_program_that_merely_stands_in_the_data_directory_is_left_alone(root: Path) -> None:
    async with stranger(root):
        assert await words(root) == "first"


@pytest.mark.parametrize("content", ["", "12", "{pid}\n{root}/pg\n1700000000\n5432\n"], ids=["empty", "cut", "foreign"])
async def test_a_stale_pid_file_is_not_believed(root: Path, content: str) -> None:
    async with stranger(root) as other:
        (root / "pg" / "postmaster.pid").write_text(content.format(pid=other.pid, root=root))
        assert await words(root) == "first"


async def test_a_stale_socket_and_its_lock_are_cleared(root: Path) -> None:
    async with stranger(root) as other:
        (root / "run" / ".s.PGSQL.5432").touch()
        (root / "run" / ".s.PGSQL.5432.lock").write_text(f"{other.pid}\n{root}/pg\n1700000000\n5432\n")
        assert await words(root) == "first"


@pytest.mark.parametrize("also_initdb", [True, False], ids=["with it", "beside it"])
async def test_a_creation_whose_relay_was_killed_is_done_again(folder: Path, also_initdb: bool) -> None:
    root = folder / "new"
    owner = await asyncio.create_subprocess_exec(
        sys.executable, OWNER, root, stdin=subprocess.PIPE, start_new_session=True
    )
    await until(lambda: list(root.glob("pg.new-*/PG_VERSION")), within_s=20)
    if also_initdb:
        os.killpg(owner.pid, signal.SIGKILL)
    else:
        owner.kill()
    await owner.communicate()
    assert not (root / "pg").exists()
    try:
        await fill(root)
        assert await words(root) == "first"
    finally:
        with suppress(ProcessLookupError):
            os.killpg(owner.pid, signal.SIGKILL)


async def test_a_server_that_cannot_start_again_is_given_up_with_its_reason(root: Path) -> None:
    async with running(root, backoff_s=(0, 0.01)) as postgres, watched(postgres) as watch:
        assert postgres.pid
        (root / "pg" / "global" / "pg_control").write_bytes(b"broken")
        os.kill(postgres.pid, signal.SIGKILL)
        with pytest.raises(PostgresError, match=r"postgres\.log says why.*pg_control"):
            await asyncio.wait_for(watch, 20)


async def test_stop_may_come_at_any_time_and_again(root: Path) -> None:
    postgres = PrivatePostgres(root)
    await postgres.stop()
    starting = asyncio.create_task(postgres.start())
    await until(lambda: postgres.pid)
    starting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await starting
    assert servers_on(root / "pg") == []
    await postgres.start()
    watch = asyncio.create_task(postgres.watch())
    await postgres.stop()
    await postgres.stop()
    await asyncio.wait_for(watch, 5)
    assert await words(root) == "first"


async def test_a_path_too_long_for_a_socket_gets_a_short_one_that_is_removed(seed: Path, folder: Path) -> None:
    root = copy(seed, folder / ("long-" * 24))
    (root / "run").rmdir()
    async with owned(root) as owner:
        forgotten = (root / "run").resolve()
        os.kill(owner["pid"], signal.SIGKILL)
    async with running(root) as postgres:
        short = (root / "run").resolve()
        assert await query(postgres.url, "SELECT min(word) FROM word") == "first"
    assert not forgotten.exists()
    assert not short.exists()


async def test_the_server_listens_nowhere_else_and_promises_what_it_commits(root: Path) -> None:
    async with running(root) as postgres:
        shown = {
            name: await query(postgres.url, f"SELECT current_setting('{name}')")
            for name in ("listen_addresses", "fsync", "synchronous_commit", "timezone", "jit", "data_checksums")
        }
    assert shown == {
        "listen_addresses": "",
        "fsync": "on",
        "synchronous_commit": "on",
        "timezone": "UTC",
        "jit": "off",
        "data_checksums": "on",
    }


async def test_a_wrong_password_is_refused(root: Path) -> None:
    async with running(root) as postgres:
        with pytest.raises(asyncpg.InvalidPasswordError):
            await query(postgres.url.replace("relay:", "relay:x"), "SELECT 1")


async def test_the_servers_log_does_not_quote_what_people_wrote(root: Path) -> None:
    async with running(root) as postgres:
        with pytest.raises(asyncpg.UniqueViolationError):
            await query(postgres.url, "INSERT INTO word VALUES ('secret-word'), ('secret-word')")
    log = (root / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "secret-word" not in log


async def test_a_log_that_grew_is_emptied_at_the_start(root: Path) -> None:
    os.truncate(root / "postgres.log", 11 * 1024 * 1024)
    await words(root)
    assert (root / "postgres.log").stat().st_size < 10_000
