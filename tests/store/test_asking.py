import asyncio
import datetime as dt
from dataclasses import replace

import asyncpg
import pytest

from relay.domain.ids import AccountId, AgentId, OrgId, RequestId, smallest_uuid7
from relay.domain.log_entry import EntryType
from relay.domain.request import MAX_WAIT, Action, Claim, Priority, State
from relay.store.database import Database
from relay.store.requests import AnswerRow, Asked, AskRow, Listing, RequestStore, Whose, _write_answers, _write_asks
from tests.builders import ACCOUNT, AGENT, NOON, ORG, a_content, a_notification, a_request, an_answer, an_id
from tests.store.conftest import WholeLog

SECOND = dt.timedelta(seconds=1)
MINUTE = dt.timedelta(minutes=1)
DAY = dt.timedelta(days=1)
STRANGER = AccountId(an_id())
SMALLEST = smallest_uuid7(NOON - DAY)


def asking(after: dt.timedelta = dt.timedelta(0), *, key: str | None = None, prompt: str = "Deploy?") -> AskRow:
    """The question `prompt`, asked so long after noon."""
    return AskRow.of(a_request(created_at=NOON + after, content=a_content(prompt=prompt)), idempotency_key=key)


async def answer(store: RequestStore, row: AskRow, *, collected: bool) -> None:
    assert await store.answer(AnswerRow(row.request.answered(an_answer()), collected)) is not None


def joined(asked: Asked, first: AskRow) -> bool:
    return asked.request_id == first.request.id and asked.seq is None


def is_new(asked: Asked, row: AskRow) -> bool:
    return asked.request_id == row.request.id and asked.seq is not None


async def test_a_request_is_read_back_as_it_was_asked(store: RequestStore) -> None:
    content = a_content(prompt="a\x00b \N{SNOWMAN}", action=Action(tool="rm", arguments={"path": ["/"], "force": True}))
    request = a_request(content=content, priority=Priority.URGENT, expires_at=NOON + SECOND)
    asked = await store.add(AskRow.of(request, idempotency_key=None))
    assert (asked.request_id, asked.seq) == (request.id, 1)
    assert await store.by_id(request.id) == request


async def test_an_unknown_id_is_nobodys_request(store: RequestStore) -> None:
    assert await store.by_id(RequestId(an_id())) is None


@pytest.mark.proves("store.log_without_gaps")
async def test_every_new_request_gets_the_accounts_next_number(store: RequestStore, whole_log: WholeLog) -> None:
    rows = [asking(prompt=str(n)) for n in range(50)]
    asked = await asyncio.gather(*(store.add(row) for row in rows))
    entries = await whole_log()
    assert {entry.seq: entry.subject for entry in entries} == {a.seq: a.request_id for a in asked}
    assert {entry.type for entry in entries} == {EntryType.REQUEST_CREATED}


@pytest.mark.proves("store.log_without_gaps")
@pytest.mark.usefixtures("store")
async def test_a_batch_is_numbered_as_it_was_queued_not_by_its_ids(database: Database) -> None:
    """Its callers announce in that order; numbers in another would have every device read the log.

    Accounts in turns: PostgreSQL sorts a batch by account, and such a sort mixes what it is not told to keep in order.
    """
    accounts = [AccountId(an_id()) for _ in range(4)]
    requests = sorted((a_request(account_id=accounts[n % 4]) for n in range(120)), key=lambda r: r.id, reverse=True)
    connection = await database.connect()
    rows = [AskRow.of(request, idempotency_key=str(request.id)) for request in requests]
    asked = await _write_asks(connection, rows, False)  # noqa: FBT003 - the flusher passes it by position
    answered = [AnswerRow(request.answered(an_answer(id=an_id())), collected=False) for request in requests]
    resolved = await _write_answers(connection, answered, False)  # noqa: FBT003
    await connection.close()
    for account in accounts:
        mine = [n for n, request in enumerate(requests) if request.account_id == account]
        assert [asked[n].seq for n in mine] == list(range(1, 31))
        assert [resolved[n] for n in mine] == list(range(31, 61))


