import asyncio
import datetime as dt
from dataclasses import replace
from itertools import cycle

import pytest
from aiohttp import web

from relay.domain.errors import AlreadyDecided, ClaimedByAnother, InvalidInput, NotFound
from relay.domain.form import Choice
from relay.domain.ids import AccountId, DeviceId
from relay.domain.log_entry import EntryType
from relay.domain.request import MAX_CLAIM, MAX_COMMENT, MAX_WAIT, Claim, Request, State
from relay.services.answer import Answerer
from relay.services.keys import ANSWER, ASK
from relay.store.database import Database
from relay.store.requests import AnswerRow, AskRow, RequestStore, _write_answers
from tests.builders import ACCOUNT, NOON, a_content, a_request, an_answer, an_id
from tests.fakes.clock import FakeClock
from tests.store.conftest import WholeLog

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
ADA = Answerer(account_id=ACCOUNT, account_name="Ada", device_id=DeviceId(an_id()), device_name="phone")
ADA_ELSEWHERE = Answerer(account_id=ACCOUNT, account_name="Ada", device_id=DeviceId(an_id()), device_name="laptop")
STRANGER = Answerer(account_id=AccountId(an_id()), account_name="Eve")


async def asked(store: RequestStore, request: Request | None = None) -> Request:
    row = AskRow.of(request or a_request(content=a_content(prompt=str(an_id()))), idempotency_key=None)
    await store.add(row)
    return row.request


def answering(request: Request, **over: object) -> AnswerRow:
    """What a device in Ada's hand writes; the database has to judge it by itself."""
    answer = an_answer(**over)
    settled = replace(request, state=State.ANSWERED, answer=answer, settled_at=answer.at)
    return AnswerRow(settled, collected=False)


async def test_an_answer_is_read_back_as_it_was_given(store: RequestStore, whole_log: WholeLog) -> None:
    request = await asked(store)
    row = answering(request, value="Wait\x00 \N{SNOWMAN}", comment="see #3", device=ADA.device_id, device_name="phone")
    assert await store.answer(row) == 2
    assert await store.by_id(request.id) == row.request
    resolved = (await whole_log())[-1]
    assert (resolved.type, resolved.subject) == (EntryType.REQUEST_RESOLVED, request.id)
    assert (resolved.actor, resolved.device) == (ACCOUNT, ADA.device_id)
    assert resolved.digest


@pytest.mark.parametrize("value", ["", "text", ["a", "b"], 3, -2.5, True, False, 10**30])
async def test_every_kind_of_value_survives_the_database(store: RequestStore, value: object) -> None:
    request = await asked(store)
    await store.answer(answering(request, value=value))
    saved = await store.by_id(request.id)
    assert saved
    assert saved.answer
    assert (saved.answer.value, type(saved.answer.value)) == (value, type(value))


@pytest.mark.proves("answer.first_wins")
async def test_of_eight_devices_that_race_for_each_request_one_wins(
    store: RequestStore, other_store: RequestStore, whole_log: WholeLog
) -> None:
    requests = [await asked(store) for _ in range(30)]
    stores = cycle((store, other_store))
    rows = [answering(request, device=DeviceId(an_id())) for request in requests for _ in range(8)]
    numbers = await asyncio.gather(*(next(stores).answer(row) for row in rows))
    winners = {row.request.id: row.request for row, seq in zip(rows, numbers, strict=True) if seq is not None}
    assert len([seq for seq in numbers if seq is not None]) == len(winners) == 30
    assert await store.by_ids(winners) == winners
    assert sorted(seq for seq in numbers if seq) == list(range(31, 61))
    assert len(await whole_log()) == 60


@pytest.mark.proves("answer.first_wins")
async def test_of_two_answers_in_one_batch_the_first_wins(store: RequestStore) -> None:
    request = await asked(store)
    first, second = answering(request, value="first"), answering(request, value="second")
    assert await asyncio.gather(store.answer(first), store.answer(second)) == [2, None]
    assert await store.by_id(request.id) == first.request


async def test_an_answer_by_another_account_moves_nothing(store: RequestStore) -> None:
    request = await asked(store)
    assert await store.answer(answering(replace(request, account_id=STRANGER.account_id))) is None
    assert await store.by_id(request.id) == request


@pytest.mark.proves("answer.not_too_late")
async def test_the_database_refuses_an_answer_at_the_deadline(store: RequestStore) -> None:
    request = await asked(store)
    assert await store.answer(answering(request, at=request.expires_at)) is None
    assert await store.answer(answering(request, at=request.expires_at - dt.timedelta(microseconds=1))) == 2


