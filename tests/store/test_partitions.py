import asyncio
import datetime as dt

import asyncpg
import pytest
from aiohttp import web

from relay.domain.ids import DeviceId, smallest_uuid7
from relay.services.keys import LEDGER, RETENTION
from relay.store.database import Database
from relay.store.ledger import LedgerEntry
from relay.store.partitions import SQL, Partitions
from relay.store.requests import AskRow, RequestStore
from tests.builders import NOON, a_request, an_id
from tests.fakes.clock import FakeClock
from tests.store.conftest import RETENTION as KEPT
from tests.waiting import until

DAY = dt.timedelta(days=1)
AROUND_NOON = [f"request_202603{day:02}" for day in range(3, 8)]


async def names(database: Database) -> list[str]:
    return [row["name"] for row in await database.fetch(SQL["partitions"])]


async def test_partitions_are_made_around_today_and_only_once(database: Database) -> None:
    partitions = Partitions(database)
    assert await names(database) == []
    for _ in range(2):
        await partitions.make(NOON)
        assert await names(database) == AROUND_NOON
    await partitions.make(NOON + DAY)
    assert await names(database) == [*AROUND_NOON, "request_20260308"]


async def test_several_processes_may_make_partitions_at_once(database: Database) -> None:
    await asyncio.gather(*(Partitions(database).make(NOON) for _ in range(4)))
    assert await names(database) == AROUND_NOON


async def test_the_day_of_a_partition_is_utcs_whatever_zone_the_time_is_told_in(database: Database) -> None:
    late = dt.datetime(2026, 3, 5, 1, tzinfo=dt.timezone(dt.timedelta(hours=13)))
    await Partitions(database).make(late)
    assert await names(database) == AROUND_NOON


async def test_every_instant_of_the_days_made_has_exactly_one_partition(database: Database) -> None:
    await Partitions(database).make(NOON)
    midnight = dt.datetime(2026, 3, 5, tzinfo=dt.UTC)
    for at in (NOON - 36 * DAY / 24, midnight - dt.timedelta(milliseconds=1), midnight, NOON + 3.49 * DAY):
        row = AskRow.of(a_request(created_at=at), idempotency_key=str(at))
        store = RequestStore(database)
        store.start()
        await store.add(row)
        await store.close()
        held = await database.value("SELECT tableoid::regclass::text FROM request WHERE id = $1", row.request.id)
        assert held == f"request_{at:%Y%m%d}"


async def test_a_day_without_a_partition_is_refused_by_name(database: Database) -> None:
    await Partitions(database).make(NOON)
    with pytest.raises(asyncpg.CheckViolationError, match='no partition of relation "request" found'):
        await database.execute(
            "INSERT INTO request (id, org_id, account_id, agent_id, kind, priority, state, content, digest, created_at,"
            " expires_at) VALUES ($1, $1, $1, $1, 'input', 1, 'pending', '{}', '', $2, $3)",
            smallest_uuid7(NOON + 9 * DAY),
            NOON + 9 * DAY,
            NOON + 9 * DAY + dt.timedelta(minutes=1),
        )


@pytest.mark.proves("store.retention")
async def test_days_past_their_time_are_dropped_whole(store: RequestStore, database: Database) -> None:
    old = AskRow.of(a_request(created_at=NOON - DAY), idempotency_key="old")
    kept = AskRow.of(a_request(), idempotency_key="kept")
    await store.add(old)
    await store.add(kept)
    partitions = Partitions(database)
    assert await partitions.drop(NOON.date() - DAY) == []
    assert await partitions.drop(NOON.date()) == ["request_20260303"]
    assert await store.by_id(old.request.id) is None
    assert await store.by_id(kept.request.id) == kept.request


async def test_two_processes_may_drop_the_same_days_at_once(database: Database) -> None:
    partitions = Partitions(database)
    await partitions.make(NOON)

    async def both_wait() -> bool:
        waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND database = (SELECT oid FROM pg_database"
        return bool(await database.value(f"{waiting} WHERE datname = current_database())") == 2)

    async with database.transaction() as reader:
        await reader.execute("SELECT FROM request_20260303")
        drops = [asyncio.create_task(partitions.drop(NOON.date())) for _ in range(2)]
        await until(both_wait)
    await asyncio.gather(*drops)
    assert await names(database) == AROUND_NOON[1:]


@pytest.mark.proves("store.retention")
async def test_a_request_is_kept_for_its_days_and_then_forgotten_with_its_history(
    app: web.Application, store: RequestStore, clock: FakeClock
) -> None:
    row = AskRow.of(a_request(), idempotency_key="k")
    await store.add(row)
    app[LEDGER].sent(row.request.id, DeviceId(an_id()))

    async def history() -> list[LedgerEntry]:
        return await app[LEDGER].of(row.request.id)

    await until(history)
    retention = app[RETENTION]
    clock.at = NOON + KEPT
    await retention.run()
    assert await store.by_id(row.request.id) == row.request
    assert await history()
    clock.at = NOON + KEPT + DAY
    assert "request_20260304" in await retention.forget()
    assert await store.by_id(row.request.id) is None
    assert await history() == []


async def test_making_room_keeps_up_with_the_days(app: web.Application, store: RequestStore, clock: FakeClock) -> None:
    for _ in range(8):
        clock.forward(DAY)
        await app[RETENTION].run()
        row = AskRow.of(a_request(created_at=clock.now()), idempotency_key=None)
        assert (await store.add(row)).seq
