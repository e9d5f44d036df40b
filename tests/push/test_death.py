"""A worker that dies, at each step of a push: nothing is lost, and no device shows anything twice."""

from collections.abc import Awaitable, Callable

import pytest

from push.store.outbox import LEASE, Outbox
from push.worker import Worker
from relay.services.keys import DATABASE
from tests.push.conftest import Pocket, PushRelay
from tests.waiting import until


async def claimed(pushing: PushRelay) -> None:
    """It has its lease, and did nothing yet."""
    assert await Outbox(pushing.relay.app[DATABASE]).claim(pushing.clock.now(), 10)


async def sending(pushing: PushRelay) -> None:
    """The push service has the request, and does not answer."""
    pushing.service.script.append("stall")
    worker, before = pushing.another_worker(), pushing.service.requests
    await worker.take()
    await until(lambda: pushing.service.requests > before)
    await _die(worker)


async def cut_off(pushing: PushRelay) -> None:
    """The connection broke, and the worker before it could note that."""
    pushing.service.script.append("drop")
    await _taken(pushing)


async def taken(pushing: PushRelay) -> None:
    """The push service took it, and that is nowhere written."""
    await _taken(pushing)


async def taken_twice(pushing: PushRelay) -> None:
    """It died twice at the same push."""
    await taken(pushing)
    pushing.clock.forward(LEASE)
    await taken(pushing)


STEPS = [claimed, sending, cut_off, taken, taken_twice]


@pytest.mark.proves("push.at_least_once")
@pytest.mark.parametrize("dies", STEPS)
async def test_a_question_is_shown_whatever_step_its_worker_dies_at(
    pushing: PushRelay, dies: Callable[[PushRelay], Awaitable[None]]
) -> None:
    phone = await pushing.pocket()
    asked = await pushing.put()
    await dies(pushing)
    before = len(phone.shown)
    await pushing.work()
    assert len(phone.shown) == before  # the lease is somebody's
    await _taken_over(pushing)
    assert _screen(phone) == {asked["request_id"]: "ask"}
    assert len(await pushing.rows()) == 1


@pytest.mark.proves("push.at_least_once")
@pytest.mark.parametrize("dies", STEPS)
async def test_a_question_is_taken_back_whatever_step_its_worker_dies_at(
    pushing: PushRelay, dies: Callable[[PushRelay], Awaitable[None]]
) -> None:
    phone = await pushing.pocket()
    asked = await pushing.put()
    await pushing.work()
    await pushing.answer(asked["request_id"])
    await dies(pushing)
    await _taken_over(pushing)
    assert _screen(phone) == {asked["request_id"]: "closed"}


@pytest.mark.proves("push.at_least_once")
@pytest.mark.parametrize("dies", STEPS)
async def test_what_is_answered_while_its_worker_is_dead_is_not_left_on_the_screen(
    pushing: PushRelay, dies: Callable[[PushRelay], Awaitable[None]]
) -> None:
    phone = await pushing.pocket()
    asked = await pushing.put()
    await dies(pushing)
    await pushing.answer(asked["request_id"])
    await _taken_over(pushing)
    assert set(_screen(phone).items()) <= {(asked["request_id"], "closed")}


async def _taken(pushing: PushRelay) -> None:
    """Let a worker send and die before it can settle: its outbox was never started, and writes nothing."""
    worker, before = pushing.another_worker(Outbox(pushing.relay.app[DATABASE])), pushing.service.requests
    await worker.take()
    await until(lambda: not worker._under_way)
    assert pushing.service.requests > before


async def _die(worker: Worker) -> None:
    for task in tuple(worker._under_way):
        task.cancel()
    await until(lambda: not worker._under_way)


async def _taken_over(pushing: PushRelay) -> None:
    """Let the lease run out, and everything that comes of it be done."""
    for _ in range(3):
        pushing.clock.forward(LEASE)
        await pushing.work()
    assert [row["due_at"] for row in await pushing.rows() if row["due_at"]] == []


def _screen(phone: Pocket) -> dict[str, str]:
    """Return what the device shows in the end: of each tag the last."""
    last = {note["tag"]: facts for facts, note in zip(phone.shown, phone.notifications, strict=True)}
    return {facts["id"]: facts["op"] for facts in last.values()}