@pytest.mark.proves("answer.claim")
async def test_while_a_claim_lasts_only_its_holder_can_answer(store: RequestStore, database: Database) -> None:
    request = await asked(store)
    # Until organizations have more than one human, another's claim exists only in the database.
    await database.execute("UPDATE request SET claimed_by = $1, claimed_until = $2", STRANGER.account_id, NOON + MINUTE)
    assert await store.answer(answering(request, at=NOON + MINUTE - SECOND)) is None
    assert await store.answer(answering(request, at=NOON + MINUTE)) == 2
    saved = await store.by_id(request.id)
    assert saved
    assert saved.claim is None


@pytest.mark.proves("answer.claim")
async def test_the_holder_of_a_claim_answers_and_the_claim_is_over(store: RequestStore) -> None:
    request = await asked(store)
    assert await store.claim(request.id, ACCOUNT, None, NOON, NOON + MINUTE) == 2
    row = answering(request, at=NOON + SECOND)
    assert await store.answer(row) == 3
    assert await store.by_id(request.id) == row.request


async def test_a_claim_is_taken_renewed_and_given_back(store: RequestStore, whole_log: WholeLog) -> None:
    request = await asked(store)
    assert await store.claim(request.id, ACCOUNT, None, NOON, NOON + MINUTE) == 2
    assert await store.claim(request.id, ACCOUNT, None, NOON + SECOND, NOON + 2 * MINUTE) == 3
    assert await store.release(request.id, ACCOUNT, None, NOON + MINUTE) == 4
    assert await store.release(request.id, ACCOUNT, None, NOON + MINUTE) is None
    assert await store.by_id(request.id) == request
    claimed, released = EntryType.REQUEST_CLAIMED, EntryType.REQUEST_RELEASED
    assert [entry.type for entry in await whole_log()][1:] == [claimed, claimed, released]


async def test_a_claim_does_not_outlast_its_request(store: RequestStore) -> None:
    request = await asked(store)
    await store.claim(request.id, ACCOUNT, None, NOON, request.expires_at + MINUTE)
    saved = await store.by_id(request.id)
    assert saved
    assert saved.claim == Claim(ACCOUNT, request.expires_at)


async def test_a_settled_or_overdue_request_cannot_be_claimed(store: RequestStore) -> None:
    settled, overdue = await asked(store), await asked(store)
    await store.answer(answering(settled))
    assert await store.claim(settled.id, ACCOUNT, None, NOON, NOON + MINUTE) is None
    assert await store.claim(overdue.id, ACCOUNT, None, overdue.expires_at, overdue.expires_at + MINUTE) is None


@pytest.mark.proves("ask.cancel")
async def test_a_cancelled_request_takes_no_answer_and_an_answered_one_no_cancellation(store: RequestStore) -> None:
    cancelled, answered = await asked(store), await asked(store)
    assert await store.cancel(cancelled.id, ACCOUNT, NOON + SECOND) == 3
    assert await store.answer(answering(cancelled)) is None
    assert await store.answer(answering(answered)) == 4
    assert await store.cancel(answered.id, ACCOUNT, NOON + SECOND) is None


async def test_an_answer_and_a_cancellation_that_race_settle_each_request_once(
    store: RequestStore, other_store: RequestStore, whole_log: WholeLog
) -> None:
    requests = [await asked(store) for _ in range(30)]
    answered, cancelled = await asyncio.gather(
        asyncio.gather(*(store.answer(answering(request)) for request in requests)),
        asyncio.gather(*(other_store.cancel(request.id, ACCOUNT, NOON + MINUTE) for request in requests)),
    )
    settled = await store.by_ids(request.id for request in requests)
    for request, answer, cancellation in zip(requests, answered, cancelled, strict=True):
        assert (answer is None) is not (cancellation is None)
        assert settled[request.id].state is (State.ANSWERED if answer else State.CANCELLED)
    assert len(await whole_log()) == 60


@pytest.mark.proves("store.repeatable_writes")
async def test_an_answer_written_again_because_its_reply_was_lost_changes_nothing(
    store: RequestStore, database: Database, whole_log: WholeLog
) -> None:
    rows = [answering(await asked(store)), answering(await asked(store))]
    connection = await database.connect()
    assert sorted(await _write_answers(connection, rows, False)) == [3, 4]  # noqa: FBT003 - the flusher passes it by position
    assert await _write_answers(connection, rows, True) == [None, None]  # noqa: FBT003
    await connection.close()
    assert await store.by_ids(row.request.id for row in rows) == {row.request.id: row.request for row in rows}
    assert len(await whole_log()) == 4


# The service above it ---------------------------------------------------------------------------------------------


async def test_an_answer_whose_reply_was_lost_is_recognised_and_its_caller_is_woken(
    app: web.Application, store: RequestStore, clock: FakeClock
) -> None:
    """The flusher repeats the write, which finds the request answered; by this very answer, so it has won."""
    request = await asked(store)
    answer = an_answer(at=clock.now(), device=ADA.device_id, device_name="phone")
    service = app[ANSWER]
    service._recent.put(request)
    await store.answer(AnswerRow(request.answered(answer), collected=False))
    with service._hub.waiting(lambda: True) as waiter:
        service._hub.bind(waiter, request.id)
        settled = await service.answer(ADA, request.id, answer.id, "yes")
        assert settled.answer == answer
        assert waiter.settled == settled


