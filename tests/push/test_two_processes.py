"""Two relays on one database, as when one is being replaced by another: what is sent stays right."""

import asyncio
from collections.abc import AsyncIterator

import pytest
from aiohttp import web

from hitl_relay.app import SETTINGS, create_app
from push.keys import PUSH_WORKER
from push.policy import BURST
from push.worker import Worker
from relay.kernel.settings import Secret
from tests.push.conftest import PushRelay


@pytest.fixture
async def other(pushing: PushRelay, database_url: Secret) -> AsyncIterator[Worker]:
    """The second relay's worker."""
    app = create_app(pushing.relay.app[SETTINGS], database_url, clock=pushing.clock, loops=False)
    runner = web.AppRunner(app)
    await runner.setup()
    yield app[PUSH_WORKER]
    await runner.cleanup()


@pytest.mark.proves("push.sent_once")
async def test_each_push_and_each_taking_back_is_sent_once(pushing: PushRelay, other: Worker) -> None:
    phones = [await pushing.pocket(f"phone {n}") for n in range(3)]
    asked = [(await pushing.put(f"{n}?"))["request_id"] for n in range(BURST)]
    await _both(pushing, other)
    for request in asked:
        await pushing.answer(request)
    await _both(pushing, other)
    for phone in phones:
        told = sorted((facts["id"], facts["op"]) for facts in phone.shown)
        assert told == sorted((request, op) for request in asked for op in ("ask", "closed"))


@pytest.mark.proves("push.dead_token")
async def test_an_address_one_found_dead_the_other_does_not_call(pushing: PushRelay, other: Worker) -> None:
    phone = await pushing.pocket()
    phone.subscription.gone = True
    await pushing.put("One?")
    await pushing.work()
    calls = pushing.service.requests
    await pushing.put("Two?")
    await other.work_off()
    assert pushing.service.requests == calls


@pytest.mark.proves("push.coalesced")
async def test_a_burst_that_both_work_on_ends_in_one_notification_with_the_right_count(
    pushing: PushRelay, other: Worker
) -> None:
    phone = await pushing.pocket()
    asked = [await pushing.put(f"{n}?") for n in range(3 * BURST)]
    await _both(pushing, other)
    # Each process counts what it sent itself; what waits is counted in the database.
    assert sum(facts["op"] == "ask" for facts in phone.shown) <= 2 * BURST
    summaries = [facts for facts in phone.shown if facts["op"] == "summary"]
    assert {(facts["id"], facts["count"]) for facts in summaries} == {(summaries[0]["id"], len(asked))}


async def _both(pushing: PushRelay, other: Worker) -> None:
    await asyncio.gather(pushing.relay.app[PUSH_WORKER].work_off(), other.work_off())
