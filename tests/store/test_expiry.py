import asyncio
import datetime as dt

import pytest
from aiohttp import web

from relay.domain.log_entry import EntryType
from relay.domain.request import MAX_WAIT, State
from relay.services.keys import EXPIRY
from relay.services.upkeep import EXPIRY_BATCH
from relay.store.requests import AnswerRow, AskRow, RequestStore
from tests.builders import ACCOUNT, NOON, a_notification, a_request, an_answer
from tests.fakes.clock import FakeClock
from tests.store.conftest import WholeLog

SECOND = dt.timedelta(seconds=1)
EDGE = dt.timedelta(microseconds=1)


def a_row(key: object, wait: dt.timedelta = MAX_WAIT) -> AskRow:
    return AskRow.of(a_request(expires_at=NOON + wait), idempotency_key=str(key))


@pytest.mark.proves("ask.expires")
async def test_a_request_expires_at_its_deadline_and_not_before(
    app: web.Application, store: RequestStore, clock: FakeClock
) -> None:
    row = a_row("k")
    await store.add(row)
    clock.forward(MAX_WAIT - EDGE)
    assert await app[EXPIRY].expire() == 0
    clock.forward(EDGE)
    assert await app[EXPIRY].expire() == 1
    assert await store.by_id(row.request.id) == row.request.expired(clock.now())


async def test_what_is_settled_or_only_told_never_expires(
    app: web.Application, store: RequestStore, clock: FakeClock
) -> None:
    answered, cancelled = a_row("answered"), a_row("cancelled")
    for row in (answered, cancelled, AskRow.of(a_notification(), idempotency_key=None, reattach=False)):
        await store.add(row)
    await store.answer(AnswerRow(answered.request.answered(an_answer()), collected=True))
    await store.cancel(cancelled.request.id, ACCOUNT, NOON)
    clock.forward(dt.timedelta(days=1))
    assert await app[EXPIRY].expire() == 0


async def test_a_sweep_takes_more_than_one_batch(
    app: web.Application, store: RequestStore, clock: FakeClock, whole_log: WholeLog
) -> None:
    count = 2 * EXPIRY_BATCH + 1
    await asyncio.gather(*(store.add(a_row(n)) for n in range(count)))
    clock.forward(MAX_WAIT)
    assert await app[EXPIRY].expire() == count
    expired = (await whole_log())[count:]
    assert {entry.type for entry in expired} == {EntryType.REQUEST_RESOLVED}
    assert len({entry.subject for entry in expired}) == count


@pytest.mark.proves("store.expiry")
async def test_two_sweepers_and_late_answers_settle_every_request_once(
    store: RequestStore, other_store: RequestStore, whole_log: WholeLog
) -> None:
    rows = [a_row(n, SECOND + n * EDGE) for n in range(200)]
    await asyncio.gather(*(store.add(row) for row in rows))
    edge = NOON + SECOND + 100 * EDGE
    in_time = an_answer(at=edge - EDGE)
    due_later = [row.request for row in rows if row.request.expires_at > in_time.at]
    answers = [AnswerRow(request.answered(in_time), collected=False) for request in due_later]
    answered, *swept = await asyncio.gather(
        asyncio.gather(*(other_store.answer(answer) for answer in answers)),
        *(keeper.expire_due(NOON + SECOND + 150 * EDGE, 40) for keeper in (store, other_store) * 6),
    )
    expired = [request_id for batch in swept for request_id, _, _ in batch]
    won = [request.id for request, seq in zip(due_later, answered, strict=True) if seq is not None]
    assert len(set(expired)) == len(expired)
    assert not set(expired) & set(won)
    states = {request.id: request.state for request in (await store.by_ids(r.request.id for r in rows)).values()}
    assert {found for found, state in states.items() if state is State.EXPIRED} == set(expired)
    assert {found for found, state in states.items() if state is State.ANSWERED} == set(won)
    resolved = [entry.subject for entry in await whole_log() if entry.type is EntryType.REQUEST_RESOLVED]
    assert sorted(resolved) == sorted([*expired, *won])
    assert len(expired) >= 100
