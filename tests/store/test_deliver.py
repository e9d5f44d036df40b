import asyncio
from dataclasses import replace

import pytest
from aiohttp import web

from relay.bus import Hint
from relay.domain.ids import AccountId, DeviceId, RequestId
from relay.domain.log_entry import EntryType, LogEntry
from relay.domain.request import Kind, Request, State
from relay.hub import Happening
from relay.services.answer import Answerer
from relay.services.ask import Asker, Question
from relay.services.deliver import MAX_REPLAY, PAGE, SWEEP_LOSSY_S, SWEEP_RELIABLE_S
from relay.services.keys import ANSWER, ASK, DELIVER, HUB, JOURNAL, JOURNAL_STORE, REQUESTS
from relay.store.database import Database
from tests.builders import ACCOUNT, AGENT, NOON, ORG, a_content, an_entry, an_id
from tests.waiting import until

ASKER = Asker(ORG, ACCOUNT, AGENT)
ADA = Answerer(account_id=ACCOUNT, account_name="Ada")


class Recorder:
    """A follower that keeps what it was given."""

    def __init__(self) -> None:
        self.device_id: DeviceId | None = None
        self.happenings: list[Happening] = []

    def deliver(self, happening: Happening) -> None:
        self.happenings.append(happening)

    @property
    def numbers(self) -> list[int]:
        return [happening.entry.seq for happening in self.happenings]


def a_question(prompt: str = "Deploy?") -> Question:
    return Question(content=a_content(prompt=prompt), kind=Kind.INPUT)


async def ask(app: web.Application, prompt: str = "Deploy?") -> Request:
    return (await app[ASK].ask(ASKER, a_question(prompt))).request


async def note(app: web.Application, count: int = 1) -> list[LogEntry]:
    """Write entries that no hint tells of."""
    store = app[JOURNAL_STORE]
    numbers = [
        await store.note(ACCOUNT, EntryType.KEY_CREATED, an_id(), actor=None, device=None, digest=None, at=NOON)
        for _ in range(count)
    ]
    return await store.after(ACCOUNT, numbers[0] - 1, count)


async def fill_log(database: Database, count: int) -> None:
    await database.execute("INSERT INTO account_head (account_id, seq) VALUES ($1, $2)", ACCOUNT, count)
    await database.execute(
        "INSERT INTO account_log (account_id, seq, type, subject, at)"
        " SELECT $1, n, 'key.created', $1, $3 FROM generate_series(1, $2::int) n",
        ACCOUNT,
        count,
        NOON,
    )


@pytest.mark.proves("device.told_at_once")
async def test_what_happens_in_this_process_is_passed_on_in_order_with_its_request(app: web.Application) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        request = await ask(app)
        assert follower.numbers == [1]
        settled = await app[ANSWER].answer(ADA, request.id, an_id(), "yes")
        assert follower.numbers == [1, 2]
    assert [happening.request for happening in follower.happenings] == [request, settled]


async def test_followers_of_another_account_hear_nothing(app: web.Application) -> None:
    follower = Recorder()
    with app[HUB].following(AccountId(an_id()), follower) as channel:
        app[DELIVER].join(channel, 0)
        await ask(app)
    assert follower.numbers == []


@pytest.mark.proves("device.catch_up")
async def test_a_gap_is_filled_from_the_log(app: web.Application) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        entries = await note(app, 3)
        app[DELIVER].receive(Hint(ACCOUNT, entries[2]))
        assert follower.numbers == []
        await until(lambda: len(follower.numbers) == 3)
        for entry in entries:
            app[DELIVER].receive(Hint(ACCOUNT, entry))
        await ask(app)
        assert follower.numbers == [1, 2, 3, 4]


async def test_hints_in_the_wrong_order_are_delivered_in_the_right_one(app: web.Application) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        entries = await note(app, 40)
        for entry in [*entries[1::2], *reversed(entries)]:
            app[DELIVER].receive(Hint(ACCOUNT, entry))
        await until(lambda: len(follower.numbers) >= 40)
    assert follower.numbers == list(range(1, 41))


async def test_entries_whose_statements_crossed_are_passed_on_without_a_look_at_the_log(
    app: web.Application, other_app: web.Application
) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        requests = [await ask(other_app, f"{n}?") for n in range(6)]
        entries = await app[JOURNAL_STORE].after(ACCOUNT, 0, 9)
        for place in (1, 3, 2, 5, 0, 4):
            app[DELIVER].receive(Hint(ACCOUNT, entries[place], requests[place]))
            assert not channel.catching_up
        assert follower.numbers == [1, 2, 3, 4, 5, 6]
        assert [happening.request for happening in follower.happenings] == requests
        assert not channel.ahead