async def test_accounts_are_numbered_apart_even_in_one_batch(store: RequestStore, whole_log: WholeLog) -> None:
    accounts = [AccountId(an_id()) for _ in range(3)]
    requests = [a_request(account_id=account) for account in accounts for _ in range(4)]
    await asyncio.gather(*(store.add(AskRow.of(r, idempotency_key=str(r.id))) for r in requests))
    for account in accounts:
        assert len(await whole_log(account)) == 4


@pytest.mark.proves("notify.posted")
async def test_two_equal_notifications_are_two(store: RequestStore, whole_log: WholeLog) -> None:
    rows = [AskRow.of(a_notification(), idempotency_key=None, reattach=False) for _ in range(2)]
    asked = await asyncio.gather(*(store.add(row) for row in rows))
    assert [a.request_id for a in asked] == [row.request.id for row in rows]
    assert [entry.type for entry in await whole_log()] == [EntryType.NOTIFICATION] * 2


@pytest.mark.proves("ask.same_content_reattaches")
async def test_the_same_question_while_pending_is_the_same_request(store: RequestStore, whole_log: WholeLog) -> None:
    first = asking()
    await store.add(first)
    assert joined(await store.add(asking(MAX_WAIT - SECOND)), first)
    assert len(await whole_log()) == 1


@pytest.mark.proves("ask.same_content_reattaches")
async def test_the_same_question_gets_an_answer_that_nobody_collected(store: RequestStore) -> None:
    first = asking()
    await store.add(first)
    await answer(store, first, collected=False)
    assert joined(await store.add(asking(2 * MINUTE)), first)


@pytest.mark.proves("ask.collected_is_done")
async def test_the_same_question_after_its_answer_was_collected_is_a_new_one(store: RequestStore) -> None:
    first, again = asking(), asking(2 * MINUTE)
    await store.add(first)
    await answer(store, first, collected=True)
    assert is_new(await store.add(again), again)


async def test_an_answer_that_could_not_be_handed_over_waits_for_the_next_ask(store: RequestStore) -> None:
    first = asking()
    await store.add(first)
    await answer(store, first, collected=False)
    assert await store.mark_collected(first.request.id, NOON + MINUTE)
    assert not await store.mark_collected(first.request.id, NOON + MINUTE)
    await store.mark_uncollected(first.request.id)
    assert joined(await store.add(asking(2 * MINUTE)), first)


async def test_the_same_question_after_its_deadline_is_a_new_one_even_before_anybody_swept(store: RequestStore) -> None:
    first, again = asking(), asking(MAX_WAIT)
    await store.add(first)
    assert is_new(await store.add(again), again)


async def test_the_same_question_after_it_was_cancelled_is_a_new_one(store: RequestStore) -> None:
    first, again = asking(), asking(MINUTE)
    await store.add(first)
    await store.cancel(first.request.id, ACCOUNT, NOON + SECOND)
    assert is_new(await store.add(again), again)


@pytest.mark.parametrize(
    "other",
    [
        {"content": a_content(prompt="Deploy to staging?")},
        {"agent_id": AgentId(an_id())},
        {"account_id": AccountId(an_id())},
    ],
    ids=["another prompt", "another agent", "another human"],
)
async def test_what_differs_is_another_question(store: RequestStore, other: dict[str, object]) -> None:
    await store.add(AskRow.of(a_request(), idempotency_key=None))
    different = AskRow.of(a_request(**other), idempotency_key=None)
    assert is_new(await store.add(different), different)


@pytest.mark.proves("ask.idempotency_key")
@pytest.mark.parametrize("collected", [False, True])
async def test_the_same_key_is_the_same_request_for_a_day_even_when_collected(
    store: RequestStore, *, collected: bool
) -> None:
    first = asking(key="k")
    await store.add(first)
    await answer(store, first, collected=collected)
    assert joined(await store.add(asking(DAY - SECOND, key="k")), first)


async def test_a_key_may_be_used_again_after_a_day(store: RequestStore) -> None:
    again = asking(DAY, key="k")
    await store.add(asking(key="k"))
    assert is_new(await store.add(again), again)


