"""The outbox under trouble: senders that die, two at once, providers that fail, tokens that are dead."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from push.breaker import FAILURES
from push.keys import PUSH_WORKER
from relay.services.keys import DATABASE
from tests.push.conftest import MakePushRelay, PushRelay
from tests.waiting import until

SECOND = dt.timedelta(seconds=1)


@pytest.mark.proves("push.replaced")
async def test_an_answer_during_the_sending_is_told_when_that_is_over(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    asked = await pushing.put()
    pushing.service.delay_s = 0.2
    await pushing.relay.app[PUSH_WORKER].take()
    await until(lambda: pushing.service.requests)
    await pushing.answer(asked["request_id"])
    await until(lambda: phone.shown)
    await until(lambda: not pushing.relay.app[PUSH_WORKER]._under_way)
    await pushing.work()
    assert [m["op"] for m in phone.shown] == ["ask", "closed"]


@pytest.mark.proves("push.sent_once")
async def test_two_workers_send_each_push_once(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    worker, other = pushing.relay.app[PUSH_WORKER], pushing.another_worker()
    asked = [(await pushing.put(f"{n}?"))["request_id"] for n in range(8)]
    await asyncio.gather(worker.work_off(), other.work_off())
    assert sorted(m["id"] for m in phone.shown) == sorted(asked)


@pytest.mark.proves("push.sent_once")
async def test_many_answers_and_pushes_at_once_neither_lose_nor_lock(pushing: PushRelay) -> None:
    """Every question is answered while its push is on the way; nothing may wait for a lock for ever."""
    phones = [await pushing.pocket(f"phone {n}") for n in range(3)]
    worker = pushing.relay.app[PUSH_WORKER]

    async def one(n: int) -> None:
        asked = await pushing.put(f"{n}?")
        await worker.take()
        await pushing.answer(asked["request_id"])

    await asyncio.gather(*(one(n) for n in range(12)))
    await until(lambda: not worker._under_way)
    for _ in range(8):
        await pushing.work()
        pushing.clock.forward(11 * SECOND)
    left = await pushing.relay.app[DATABASE].fetch("SELECT * FROM push_outbox WHERE due_at IS NOT NULL OR leased")
    assert left == []
    open_on_screen = {m["tag"] for p in phones for m in p.notifications if not m.get("silent")}
    for phone in phones:
        last = {n["tag"]: n.get("silent", False) for n in phone.notifications}
        assert all(last.values()), (open_on_screen, last)


@pytest.mark.proves("push.retry")
async def test_what_was_not_taken_is_sent_again_but_not_before_it_may(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.put()
    pushing.service.script.append((429, {"Retry-After": "40"}))
    await pushing.work()
    pushing.clock.forward(39 * SECOND)
    await pushing.work()
    assert phone.shown == []
    pushing.clock.forward(SECOND)
    await pushing.work()
    assert len(phone.shown) == 1


@pytest.mark.proves("push.deadline")
async def test_nothing_is_tried_again_past_the_deadline(pushing: PushRelay) -> None:
    await pushing.pocket()
    asked = await pushing.put(timeout_seconds=60)
    pushing.service.script.append((503, {"Retry-After": "58"}))
    await pushing.work()
    assert ("failed", "webpush 503") in await pushing.steps(asked["request_id"], count=2)
    assert [row["due_at"] for row in await pushing.rows()] == [None]


@pytest.mark.parametrize("trouble", ["drop", (500, {}), (503, {"Retry-After": "1"}), (408, {})])
async def test_one_failure_of_the_push_service_costs_time_and_nothing_else(pushing: PushRelay, trouble: Any) -> None:
    phone = await pushing.pocket()
    await pushing.put()
    pushing.service.script.append(trouble)
    await pushing.work()
    pushing.clock.forward(5 * SECOND)
    await pushing.work()
    assert len(phone.shown) == 1


@pytest.mark.proves("push.dead_token")
async def test_a_browser_that_unsubscribed_is_not_called_again(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    phone.subscription.gone = True
    asked = await pushing.put("One?")
    assert asked["delivery"] == "push"
    await pushing.work()
    calls = pushing.service.requests
    assert (await pushing.put("Two?"))["delivery"] == "none"
    await pushing.work()
    assert pushing.service.requests == calls
    assert ("failed", "webpush 410") in await pushing.steps(asked["request_id"], count=2)
    health = await phone.health()
    assert health is not None
    assert (health["state"], health["code"]) == ("dead", "410")
    phone.subscription.gone = False
    await phone.register()
    assert (await pushing.put("Three?"))["delivery"] == "push"
    await pushing.work()
    assert len(phone.shown) == 1


@pytest.mark.proves("push.guarded")
async def test_an_address_in_the_relays_own_network_is_never_called(make_push_relay: MakePushRelay) -> None:
    pushing = await make_push_relay()
    phone = await pushing.pocket(registered=False)
    phone.subscription.endpoint = "https://10.0.0.1/wpush/v2/x"
    await phone.register()
    await pushing.put()
    await pushing.work()
    health = await phone.health()
    assert health is not None
    assert (health["state"], health["code"]) == ("dead", "address_refused")


@pytest.mark.proves("push.breaker")
async def test_a_push_service_that_is_down_is_left_alone_and_tried_again(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    pushing.service.script.extend([(503, {})] * FAILURES)
    for n in range(FAILURES + 2):
        await pushing.put(f"{n}?")
    await pushing.work()
    called = pushing.service.requests
    assert called < 2 * FAILURES
    for _ in range(4):
        await pushing.work()
    assert pushing.service.requests == called
    for _ in range(8):
        pushing.clock.forward(10 * SECOND)
        await pushing.work()
    assert len({m["id"] for m in phone.shown}) == FAILURES + 2


@pytest.mark.proves("push.moved_token")
async def test_a_browser_that_changes_hands_is_woken_for_its_new_owner_only(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    stranger, their_agent = await pushing.relay.another_owner()
    theirs = await (await stranger.post("/api/v1/mobile/devices", {"name": "bought", "kind": "browser"})).json()
    body = phone.subscription.json()
    assert (await stranger.post(f"/api/v1/mobile/devices/{theirs['device_id']}/push", body)).status == 204
    assert (await pushing.put("Ada's?"))["delivery"] == "none"
    await their_agent.post("/api/v1/hitl/request", {"prompt": "Theirs?", "wait": 0})
    await pushing.work()
    assert len(phone.shown) == 1


async def test_a_revoked_device_is_not_woken(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.put()
    await pushing.relay.owner.delete(f"/api/v1/mobile/devices/{phone.id}")
    await pushing.work()
    assert phone.shown == []
    assert (await pushing.put("Two?"))["delivery"] == "none"


@pytest.mark.proves("push.drain")
async def test_a_stop_lets_what_is_under_way_end(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await pushing.put()
    pushing.service.delay_s = 0.2
    worker = pushing.relay.app[PUSH_WORKER]
    await worker.take()
    await worker.drain()
    assert len(phone.shown) == 1


async def test_the_loop_sends_by_itself(make_push_relay: MakePushRelay) -> None:
    pushing = await make_push_relay(loops=True)
    phone = await pushing.pocket()
    await pushing.put()
    await until(lambda: phone.shown)
