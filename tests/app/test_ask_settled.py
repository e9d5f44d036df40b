"""How a question ends when nobody answers it: taken back, or out of time."""

import asyncio
import datetime as dt

import pytest

from relay.services.keys import EXPIRY
from tests.app.asking import ASK, awaited, put, respond, shown
from tests.app.conftest import Relay

NOW = "2026-03-04T12:00:00.000Z"


@pytest.mark.proves("ask.cancel")
async def test_a_question_its_agent_takes_back_is_resolved_for_the_caller_and_on_the_devices(relay: Relay) -> None:
    phone = await relay.device()
    call = relay.agent.ask()
    card = (await phone.next("request.created"))["request"]
    reply = await relay.agent.delete(f"/api/v1/requests/{card['id']}")
    assert (reply.status, (await reply.json())["status"]) == (200, "cancelled")
    outcome = await (await call).json()
    assert (outcome["status"], outcome["response"], outcome["answered_by"]) == ("cancelled", None, None)
    assert outcome["detail"]
    event = await phone.next("request.resolved")
    assert (event["request_id"], event["status"], event["answered_by"]) == (card["id"], "cancelled", None)
    assert (await (await relay.owner.get("/api/v1/mobile/inbox")).json())["requests"] == []


async def test_the_owner_may_take_a_question_back_too(relay: Relay) -> None:
    asked = await put(relay.agent)
    assert (await relay.owner.delete(asked["links"]["self"])).status == 200
    assert (await shown(relay.agent, asked["request_id"]))["status"] == "cancelled"


async def test_what_is_settled_cannot_be_taken_back_and_says_how_it_ended(relay: Relay) -> None:
    answered, cancelled, expired = [await put(relay.agent, f"{n}?", timeout_seconds=n) for n in (900, 800, 5)]
    await respond(relay.owner, answered["request_id"], "Yes")
    await relay.agent.delete(cancelled["links"]["self"])
    relay.clock.forward(dt.timedelta(seconds=5))
    for asked, state, at, by in (
        (answered, "answered", NOW, relay.account_id),
        (cancelled, "cancelled", NOW, None),
        # Nobody swept it yet; the deadline counts.
        (expired, "expired", "2026-03-04T12:00:05.000Z", None),
    ):
        for who in (relay.agent, relay.owner):
            reply = await who.delete(asked["links"]["self"])
            refusal = await reply.json(content_type=None)
            assert (reply.status, refusal["code"]) == (409, "already_decided")
            assert (refusal["state"], refusal["at"], refusal.get("by")) == (state, at, by)


@pytest.mark.proves("ask.expires")
@pytest.mark.proves("ask.ceiling")
async def test_at_the_deadline_every_waiting_call_gets_a_typed_no_answer(relay: Relay) -> None:
    phone = await relay.device()
    call = relay.agent.ask(timeout_seconds=5000)
    card = (await phone.next("request.created"))["request"]
    poll = asyncio.create_task(relay.agent.get(f"/api/v1/requests/{card['id']}/wait"))
    await awaited(relay, card["id"], callers=2)
    relay.clock.forward(dt.timedelta(minutes=15, milliseconds=-1))
    assert await relay.app[EXPIRY].expire() == 0
    relay.clock.forward(dt.timedelta(milliseconds=1))
    assert await relay.app[EXPIRY].expire() == 1
    for reply in (await call, await poll):
        outcome = await reply.json()
        assert (reply.status, outcome["status"], outcome["response"]) == (200, "expired", None)
        assert (outcome["default_applied"], outcome["answered_by"], bool(outcome["detail"])) == (False, None, True)
    event = await phone.next("request.resolved")
    assert (event["request_id"], event["status"]) == (card["id"], "expired")


@pytest.mark.proves("answer.not_too_late")
async def test_past_the_deadline_no_door_takes_an_answer_whether_or_not_it_was_swept(relay: Relay) -> None:
    phone = await relay.device()
    asked = await put(relay.agent, timeout_seconds=5)
    request_id = asked["request_id"]
    relay.clock.forward(dt.timedelta(seconds=5))
    assert (await (await relay.owner.get("/api/v1/mobile/inbox")).json())["requests"] == []
    for _ in ("before the sweep", "after it"):
        for path, body in (
            (f"/api/v1/requests/{request_id}/respond", {"answer": "Yes"}),
            (
                f"/api/v1/mobile/requests/{request_id}/answer",
                {"answer": "Yes", "answer_id": "00000000-0000-7000-8000-000000000000"},
            ),
            (f"/api/v1/mobile/requests/{request_id}/claim", {}),
        ):
            refusal = await (await relay.owner.post(path, body)).json(content_type=None)
            assert (refusal["code"], refusal["state"]) == ("already_decided", "expired"), path
        await phone.answer(request_id, "Yes")
        refused = await phone.next("refused")
        assert (refused["code"], refused["state"], refused["at"]) == (
            "already_decided",
            "expired",
            "2026-03-04T12:00:05.000Z",
        )
        await relay.app[EXPIRY].expire()


async def test_asking_again_with_the_key_of_a_question_that_ran_out_says_so_again(relay: Relay) -> None:
    asked = await put(relay.agent, idempotency_key="k", timeout_seconds=5)
    relay.clock.forward(dt.timedelta(seconds=5))
    await relay.app[EXPIRY].expire()
    reply = await relay.agent.post(ASK, {"prompt": "Deploy to production?", "idempotency_key": "k"})
    again = await reply.json()
    assert (reply.status, again["request_id"], again["status"]) == (200, asked["request_id"], "expired")
