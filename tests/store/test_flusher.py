import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import asyncpg
import pytest

from relay.domain.errors import Unavailable
from relay.kernel.loops import pause
from relay.kernel.settings import Secret
from relay.store import flusher
from relay.store.database import Database
from relay.store.flusher import MAX_BATCH, MAX_QUEUE, TRIES, Flusher
from relay.store.requests import Asked, AskRow, RequestStore
from tests.builders import a_content, a_request
from tests.store.conftest import WholeLog
from tests.waiting import until


class Writes:
    """A write that keeps what it was given, and answers each number with its double."""

    def __init__(self, *faults: Exception | None) -> None:
        self.batches: list[list[int]] = []
        self.repeated: list[bool] = []
        self.faults = list(faults)

    async def __call__(
        self, connection: "asyncpg.Connection[asyncpg.Record]", batch: Sequence[int], repeated: bool
    ) -> list[int | Exception]:
        self.batches.append(list(batch))
        self.repeated.append(repeated)
        assert await connection.fetchval("SELECT true")
        if self.faults and (fault := self.faults.pop(0)):
            raise fault
        return [2 * n if n >= 0 else ValueError(n) for n in batch]


@asynccontextmanager
async def flushing(database: Database, writes: Writes) -> AsyncIterator[Flusher[int, int]]:
    opened = Flusher[int, int]("numbers", database, writes)
    opened.start()
    yield opened
    await opened.close()


@pytest.fixture
async def server(cluster: str) -> AsyncIterator[Database]:
    """The server itself: these writes need no tables."""
    opened = Database(Secret(cluster.format(db="postgres")))
    await opened.open(size=1)
    yield opened
    await opened.close()


@pytest.fixture
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flusher, "RETRY_PAUSE_S", 0.0)


@pytest.mark.proves("store.group_commit")
async def test_many_callers_share_one_commit_and_each_gets_its_own_row(server: Database) -> None:
    writes = Writes()
    async with flushing(server, writes) as numbers:
        results = await asyncio.gather(*(numbers.put(n) for n in range(MAX_BATCH + 10)))
    assert results == [2 * n for n in range(MAX_BATCH + 10)]
    assert [len(batch) for batch in writes.batches] == [MAX_BATCH, 10]


@pytest.mark.proves("store.group_commit")
async def test_writes_that_come_a_turn_apart_gather_and_a_lone_one_does_not_wait(server: Database) -> None:
    writes = Writes()
    async with flushing(server, writes) as numbers:
        await numbers.put(0)
        some = []
        for n in range(1, 6):
            some.append(numbers.put(n))
            await pause(0)
        await asyncio.gather(*some)
    assert writes.batches == [[0], [1, 2, 3, 4, 5]]