async def test_an_entry_whose_predecessor_does_not_come_is_not_kept_for_long(
    app: web.Application, other_app: web.Application
) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        requests = [await ask(other_app, f"{n}?") for n in range(3)]
        entries = await app[JOURNAL_STORE].after(ACCOUNT, 0, 9)
        app[DELIVER].receive(Hint(ACCOUNT, entries[2], requests[2]))
        app[DELIVER].receive(Hint(ACCOUNT, entries[0], requests[0]))
        assert follower.numbers == [1]
        await until(lambda: follower.numbers == [1, 2, 3])
        assert not channel.ahead


async def test_many_questions_at_once_are_announced_in_the_order_of_their_numbers(app: web.Application) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        asked = await asyncio.gather(*(ask(app, f"{n}?") for n in range(40)))
        assert follower.numbers == list(range(1, 41))
        answers = (app[ANSWER].answer(ADA, request.id, an_id(), "yes") for request in asked)
        await asyncio.gather(*answers)
        assert (follower.numbers, channel.catching_up) == (list(range(1, 81)), False)


async def test_a_hint_without_an_entry_has_the_log_read(app: web.Application) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        await note(app, 2)
        app[JOURNAL].nudge(ACCOUNT)
        await until(lambda: follower.numbers == [1, 2])


async def test_a_hint_that_does_not_bring_its_request_has_it_read(
    app: web.Application, other_app: web.Application
) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        request = await ask(other_app)
        [entry] = await app[JOURNAL_STORE].after(ACCOUNT, 0, 9)
        app[DELIVER].receive(Hint(ACCOUNT, entry))
        await until(lambda: follower.numbers == [1])
    assert follower.happenings[0].request == request


async def test_what_comes_while_the_log_is_read_is_not_lost(app: web.Application, other_app: web.Application) -> None:
    """Hints of one process, entries of two, more than a page of them, all at once."""
    follower = Recorder()
    count = PAGE + 50
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        processes = [(app, other_app)[n % 2] for n in range(count)]
        await asyncio.gather(*(ask(process, f"{n}?") for n, process in enumerate(processes)))
        app[JOURNAL].nudge(ACCOUNT)
        await until(lambda: len(follower.numbers) >= count)
    assert follower.numbers == list(range(1, count + 1))


async def test_a_claim_is_told_to_the_other_devices_with_who_holds_it(app: web.Application) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        request = await ask(app)
        claim = await app[ANSWER].claim(ADA, request.id)
        await until(lambda: follower.numbers == [1, 2])
        shown = follower.happenings[1].request
        assert shown
        assert shown.claim == claim
        await app[ANSWER].release(ADA, request.id)
        await until(lambda: follower.numbers == [1, 2, 3])


# Joining ----------------------------------------------------------------------------------------------------------


@pytest.mark.proves("device.catch_up")
async def test_a_second_device_that_joins_before_a_hint_takes_nothing_from_the_first(app: web.Application) -> None:
    """The new one has read the number already; the hint that brings it to the other is still on its way."""
    first, second = Recorder(), Recorder()
    hub, deliver = app[HUB], app[DELIVER]
    with hub.following(ACCOUNT, first) as channel:
        deliver.join(channel, 0)
        [entry] = await note(app)
        with hub.following(ACCOUNT, second):
            head, _ = await deliver.position(ACCOUNT, None)
            assert deliver.join(channel, head) == head == 1
            deliver.receive(Hint(ACCOUNT, entry))
            await until(lambda: first.numbers == [1])


async def test_a_device_that_read_its_place_too_early_is_told_up_to_where_to_read_on(app: web.Application) -> None:
    first, second = Recorder(), Recorder()
    hub, deliver = app[HUB], app[DELIVER]
    with hub.following(ACCOUNT, first) as channel:
        deliver.join(channel, 0)
        head, _ = await deliver.position(ACCOUNT, None)
        await ask(app)
        with hub.following(ACCOUNT, second):
            assert (head, deliver.join(channel, head)) == (0, 1)
            assert second.numbers == []


async def test_what_happens_while_the_first_device_finds_its_place_is_read_afterwards(app: web.Application) -> None:
    follower = Recorder()
    hub, deliver = app[HUB], app[DELIVER]
    with hub.following(ACCOUNT, follower) as channel:
        entries = await note(app, 2)
        # In the wrong order, and the place was read before either.
        deliver.receive(Hint(ACCOUNT, entries[1]))
        deliver.receive(Hint(ACCOUNT, entries[0]))
        assert follower.numbers == []
        assert deliver.join(channel, 0) == 0
        await until(lambda: follower.numbers == [1, 2])


@pytest.mark.proves("device.resync")
async def test_a_device_is_replayed_what_it_missed_unless_it_is_too_far_behind(
    app: web.Application, database: Database
) -> None:
    head = MAX_REPLAY + 1
    await fill_log(database, head)
    position = app[DELIVER].position
    assert await position(ACCOUNT, None) == (head, False)
    assert await position(ACCOUNT, head) == (head, True)
    assert await position(ACCOUNT, 1) == (head, True)
    assert await position(ACCOUNT, 0) == (head, False)
    assert await position(ACCOUNT, head + 1) == (head, False)


