"""One question, one request: idempotency keys, repeated questions, and asks that race."""

import asyncio
import datetime as dt

import pytest

from relay.services.keys import EXPIRY
from tests.app.asking import ASK, awaited, put, respond
from tests.app.conftest import Relay


@pytest.mark.proves("ask.idempotency_key")
async def test_the_same_key_is_the_same_request_and_returns_its_answer_again_and_again(relay: Relay) -> None:
    in_body = await put(relay.agent, idempotency_key="deploy-7")
    reply = await relay.agent.post(
        ASK, {"prompt": "Deploy to production?", "wait": 0}, headers={"Idempotency-Key": "deploy-7"}
    )
    assert (await reply.json())["request_id"] == in_body["request_id"]
    await respond(relay.owner, in_body["request_id"], "Yes")
    for _ in range(3):
        again = await relay.agent.post(ASK, {"prompt": "Deploy to production?", "idempotency_key": "deploy-7"})
        body = await again.json()
        assert (again.status, body["request_id"], body["response"]) == (200, in_body["request_id"], "Yes")


async def test_two_keys_are_two_requests_though_the_question_is_the_same(relay: Relay) -> None:
    asked = [await put(relay.agent, idempotency_key=key) for key in ("a", "b")] + [await put(relay.agent)]
    assert len({request["request_id"] for request in asked}) == 3


async def test_a_key_in_body_and_header_must_be_the_same_one(relay: Relay) -> None:
    for key, status in (("one", 202), ("two", 400)):
        body = {"prompt": "?", "wait": 0, "idempotency_key": "one"}
        reply = await relay.agent.post(ASK, body, headers={"Idempotency-Key": key})
        assert reply.status == status
    assert (await reply.json(content_type=None))["pointer"] == "/idempotency_key"


@pytest.mark.proves("ask.key_reused")
async def test_a_key_used_for_another_question_is_refused(relay: Relay) -> None:
    asked = await put(relay.agent, "Deploy?", idempotency_key="k")
    for other in (
        {"prompt": "Delete?"},
        {"prompt": "Deploy?", "choices": ["Y"]},
        {"prompt": "Deploy?", "danger": True},
    ):
        reply = await relay.agent.post(ASK, {**other, "idempotency_key": "k"})
        assert (reply.status, (await reply.json(content_type=None))["code"]) == (409, "idempotency_key_reused")
    notified = await relay.agent.post("/api/v1/hitl/notify", {"message": "Deploy?", "idempotency_key": "k"})
    assert notified.status == 409
    assert (await relay.open_request())["id"] == asked["request_id"]


async def test_a_key_is_one_agents_own(relay: Relay) -> None:
    _, stranger = await relay.another_owner()
    ours = await put(relay.agent, "Deploy?", idempotency_key="k")
    theirs = await put(stranger, "Delete?", idempotency_key="k")
    assert ours["request_id"] != theirs["request_id"]


@pytest.mark.proves("ask.same_content_reattaches")
async def test_the_same_question_asked_twice_at_once_is_one_card_and_both_calls_return(relay: Relay) -> None:
    phone = await relay.device()
    calls = [relay.agent.ask(choices=["Yes", "No"]) for _ in range(5)]
    card = await relay.open_request()
    await awaited(relay, card["id"], callers=5)
    await phone.answer(card["id"], "Yes")
    outcomes = [await (await call).json() for call in calls]
    assert {(o["request_id"], o["response"]) for o in outcomes} == {(card["id"], "Yes")}
    await phone.next("request.resolved")
    assert [f["type"] for f in phone.frames if f["t"] == "event"].count("request.created") == 1


async def test_a_question_that_differs_in_anything_shown_is_another_card(relay: Relay) -> None:
    different = [
        {},
        {"choices": ["Yes", "No"]},
        {"choices": ["No", "Yes"]},
        {"context": "now"},
        {"danger": True},
        {"default_response": "no"},
        {"kind": "approval"},
        {"action": {"tool": "t"}},
        {"action": {"tool": "t", "arguments": {"a": 1}}},
    ]
    asked = [await put(relay.agent, **fields) for fields in different]
    assert len({request["request_id"] for request in asked}) == len(different)


@pytest.mark.proves("ask.collected_is_done")
async def test_a_question_whose_answer_was_collected_is_asked_anew(relay: Relay) -> None:
    call = relay.agent.ask()
    card = await relay.open_request()
    await awaited(relay, card["id"])
    await respond(relay.owner, card["id"], "Yes")
    assert (await (await call).json())["response"] == "Yes"
    assert (await put(relay.agent))["request_id"] != card["id"]


async def test_a_question_that_was_cancelled_or_ran_out_is_asked_anew(relay: Relay) -> None:
    cancelled = await put(relay.agent)
    await relay.agent.delete(f"/api/v1/requests/{cancelled['request_id']}")
    expired = await put(relay.agent, timeout_seconds=5)
    relay.clock.forward(dt.timedelta(seconds=5))
    # Past its deadline, whether or not the sweep has been there.
    fresh = await put(relay.agent)
    await relay.app[EXPIRY].expire()
    assert len({asked["request_id"] for asked in (cancelled, expired, fresh)}) == 3
    assert (await relay.open_request())["id"] == fresh["request_id"]


async def test_many_different_questions_at_once_each_get_their_own_answer(relay: Relay) -> None:
    calls = [relay.agent.ask(f"{n}?") for n in range(50)]
    phone = await relay.device(cursor=0)
    for _ in calls:
        card = (await phone.next("request.created"))["request"]
        await phone.answer(card["id"], card["prompt"])
    outcomes = [await reply.json() for reply in await asyncio.gather(*calls)]
    assert [outcome["response"] for outcome in outcomes] == [f"{n}?" for n in range(50)]
