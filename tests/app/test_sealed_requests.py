"""Sealed requests through the doors: the same calls, with ciphertext where the words would be."""

import asyncio
import datetime as dt
import json
from typing import Any
from uuid import uuid4

import pytest

from relay.domain.request import MAX_WAIT
from relay.services.keys import EXPIRY, HEARTBEATS
from tests.app.asking import RawCall, awaited, shown
from tests.app.conftest import Relay
from tests.app.sealing import ASK, a_box, an_envelope, seal

WORDLESS = {"prompt": "", "context": "", "form": None, "danger": False, "action": None, "default": None}


@pytest.mark.proves("sealed.twins")
@pytest.mark.parametrize("path", [ASK, "/api/v1/hitl/complete/e2ee"])
async def test_the_agent_waits_and_gets_the_sealed_answer(relay: Relay, path: str) -> None:
    phone = await relay.device()
    body = {"encrypted_payload": a_box(1), "priority": "high"}
    call = asyncio.create_task(relay.agent.post(path, body))
    card = (await phone.next("request.created"))["request"]
    await phone.send({"t": "answer", "request_id": card["id"], "answer_id": str(uuid4()), "sealed": a_box(2)})
    await phone.next("accepted")
    reply = await (await call).json()
    assert (reply["status"], reply["encrypted_response"], reply["response"]) == ("answered", a_box(2), None)
    assert (reply["answered_by"]["name"], reply["reattached"], reply["receipt"]) == ("Ada", False, None)


@pytest.mark.proves("sealed.card")
@pytest.mark.parametrize(("payload", "version"), [(a_box(1), 1), (an_envelope(1), 2)])
async def test_a_card_has_the_ciphertext_its_visible_facts_and_no_words(
    relay: Relay, payload: str, version: int
) -> None:
    phone = await relay.device()
    await seal(relay.agent, payload, kind="approval", reply="text", priority="urgent")
    card = (await phone.next("request.created"))["request"]
    assert card["sealed"] == {"payload": payload, "version": version, "reply": "text"}
    assert {name: card[name] for name in WORDLESS} == WORDLESS
    assert (card["kind"], card["priority"], card["agent"]["name"]) == ("approval", "urgent", "deploy-bot")
    assert (await relay.open_request())["sealed"] == card["sealed"]


async def test_a_card_in_words_says_that_it_is_not_sealed(relay: Relay) -> None:
    phone = await relay.device()
    call = relay.agent.ask()
    card = (await phone.next("request.created"))["request"]
    assert card["sealed"] is None
    await phone.answer(card["id"], "yes")
    reply = await (await call).json()
    assert (reply["response"], reply["encrypted_response"]) == ("yes", None)


async def test_a_settled_card_has_the_sealed_answer_for_the_other_devices(relay: Relay) -> None:
    asked = await seal(relay.agent, an_envelope(1))
    answer = {"answer_id": str(uuid4()), "sealed": an_envelope(2)}
    path = f"/api/v1/mobile/requests/{asked['request_id']}"
    reply = await (await relay.owner.post(f"{path}/answer", answer)).json()
    assert reply["status"] == "answered"
    said = (await (await relay.owner.get(path)).json())["answer"]
    assert (said["value"], said["comment"], said["sealed"], said["receipt"]) == (None, "", an_envelope(2), None)
    history = await (await relay.owner.get("/api/v1/mobile/history")).json()
    assert history["requests"][0]["answer"]["sealed"] == an_envelope(2)


@pytest.mark.proves("sealed.one_way")
async def test_an_answer_in_the_wrong_way_is_refused_and_leaves_the_request_open(relay: Relay) -> None:
    sealed, plain = await seal(relay.agent), await (await relay.agent.post(PLAIN, {"prompt": "?", "wait": 0})).json()
    for asked, wrong in ((sealed, {"answer": "yes"}), (plain, {"sealed": a_box()}), (sealed, {"sealed": "yes"})):
        path = f"/api/v1/mobile/requests/{asked['request_id']}/answer"
        reply = await relay.owner.post(path, {"answer_id": str(uuid4()), **wrong})
        assert (reply.status, (await reply.json(content_type=None))["pointer"]) == (400, "/sealed")
    respond = await relay.owner.post(f"/api/v1/requests/{sealed['request_id']}/respond", {"answer": "yes"})
    assert respond.status == 400
    assert (await shown(relay.agent, sealed["request_id"]))["status"] == "pending"


PLAIN = "/api/v1/hitl/request"


@pytest.mark.proves("sealed.dedupe")
async def test_the_same_question_sealed_anew_joins_the_one_that_is_open(relay: Relay) -> None:
    first = await seal(relay.agent, a_box(1), dedupe_key="deploy?")
    again = await seal(relay.agent, a_box(2), dedupe_key="deploy?")
    other = await seal(relay.agent, a_box(1), dedupe_key="roll back?")
    assert (again["request_id"], again["reattached"]) == (first["request_id"], True)
    assert (first["reattached"], other["request_id"] != first["request_id"]) == (False, True)
    card = await (await relay.owner.get(f"/api/v1/mobile/requests/{first['request_id']}")).json()
    assert card["sealed"]["payload"] == a_box(1)