@pytest.mark.proves("ask.key_reused")
async def test_a_key_that_comes_back_with_another_question_shows_the_digest_of_the_first(store: RequestStore) -> None:
    first, other = asking(key="k"), asking(key="k", prompt="Something else?")
    await store.add(first)
    asked = await store.add(other)
    assert joined(asked, first)
    assert asked.digest == first.digest != other.digest


@pytest.mark.proves("ask.key_reused")
async def test_a_key_reused_within_one_batch_shows_the_digest_of_the_first(store: RequestStore) -> None:
    first, other = asking(key="k"), asking(key="k", prompt="Something else?")
    one, two = await asyncio.gather(store.add(first), store.add(other))
    assert is_new(one, first)
    assert joined(two, first)
    assert two.digest == first.digest != other.digest


async def test_two_agents_may_use_one_key(store: RequestStore) -> None:
    rows = [AskRow.of(a_request(agent_id=AgentId(an_id())), idempotency_key="k") for _ in range(2)]
    for row in rows:
        assert is_new(await store.add(row), row)


async def test_a_key_of_the_callers_is_no_digest_of_ours(store: RequestStore) -> None:
    by_content, by_key = asking(), asking(key="Deploy?")
    assert is_new(await store.add(by_content), by_content)
    assert is_new(await store.add(by_key), by_key)


async def test_two_equal_asks_in_one_batch_are_one_request(store: RequestStore, whole_log: WholeLog) -> None:
    first, second = asking(), asking()
    one, two = await asyncio.gather(store.add(first), store.add(second))
    assert is_new(one, first)
    assert joined(two, first)
    assert len(await whole_log()) == 1


@pytest.mark.proves("ask.idempotency_key")
@pytest.mark.parametrize("key", ["k", None], ids=["by key", "by content"])
async def test_equal_asks_racing_in_two_processes_are_one_request(
    store: RequestStore, other_store: RequestStore, whole_log: WholeLog, key: str | None
) -> None:
    for round_ in range(8):
        rows = [asking(key=key and f"{key}{round_}", prompt=f"{round_}?") for _ in range(8)]
        asked = await asyncio.gather(*((store, other_store)[n % 2].add(row) for n, row in enumerate(rows)))
        assert len({a.request_id for a in asked}) == 1
        assert len([a for a in asked if a.seq is not None]) == 1
        assert len(await whole_log()) == round_ + 1


async def test_equal_asks_racing_after_the_first_was_collected_are_one_new_request(
    store: RequestStore, other_store: RequestStore, whole_log: WholeLog
) -> None:
    first = asking()
    await store.add(first)
    await answer(store, first, collected=True)
    rows = [asking(2 * MINUTE) for _ in range(8)]
    asked = await asyncio.gather(*((store, other_store)[n % 2].add(row) for n, row in enumerate(rows)))
    [fresh] = {a.request_id for a in asked}
    assert fresh != first.request.id
    assert [entry.subject for entry in await whole_log()] == [first.request.id, first.request.id, fresh]


async def test_overlapping_batches_of_two_processes_do_not_block_each_other(
    store: RequestStore, other_store: RequestStore, whole_log: WholeLog
) -> None:
    """Each locks many keys and many heads: in one order everywhere, or this ends in a deadlock."""
    accounts = [AccountId(an_id()) for _ in range(10)]

    def rows(backwards: int) -> list[AskRow]:
        return [
            AskRow.of(a_request(account_id=account), idempotency_key=f"{n} {account}")
            for n in range(10)
            for account in accounts[::backwards]
        ]

    asked = await asyncio.gather(
        *(store.add(row) for row in rows(1)), *(other_store.add(row) for row in reversed(rows(-1)))
    )
    assert len({a.request_id for a in asked}) == 100
    for account in accounts:
        assert len(await whole_log(account)) == 10