@pytest.mark.proves("store.idle_connections")
async def test_an_idle_writer_gives_its_connection_back_and_opens_another_when_it_is_needed(
    server: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(flusher, "IDLE_S", 0.05)
    async with flushing(server, Writes()) as numbers:
        for n in range(3):
            assert await numbers.put(n) == 2 * n
            backend = numbers._connection
            assert backend is not None
            await until(lambda: numbers._connection is None)
            assert backend.is_closed()


@pytest.mark.proves("store.group_commit")
async def test_what_comes_while_a_batch_is_written_gathers_for_the_next(
    store: RequestStore, database: Database
) -> None:
    rows = [AskRow.of(a_request(), idempotency_key=str(n)) for n in range(200)]
    await asyncio.gather(*(store.add(row) for row in rows))
    commits = await database.value("SELECT count(DISTINCT xmin::text) FROM request")
    assert 1 <= commits < 20


async def test_a_write_that_is_refused_does_not_take_its_neighbours_with_it(server: Database) -> None:
    async with flushing(server, Writes()) as numbers:
        good, bad, also_good = numbers.put(1), numbers.put(-2), numbers.put(3)
        assert (await good, await also_good) == (2, 6)
        with pytest.raises(ValueError, match="-2"):
            await bad


async def test_a_statement_that_breaks_fails_its_batch_and_nothing_after_it(
    server: Database, caplog: pytest.LogCaptureFixture
) -> None:
    async with flushing(server, Writes(RuntimeError("broken"))) as numbers:
        both = await asyncio.gather(numbers.put(1), numbers.put(2), return_exceptions=True)
        assert [str(error) for error in both] == ["broken", "broken"]
        assert await numbers.put(3) == 6
    assert [record.getMessage() for record in caplog.records] == ["flush_broke"]


async def test_a_caller_that_goes_away_leaves_its_write_and_the_others_alone(server: Database) -> None:
    writes = Writes()
    async with flushing(server, writes) as numbers:
        gone, there = numbers.put(1), numbers.put(2)
        gone.cancel()
        assert await there == 4
    assert writes.batches == [[1, 2]]


async def test_the_reply_to_a_caller_that_went_away_is_dropped_even_when_it_is_an_error(server: Database) -> None:
    async with flushing(server, Writes(RuntimeError("broken"))) as numbers:
        numbers.put(1)
        assert await asyncio.gather(numbers.put(2), return_exceptions=True)


@pytest.mark.parametrize("fault", [asyncpg.DeadlockDetectedError("x"), asyncpg.SerializationError("x")])
async def test_a_statement_that_lost_to_another_is_repeated_at_once(server: Database, fault: Exception) -> None:
    writes = Writes(fault)
    async with flushing(server, writes) as numbers:
        assert await numbers.put(1) == 2
    assert writes.repeated == [False, True]


@pytest.mark.usefixtures("_impatient")
@pytest.mark.parametrize("fault", [ConnectionResetError(), asyncpg.InterfaceError("closed"), TimeoutError()])
async def test_a_statement_whose_connection_broke_is_repeated_on_a_new_one(server: Database, fault: Exception) -> None:
    writes = Writes(None, fault)
    async with flushing(server, writes) as numbers:
        assert await numbers.put(1) == 2
        before = numbers._connection
        assert await numbers.put(2) == 4
        assert numbers._connection is not before
    assert writes.repeated == [False, False, True]


@pytest.mark.usefixtures("_impatient")
async def test_when_it_cannot_be_written_at_all_the_caller_may_ask_again(server: Database) -> None:
    writes = Writes(*[ConnectionResetError()] * TRIES)
    async with flushing(server, writes) as numbers:
        with pytest.raises(Unavailable, match="same idempotency key"):
            await numbers.put(1)
        assert await numbers.put(2) == 4
    assert writes.repeated == [False, True, True, False]


@pytest.mark.usefixtures("_impatient")
async def test_without_a_database_callers_are_told_so_and_closing_does_not_hang() -> None:
    async with flushing(Database(Secret("postgresql://nobody@127.0.0.1:1/none")), Writes()) as numbers:
        with pytest.raises(Unavailable):
            await numbers.put(1)


async def test_a_full_queue_turns_callers_away(server: Database) -> None:
    writes = Writes()
    async with flushing(server, writes) as numbers:
        # No turn of the loop passes, so nothing is taken from the queue meanwhile.
        queued = [numbers.put(n) for n in range(MAX_QUEUE)]
        numbers.toss(-1)
        with pytest.raises(Unavailable, match="overloaded"):
            numbers.put(0)
        assert await asyncio.gather(*queued) == [2 * n for n in range(MAX_QUEUE)]
    assert sum(len(batch) for batch in writes.batches) == MAX_QUEUE


async def test_a_write_nobody_waits_for_is_written_too_and_its_fault_bothers_nobody(server: Database) -> None:
    writes = Writes()
    async with flushing(server, writes) as numbers:
        numbers.toss(-7)
        assert await numbers.put(1) == 2
    assert writes.batches == [[-7, 1]]
    numbers.toss(5)


async def test_closing_writes_what_has_gathered_and_then_takes_nothing_more(server: Database) -> None:
    writes = Writes()
    async with flushing(server, writes) as numbers:
        queued = [numbers.put(n) for n in range(MAX_BATCH + 1)]
    assert [write.result() for write in queued] == [2 * n for n in range(MAX_BATCH + 1)]
    with pytest.raises(Unavailable, match="stopping"):
        numbers.put(0)


async def test_closing_what_was_never_used_ends(server: Database) -> None:
    writes = Writes()
    async with flushing(server, writes):
        pass
    assert writes.batches == []


async def kill_while_writing(
    admin: "asyncpg.Connection[asyncpg.Record]", write: Callable[[], list["asyncio.Task[Asked]"]]
) -> list["asyncio.Task[Asked]"]:
    """Hold the statement up half way, and kill it there."""
    held_up = "SELECT pid FROM pg_locks WHERE relation = 'account_log'::regclass AND NOT granted"
    async with admin.transaction():
        await admin.execute("LOCK TABLE account_log IN EXCLUSIVE MODE")
        adds = write()
        await until(lambda: admin.fetchval(held_up))
        await admin.execute("SELECT pg_terminate_backend($1)", await admin.fetchval(held_up))
    return adds


@pytest.mark.usefixtures("_impatient")
@pytest.mark.proves("store.repeatable_writes")
async def test_killing_the_writers_backend_again_and_again_loses_and_doubles_nothing(
    store: RequestStore, database_url: Secret, whole_log: WholeLog, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [AskRow.of(a_request(content=a_content(prompt=f"{n}?")), idempotency_key=None) for n in range(201)]
    admin = await asyncpg.connect(database_url)
    numbers = [(await store.add(rows[0])).seq]
    for start in range(1, len(rows), 20):
        connection = store._asks._connection
        assert connection
        pid = connection.get_server_pid()
        these = rows[start : start + 20]

        def write(these: list[AskRow] = these) -> list["asyncio.Task[Asked]"]:
            return [asyncio.create_task(store.add(row)) for row in these]

        if start % 40 == 1:
            adds = write()
            # Whatever it does by then: waiting, writing, or done and about to say so.
            await admin.execute("SELECT pg_terminate_backend($1)", pid)
        else:
            adds = await kill_while_writing(admin, write)
        numbers += [asked.seq for asked in await asyncio.gather(*adds)]
    await admin.close()
    assert "flush_interrupted" in caplog.text
    assert sorted(number for number in numbers if number) == list(range(1, 202))
    assert {entry.subject for entry in await whole_log()} == {row.request.id for row in rows}