@pytest.mark.proves("device.resync")
async def test_a_device_whose_place_was_forgotten_starts_afresh(app: web.Application, database: Database) -> None:
    await fill_log(database, 10)
    await database.execute("DELETE FROM account_log WHERE seq <= 5")
    position = app[DELIVER].position
    assert await position(ACCOUNT, 4) == (10, False)
    assert await position(ACCOUNT, 5) == (10, True)
    await database.execute("DELETE FROM account_log")
    assert await position(ACCOUNT, 10) == (10, True)
    assert await position(ACCOUNT, 9) == (10, False)


async def test_the_missed_part_of_the_log_is_read_page_by_page_with_what_it_is_about(
    app: web.Application, database: Database
) -> None:
    await fill_log(database, PAGE)
    request = await ask(app)
    pages = [await app[DELIVER].log_after(ACCOUNT, cursor) for cursor in (0, PAGE, PAGE + 1)]
    assert [[happening.entry.seq for happening in page] for page in pages] == [list(range(1, PAGE + 1)), [PAGE + 1], []]
    assert pages[1][0].request == request


# The safety net ---------------------------------------------------------------------------------------------------


async def test_the_sweep_finds_what_no_hint_told(app: web.Application, other_app: web.Application) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        request = await ask(other_app)
        await app[DELIVER].sweep()
        await until(lambda: follower.numbers == [1])
        assert follower.happenings[0].request == request
        await app[DELIVER].sweep()
        assert follower.numbers == [1]


@pytest.mark.proves("ask.returns_the_answer")
async def test_the_sweep_wakes_a_call_whose_answer_came_to_another_process_and_collects_it(
    app: web.Application, other_app: web.Application
) -> None:
    hub = app[HUB]
    with hub.waiting(lambda: True) as waiter:
        ticket = await app[ASK].ask(ASKER, a_question(), waiter)
        await app[DELIVER].sweep()
        assert waiter.settled is None
        await other_app[ANSWER].answer(ADA, ticket.request.id, an_id(), "yes")
        await app[DELIVER].sweep()
        settled = await waiter.within(5)
    assert settled
    assert settled.state is State.ANSWERED
    saved = await app[REQUESTS].by_id(ticket.request.id)
    assert saved
    assert saved.collected
    assert not hub.is_awaited(ticket.request.id)


async def test_a_hint_that_a_request_is_resolved_wakes_the_call_that_waits_for_it(
    app: web.Application, other_app: web.Application
) -> None:
    with app[HUB].waiting(lambda: True) as waiter:
        ticket = await app[ASK].ask(ASKER, a_question(), waiter)
        settled = await other_app[ANSWER].answer(ADA, ticket.request.id, an_id(), "yes")
        resolved = an_entry(seq=2, type=EntryType.REQUEST_RESOLVED, subject=ticket.request.id)
        app[DELIVER].receive(Hint(ACCOUNT, resolved))
        outcome = await waiter.within(5)
    assert outcome
    assert replace(outcome, collected=False) == settled


async def test_who_watches_a_request_is_touched_by_everything_about_it(app: web.Application) -> None:
    request = RequestId(an_id())
    with app[HUB].watching(request) as changed:
        app[DELIVER].receive(Hint(ACCOUNT, an_entry(subject=request, type=EntryType.KEY_CREATED)))
        assert not changed.is_set()
        app[DELIVER].receive(Hint(ACCOUNT, an_entry(subject=request, type=EntryType.REQUEST_CLAIMED)))
        assert changed.is_set()


async def test_an_unreliable_bus_is_checked_more_often(app: web.Application) -> None:
    deliver = app[DELIVER]
    assert deliver.sweep_every_s == SWEEP_RELIABLE_S
    deliver._bus.reliable = False
    assert deliver.sweep_every_s == SWEEP_LOSSY_S < SWEEP_RELIABLE_S


async def test_a_catch_up_that_breaks_is_logged_and_the_next_one_works(
    app: web.Application, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        await note(app)
        await database.execute("ALTER TABLE account_log RENAME TO elsewhere")
        app[JOURNAL].nudge(ACCOUNT)
        await until(lambda: "delivery_interrupted" in caplog.text)
        await database.execute("ALTER TABLE elsewhere RENAME TO account_log")
        app[JOURNAL].nudge(ACCOUNT)
        await until(lambda: follower.numbers == [1])


async def test_closing_ends_what_is_being_read(app: web.Application) -> None:
    follower = Recorder()
    with app[HUB].following(ACCOUNT, follower) as channel:
        app[DELIVER].join(channel, 0)
        await note(app)
        app[JOURNAL].nudge(ACCOUNT)
        await app[DELIVER].close()
        assert not app[DELIVER]._tasks
        assert follower.numbers == []