@pytest.mark.proves("store.repeatable_writes")
@pytest.mark.parametrize("key", ["k", None], ids=["by key", "by content"])
async def test_an_ask_written_again_because_its_reply_was_lost_is_one(
    store: RequestStore, database: Database, whole_log: WholeLog, key: str | None
) -> None:
    before = asking(prompt="Asked before?")
    await store.add(before)
    rows = [
        asking(key=key),
        asking(prompt="Asked before?"),
        AskRow.of(a_notification(), idempotency_key=None, reattach=False),
    ]
    connection = await database.connect()
    committed = await _write_asks(connection, rows, False)  # noqa: FBT003 - the flusher passes it by position
    again = await _write_asks(connection, rows, True)  # noqa: FBT003
    await connection.close()
    assert again == committed
    assert len(await whole_log()) == 3


async def test_an_ask_whose_day_has_no_partition_fails_alone_and_clearly(
    store: RequestStore, caplog: pytest.LogCaptureFixture
) -> None:
    with pytest.raises(asyncpg.CheckViolationError, match="no partition"):
        await store.add(asking(30 * DAY))
    assert "flush_broke" in caplog.text
    row = asking()
    assert is_new(await store.add(row), row)


async def test_open_requests_are_those_that_can_still_be_answered(store: RequestStore) -> None:
    soon = AskRow.of(a_request(expires_at=NOON + SECOND), idempotency_key="soon")
    later, answered = asking(prompt="later?"), asking(prompt="answered?")
    told = AskRow.of(a_notification(), idempotency_key=None, reattach=False)
    others = AskRow.of(a_request(account_id=AccountId(an_id())), idempotency_key=None)
    for row in (soon, later, answered, told, others):
        await store.add(row)
    await answer(store, answered, collected=True)
    assert await store.open_requests(ORG, ACCOUNT, NOON + SECOND) == [later.request]


async def test_listings_go_backwards_page_by_page(store: RequestStore) -> None:
    rows = [asking(n * SECOND, prompt=f"{n}?") for n in range(5)]
    for row in rows:
        await store.add(row)
        await answer(store, row, collected=row is rows[0])
    requests = [row.request.id for row in reversed(rows)]
    first = await store.history(ORG, ACCOUNT, before=None, limit=3)
    rest = await store.history(ORG, ACCOUNT, before=first[-1].id, limit=3)
    assert [r.id for r in (*first, *rest)] == requests
    for whose in (Whose(ORG), Whose(ORG, agent=AGENT), Whose(ORG, account=ACCOUNT)):
        assert [r.id for r in await store.listed(whose, Listing(uncollected=True))] == requests[:-1]
        assert [r.id for r in await store.listed(whose, Listing(before=requests[2], limit=1))] == requests[3:4]
        assert await store.listed(whose, Listing(state=State.PENDING)) == []
        assert len(await store.listed(whose, Listing(state=State.ANSWERED))) == 5
        assert await store.count_by_state(whose, rows[1].request.id) == {State.ANSWERED: 4}


async def test_nothing_is_listed_for_another_organization_agent_or_account(store: RequestStore) -> None:
    await store.add(asking())
    elsewhere = OrgId(an_id())
    for whose in (Whose(elsewhere), Whose(elsewhere, AGENT), Whose(ORG, AgentId(an_id())), Whose(ORG, AGENT, STRANGER)):
        assert await store.listed(whose, Listing()) == []
        assert await store.count_by_state(whose, SMALLEST) == {}
    assert await store.open_requests(elsewhere, ACCOUNT, NOON) == []
    assert await store.open_requests(ORG, STRANGER, NOON) == []
    assert await store.history(elsewhere, ACCOUNT, before=None, limit=9) == []


async def test_a_claim_is_read_back_with_its_request(store: RequestStore) -> None:
    row = asking()
    await store.add(row)
    await store.claim(row.request.id, ACCOUNT, None, NOON, NOON + MINUTE)
    assert await store.by_id(row.request.id) == replace(row.request, claim=Claim(ACCOUNT, NOON + MINUTE))


async def test_keys_past_their_time_are_forgotten(store: RequestStore) -> None:
    await store.add(asking(key="old"))
    await store.add(asking(MINUTE, key="young"))
    await store.forget_keys(NOON + MINUTE)
    old, young = asking(2 * MINUTE, key="old"), asking(2 * MINUTE, key="young")
    assert is_new(await store.add(old), old)
    assert not is_new(await store.add(young), young)