@pytest.mark.proves("answer.repeatable")
async def test_the_same_answer_sent_twice_or_twice_at_once_is_one(
    app: web.Application, store: RequestStore, whole_log: WholeLog
) -> None:
    request, answer_id = await asked(store), an_id()
    answers = [app[ANSWER].answer(ADA, request.id, answer_id, "yes") for _ in range(3)]
    first, *repeated = await asyncio.gather(*answers)
    assert repeated == [first, first]
    assert await app[ANSWER].answer(ADA, request.id, answer_id, "yes") == first
    assert len(await whole_log()) == 2


@pytest.mark.proves("answer.first_wins")
async def test_who_comes_second_is_told_who_won_in_this_process_and_in_another(
    app: web.Application, other_app: web.Application, store: RequestStore, clock: FakeClock
) -> None:
    request = await asked(store)
    await other_app[ANSWER]._mine(ACCOUNT, request.id)
    await app[ANSWER].answer(ADA, request.id, an_id(), "yes")
    for process in (app, other_app):
        with pytest.raises(AlreadyDecided) as refusal:
            await process[ANSWER].answer(ADA_ELSEWHERE, request.id, an_id(), "no")
        told = refusal.value
        assert (told.state, told.at, told.by, told.device) == ("answered", clock.now(), ACCOUNT, ADA.device_id)


async def test_anothers_request_looks_like_one_that_is_not_there(app: web.Application, store: RequestStore) -> None:
    request = await asked(store)
    said = set()
    for request_id in (request.id, an_id()):
        for call in (
            app[ANSWER].answer(STRANGER, request_id, an_id(), "yes"),
            app[ANSWER].claim(STRANGER, request_id),
            app[ANSWER].release(STRANGER, request_id),
        ):
            with pytest.raises(NotFound) as refusal:
                await call
            said.add(str(refusal.value))
    assert len(said) == 1
    assert await store.by_id(request.id) == request


@pytest.mark.proves("answer.valid")
async def test_an_invalid_answer_leaves_the_request_to_a_valid_one(app: web.Application, store: RequestStore) -> None:
    request = await asked(store, a_request(content=a_content(form=Choice(options=("yes", "no")))))
    with pytest.raises(InvalidInput, match="must be one of the choices"):
        await app[ANSWER].answer(ADA, request.id, an_id(), "maybe")
    with pytest.raises(InvalidInput, match=f"at most {MAX_COMMENT}"):
        await app[ANSWER].answer(ADA, request.id, an_id(), "yes", "x" * (MAX_COMMENT + 1))
    settled = await app[ANSWER].answer(ADA, request.id, an_id(), "yes", "x" * MAX_COMMENT)
    assert settled.state is State.ANSWERED


@pytest.mark.proves("answer.not_too_late")
async def test_a_human_who_answers_at_the_deadline_is_told_it_has_expired(
    app: web.Application, store: RequestStore, clock: FakeClock
) -> None:
    request = await asked(store)
    clock.forward(MAX_WAIT)
    with pytest.raises(AlreadyDecided, match="already expired"):
        await app[ANSWER].answer(ADA, request.id, an_id(), "yes")


@pytest.mark.proves("answer.claim")
async def test_a_request_that_somebody_else_holds_says_who_and_until_when(
    app: web.Application, store: RequestStore, database: Database
) -> None:
    request, until = await asked(store), NOON + MINUTE
    await database.execute("UPDATE request SET claimed_by = $1, claimed_until = $2", STRANGER.account_id, until)
    for attempt in (app[ANSWER].answer(ADA, request.id, an_id(), "yes"), app[ANSWER].claim(ADA, request.id)):
        with pytest.raises(ClaimedByAnother) as refusal:
            await attempt
        assert (refusal.value.by, refusal.value.until) == (STRANGER.account_id, until)


@pytest.mark.parametrize("lease", [dt.timedelta(0), MAX_CLAIM + SECOND])
async def test_a_lease_that_is_too_short_or_too_long_is_refused(
    app: web.Application, store: RequestStore, lease: dt.timedelta
) -> None:
    request = await asked(store)
    with pytest.raises(InvalidInput) as refusal:
        await app[ANSWER].claim(ADA, request.id, lease)
    assert refusal.value.pointer == "/seconds"


async def test_an_overdue_request_that_nobody_swept_yet_cannot_be_cancelled(
    app: web.Application, store: RequestStore, clock: FakeClock
) -> None:
    request = await asked(store)
    clock.forward(MAX_WAIT)
    with pytest.raises(AlreadyDecided, match="already expired"):
        await app[ASK].cancel(request, ACCOUNT)
