import datetime as dt

import pytest
from aiohttp import web

from relay.domain.errors import NotFound
from relay.domain.ids import AccountId, DeviceId, RequestId
from relay.services.keys import DEVICES, HUB, LEDGER
from relay.store.database import Database
from relay.store.flusher import MAX_QUEUE
from relay.store.ledger import LedgerEntry, LedgerStore, Step
from relay.store.requests import AskRow, RequestStore
from tests.builders import ACCOUNT, NOON, a_device, a_request, an_id
from tests.fakes.clock import FakeClock
from tests.waiting import until

SECOND = dt.timedelta(seconds=1)


async def a_saved_request(store: RequestStore) -> RequestId:
    row = AskRow.of(a_request(), idempotency_key=None)
    await store.add(row)
    return row.request.id


@pytest.mark.proves("device.ledger")
async def test_each_step_of_each_device_is_recorded_once_at_its_first_time(
    app: web.Application, store: RequestStore, clock: FakeClock
) -> None:
    request, phone, laptop = await a_saved_request(store), a_device(), a_device(name="laptop")
    for device in (phone, laptop):
        await app[DEVICES].add(device)
    ledger = app[LEDGER]
    ledger.sent(request, phone.id)
    ledger.sent(request, phone.id)
    clock.forward(SECOND)
    await ledger.note(ACCOUNT, phone.id, request, Step.DISPLAYED)
    clock.forward(SECOND)
    await ledger.note(ACCOUNT, phone.id, request, Step.DISPLAYED)
    await ledger.note(ACCOUNT, laptop.id, request, Step.SEEN)

    async def written() -> bool:
        return len(await ledger.of(request)) == 3

    await until(written)
    assert await ledger.of(request) == [
        LedgerEntry(request, phone.id, Step.SENT, NOON, "phone"),
        LedgerEntry(request, phone.id, Step.DISPLAYED, NOON + SECOND, "phone"),
        LedgerEntry(request, laptop.id, Step.SEEN, NOON + 2 * SECOND, "laptop"),
    ]


async def test_who_watches_a_request_is_told_when_the_entry_can_be_read(
    app: web.Application, store: RequestStore
) -> None:
    request = await a_saved_request(store)
    with app[HUB].watching(request) as changed:
        app[LEDGER].sent(request, DeviceId(an_id()))
        await changed.wait()
        assert len(await app[LEDGER].of(request)) == 1


async def test_a_device_cannot_write_into_the_history_of_anothers_request(
    app: web.Application, store: RequestStore
) -> None:
    request = await a_saved_request(store)
    with pytest.raises(NotFound):
        await app[LEDGER].note(AccountId(an_id()), DeviceId(an_id()), request, Step.SEEN)
    with pytest.raises(NotFound):
        await app[LEDGER].note(ACCOUNT, DeviceId(an_id()), RequestId(an_id()), Step.SEEN)
    await app[LEDGER].note(ACCOUNT, DeviceId(an_id()), request, Step.DISPLAYED)

    async def written() -> bool:
        return bool(await app[LEDGER].of(request))

    await until(written)
    assert [entry.step for entry in await app[LEDGER].of(request)] == [Step.DISPLAYED]


async def test_history_is_forgotten_with_the_request_it_is_about(database: Database) -> None:
    ledger = LedgerStore(database)
    ledger.start()
    old, young = RequestId(an_id(NOON - SECOND)), RequestId(an_id(NOON))
    for request in (old, young):
        ledger.record(LedgerEntry(request, DeviceId(an_id()), Step.SENT, NOON))
    await ledger.close()
    await ledger.forget(NOON)
    assert await ledger.of(old) == []
    assert len(await ledger.of(young)) == 1


async def test_history_is_given_up_when_there_is_more_than_can_be_written(database: Database) -> None:
    ledger = LedgerStore(database)
    entry, one_more = (LedgerEntry(RequestId(an_id()), DeviceId(an_id()), Step.SENT, NOON) for _ in range(2))
    ledger.start()
    # No turn of the loop passes, so nothing is taken from the queue meanwhile.
    for _ in range(MAX_QUEUE):
        ledger.record(entry)
    ledger.record(one_more)
    await ledger.close()
    assert len(await ledger.of(entry.request_id)) == 1
    assert await ledger.of(one_more.request_id) == []
    ledger.record(entry)
