"""Who decides: the first valid answer, once, by whom and where; everybody else is told."""

import asyncio
import datetime as dt
from typing import Any
from uuid import uuid4

import pytest

from relay.services.keys import DATABASE
from tests.app.asking import put, shown
from tests.app.conftest import Device, Party, Relay

NOW = "2026-03-04T12:00:00.000Z"


async def verdict(device: Device) -> dict[str, Any]:
    """Return what the relay says to a device about its answer or claim."""
    async with asyncio.timeout(5):
        while True:
            frame: dict[str, Any] = await device.ws.receive_json()
            device.frames.append(frame)
            if frame["t"] in {"accepted", "refused"}:
                return frame


async def settle_down(device: Device) -> list[dict[str, Any]]:
    """Return all events a device was sent so far."""
    await device.send({"t": "ping"})
    await device.next("pong")
    return [frame for frame in device.frames if frame["t"] == "event"]


@pytest.mark.proves("answer.first_wins")
@pytest.mark.proves("device.dropped_card")
async def test_of_two_devices_that_answer_at_once_one_wins_and_the_other_is_told_who(relay: Relay) -> None:
    devices = [await relay.device("phone"), await relay.device("tablet")]
    call = relay.agent.ask(choices=["Yes", "No"])
    card = (await devices[0].next("request.created"))["request"]
    await asyncio.gather(
        *(device.answer(card["id"], word) for device, word in zip(devices, ("Yes", "No"), strict=True))
    )
    verdicts = await asyncio.gather(*(verdict(device) for device in devices))
    assert sorted(v["t"] for v in verdicts) == ["accepted", "refused"]
    winner = devices[[v["t"] for v in verdicts].index("accepted")]
    refused = next(v for v in verdicts if v["t"] == "refused")
    assert (refused["code"], refused["state"], refused["at"]) == ("already_decided", "answered", NOW)
    assert (refused["by"], refused["device"]) == (relay.account_id, winner.id)
    outcome = await (await call).json()
    assert (outcome["answered_by"]["device_id"], outcome["response"]) == (
        winner.id,
        "Yes" if winner is devices[0] else "No",
    )
    for device in devices:
        (resolved,) = [e for e in await settle_down(device) if e["type"] == "request.resolved"]
        assert (resolved["request_id"], resolved["status"]) == (card["id"], "answered")
        assert (resolved["device_id"], resolved["answered_at"]) == (winner.id, NOW)


async def test_of_many_answers_by_rest_at_once_exactly_one_wins(relay: Relay) -> None:
    asked = await put(relay.agent)
    path = f"/api/v1/mobile/requests/{asked['request_id']}/answer"
    replies = await asyncio.gather(
        *(relay.owner.post(path, {"answer": str(n), "answer_id": str(uuid4())}) for n in range(10))
    )
    assert sorted(reply.status for reply in replies) == [200] + [409] * 9
    won = [reply.status for reply in replies].index(200)
    assert (await shown(relay.agent, asked["request_id"]))["response"] == str(won)


@pytest.mark.proves("answer.valid")
async def test_an_answer_that_does_not_fit_is_refused_by_field_and_the_question_stays(relay: Relay) -> None:
    phone = await relay.device()
    wrong: list[tuple[dict[str, Any], list[Any]]] = [
        ({"choices": ["A", "B"]}, ["C", "a", "", True, 0, ["A"]]),
        ({"choices": ["A", "B"], "multiple": True}, ["A", [], ["A", "A"], ["C"], ["A", "C"]]),
        (
            {"number": {"minimum": 0, "maximum": 10, "integer": True}},
            [-1, 11, 1.5, "1", True, 10**400, float("nan"), float("inf")],
        ),
        ({"rating": {}}, [0, 6, 1.5, "5", True]),
        ({"boolean": True}, ["yes", 1, 0, "true"]),
        ({"text": {"min_length": 2, "max_length": 3}}, ["x", "xxxx", "", 5, True, ["xx"]]),
        ({}, ["x" * 10_001]),
    ]
    for number, (fields, answers) in enumerate(wrong):
        asked = await put(relay.agent, f"{number}?", **fields)
        for answer in answers:
            answer_id = await phone.answer(asked["request_id"], answer)
            refused = await verdict(phone)
            assert (refused["t"], refused["code"], refused["pointer"]) == ("refused", "invalid_input", "/answer"), (
                answer
            )
            assert (refused["request_id"], refused["answer_id"]) == (asked["request_id"], answer_id)
        assert (await shown(relay.owner, asked["request_id"]))["status"] == "pending"