async def test_a_dedupe_key_is_the_agents_own_and_that_of_one_kind_of_question(relay: Relay) -> None:
    _, stranger = await relay.another_owner()
    ids = {
        (await seal(relay.agent, dedupe_key="x"))["request_id"],
        (await seal(relay.agent, dedupe_key="x", kind="approval"))["request_id"],
        (await seal(stranger, dedupe_key="x"))["request_id"],
        (await (await relay.agent.post(PLAIN, {"prompt": "x", "wait": 0})).json())["request_id"],
    }
    assert len(ids) == 4


async def test_without_a_dedupe_key_only_the_very_same_ciphertext_is_the_same_question(relay: Relay) -> None:
    first, again, other = [await seal(relay.agent, a_box(n)) for n in (1, 1, 2)]
    assert again["request_id"] == first["request_id"] != other["request_id"]


async def test_an_idempotency_key_holds_though_the_ciphertext_differs(relay: Relay) -> None:
    first = await seal(relay.agent, a_box(1), idempotency_key="one")
    again = await seal(relay.agent, a_box(2), idempotency_key="one")
    assert (again["request_id"], again["reattached"]) == (first["request_id"], True)


@pytest.mark.proves("sealed.dedupe")
async def test_with_a_dedupe_key_the_other_key_names_the_call(relay: Relay) -> None:
    first = await seal(relay.agent, a_box(1), dedupe_key="deploy?", idempotency_key="one")
    other = await seal(relay.agent, a_box(2), dedupe_key="deploy?", idempotency_key="two")
    assert (other["request_id"], other["reattached"]) == (first["request_id"], True)
    answer = {"answer_id": str(uuid4()), "sealed": a_box(3)}
    path = f"/api/v1/mobile/requests/{first['request_id']}/answer"
    assert (await relay.owner.post(path, answer)).status == 200
    for _ in range(2):  # a call whose reply was lost asks again, though its answer counts as collected
        body = {"encrypted_payload": a_box(4), "dedupe_key": "deploy?", "idempotency_key": "one"}
        again = await (await relay.agent.post(ASK, body)).json()
        assert (again["request_id"], again["encrypted_response"]) == (first["request_id"], a_box(3))
    third = await seal(relay.agent, a_box(5), dedupe_key="deploy?", idempotency_key="three")
    assert third["request_id"] != first["request_id"]


@pytest.mark.proves("sealed.twins")
async def test_a_sealed_request_expires_without_an_answer(relay: Relay) -> None:
    call = asyncio.create_task(relay.agent.post(ASK, {"encrypted_payload": a_box()}))
    request_id = (await relay.open_request())["id"]
    await awaited(relay, request_id)
    relay.clock.forward(MAX_WAIT)
    await relay.app[EXPIRY].expire()
    reply = await (await call).json()
    assert (reply["status"], reply["encrypted_response"]) == ("expired", None)


@pytest.mark.proves("sealed.twins")
async def test_a_sealed_request_is_cut_to_the_ceiling_waited_for_by_its_id_and_cancelled(relay: Relay) -> None:
    asked = await seal(relay.agent, timeout_seconds=5_000)
    lasts = dt.datetime.fromisoformat(asked["expires_at"]) - dt.datetime.fromisoformat(asked["created_at"])
    assert (asked["ceiling_applied"], lasts) == (True, MAX_WAIT)
    waiting = asyncio.create_task(relay.agent.get(asked["links"]["wait"]))
    await awaited(relay, asked["request_id"])
    gone = await (await relay.agent.delete(asked["links"]["self"])).json()
    assert (gone["status"], (await (await waiting).json())["status"]) == ("cancelled", "cancelled")


@pytest.mark.proves("sealed.twins")
async def test_a_long_wait_is_kept_alive_by_spaces(relay: Relay) -> None:
    call = await RawCall.post(relay, ASK, {"encrypted_payload": a_box()})
    await call.head()
    for tick in range(relay.app[HEARTBEATS].interval_s):
        await relay.app[HEARTBEATS].beat(tick)
    assert await call.chunk() == b" "
    answer = {"answer_id": str(uuid4()), "sealed": a_box(2)}
    await relay.owner.post(f"/api/v1/mobile/requests/{call.headers['hitl-request-id']}/answer", answer)
    assert json.loads(await call.chunk())["encrypted_response"] == a_box(2)
    await call.close()


async def test_a_sealed_notification_is_posted(relay: Relay) -> None:
    phone = await relay.device()
    sent = await (await relay.agent.post("/api/v1/hitl/notify/e2ee", {"encrypted_payload": a_box(3)})).json()
    assert (sent["status"], sent["delivery"]) == ("sent", "live")
    card = (await phone.next("notification"))["request"]
    assert (card["id"], card["sealed"]["payload"], card["prompt"]) == (sent["request_id"], a_box(3), "")


async def test_the_agents_own_listing_has_the_sealed_answer(relay: Relay) -> None:
    asked = await seal(relay.agent)
    answer: dict[str, Any] = {"answer_id": str(uuid4()), "sealed": a_box(9)}
    await relay.owner.post(f"/api/v1/mobile/requests/{asked['request_id']}/answer", answer)
    listed = await (await relay.agent.get("/api/v1/requests?uncollected=true")).json()
    assert listed["requests"][0]["encrypted_response"] == a_box(9)