@pytest.mark.proves("answer.repeatable")
async def test_the_same_answer_sent_again_is_accepted_again_and_is_one_event(relay: Relay) -> None:
    phone = await relay.device()
    asked = await put(relay.agent)
    answer_id = await phone.answer(asked["request_id"], "Yes")
    assert (await verdict(phone))["t"] == "accepted"
    for again in ("Yes", "something else"):
        await phone.answer(asked["request_id"], again, answer_id=answer_id)
        assert (await verdict(phone))["answer_id"] == answer_id
    path = f"/api/v1/mobile/requests/{asked['request_id']}/answer"
    reply = await relay.owner.post(path, {"answer": "Yes", "answer_id": answer_id})
    assert (reply.status, (await reply.json())["answered_at"]) == (200, NOW)
    assert [e["type"] for e in await settle_down(phone)].count("request.resolved") == 1
    assert (await shown(relay.agent, asked["request_id"]))["response"] == "Yes"


async def test_an_answer_by_rest_names_the_device_of_its_session(relay: Relay) -> None:
    phone = await relay.silent_device("phone")
    party = Party(relay.client, phone.token)
    asked = await put(relay.agent)
    path = f"/api/v1/mobile/requests/{asked['request_id']}"
    assert (await party.post(f"{path}/seen")).status == 204
    answer_id = str(uuid4())
    reply = await party.post(f"{path}/answer", {"answer": "Yes", "answer_id": answer_id, "comment": "go"})
    assert await reply.json() == {
        "request_id": asked["request_id"],
        "answer_id": answer_id,
        "status": "answered",
        "answered_at": NOW,
        "collected": False,
    }
    by = (await shown(relay.agent, asked["request_id"]))["answered_by"]
    assert (by["device_id"], by["device_name"]) == (phone.id, "phone")
    (card,) = (await (await relay.owner.get("/api/v1/mobile/history")).json())["requests"]
    assert (card["id"], card["status"], card["settled_at"]) == (asked["request_id"], "answered", NOW)
    assert (card["answer"]["value"], card["answer"]["comment"], card["answer"]["device_name"]) == ("Yes", "go", "phone")


@pytest.mark.proves("answer.claim")
async def test_a_claim_is_shown_on_the_other_devices_and_can_be_given_back(relay: Relay) -> None:
    phone, tablet = await relay.device("phone"), await relay.device("tablet")
    asked = await put(relay.agent)
    await phone.send({"t": "claim", "request_id": asked["request_id"], "seconds": 60})
    assert (await verdict(phone))["what"] == "claim"
    claimed = await tablet.next("request.claimed")
    assert (claimed["request_id"], claimed["by"]) == (asked["request_id"], relay.account_id)
    assert claimed["until"] == "2026-03-04T12:01:00.000Z"
    assert claimed["device_id"] == phone.id
    card = await relay.open_request()
    assert card["claim"] == {"by": relay.account_id, "until": "2026-03-04T12:01:00.000Z"}
    await phone.send({"t": "release", "request_id": asked["request_id"]})
    assert (await verdict(phone))["what"] == "release"
    assert (await tablet.next("request.released"))["request_id"] == asked["request_id"]
    assert (await relay.open_request())["claim"] is None


async def test_a_claim_never_outlasts_its_question(relay: Relay) -> None:
    asked = await put(relay.agent, timeout_seconds=30)
    reply = await relay.owner.post(f"/api/v1/mobile/requests/{asked['request_id']}/claim", {"seconds": 300})
    assert (await reply.json())["until"] == asked["expires_at"]


async def test_what_somebody_else_holds_is_refused_until_the_lease_is_over(relay: Relay) -> None:
    """Nobody else can be asked the same yet, so the other's claim is written into the row."""
    phone = await relay.device()
    asked = await put(relay.agent)
    other, until = uuid4(), relay.clock.now() + dt.timedelta(seconds=60)
    await relay.app[DATABASE].execute("UPDATE request SET claimed_by = $1, claimed_until = $2", other, until)
    for frame in (
        {"t": "claim", "request_id": asked["request_id"]},
        {"t": "answer", "request_id": asked["request_id"], "answer_id": str(uuid4()), "answer": "Yes"},
    ):
        await phone.send(frame)
        refused = await verdict(phone)
        assert (refused["code"], refused["by"]) == ("claimed", str(other))
        assert refused["until"] == "2026-03-04T12:01:00.000Z"
    relay.clock.forward(dt.timedelta(seconds=60))
    await phone.answer(asked["request_id"], "Yes")
    assert (await verdict(phone))["t"] == "accepted"


async def test_claims_and_releases_of_what_is_not_there_are_refused(relay: Relay) -> None:
    _, stranger = await relay.another_owner()
    phone = await relay.device()
    theirs, settled = await put(stranger), await put(relay.agent)
    await relay.agent.delete(settled["links"]["self"])
    for frame in ("claim", "release"):
        for request_id in (theirs["request_id"], str(uuid4())):
            await phone.send({"t": frame, "request_id": request_id})
            assert (await verdict(phone))["code"] == "not_found"
    await phone.send({"t": "claim", "request_id": settled["request_id"]})
    refused = await verdict(phone)
    assert (refused["code"], refused["state"]) == ("already_decided", "cancelled")
    await phone.answer(theirs["request_id"], "Yes")
    assert (await verdict(phone))["code"] == "not_found"
