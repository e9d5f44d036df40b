"""Decision receipts: checked before an answer is taken, handed to the agent, shown with the card, proved offline."""

import asyncio
from typing import Any
from uuid import uuid4

import pytest

from hitl_cli.sealed import log_entries
from hitl_cli.sealed.answer import read_answer
from hitl_cli.sealed.canon import b64
from hitl_cli.sealed.keys import DeviceKey
from hitl_cli.sealed.proof import check_proof
from hitl_cli.sealed.receipt import Decision, Said
from tests.app.asking import put, shown
from tests.app.conftest import Device, Relay
from tests.app.sealing import a_box, seal
from tests.sealed_home import CHANCE, Home, KeyedDevice

NASTY = {
    "context": "**line**\nseparator\u2028, bell \u0007, \U0001f680 and \ufb33",
    "choices": ["Ja \u2764\ufe0f", "Nein"],
    "kind": "approval",
    "danger": True,
    "action": {"tool": "pay", "arguments": {"\U0001f600": 1e21, "id": 9007199254740993, "\ufb33": [1.0, -0.0, None]}},
}


@pytest.fixture
async def home(relay: Relay) -> Home:
    return await Home.begin(relay)


async def card_of(home: Home, request_id: str) -> dict[str, Any]:
    card: dict[str, Any] = await (await home.phone.party.get(f"/api/v1/mobile/requests/{request_id}")).json()
    return card


def sent(decision: Decision, **over: Any) -> dict[str, Any]:
    return {"receipt": decision.receipt, "sig": decision.sig, "salt": decision.salt} | over


@pytest.mark.proves("receipt.plain")
@pytest.mark.parametrize(
    ("question", "value"),
    [
        ({}, "yes"),
        (NASTY, "Ja \u2764\ufe0f"),
        ({"choices": ["a", "b", "c"], "multiple": True}, ["a", "c"]),
        ({"number": {"minimum": 0.5, "maximum": 1e22}}, 1.5),
        ({"number": {"integer": True}}, 7.0),
        ({"rating": {"minimum": 1, "maximum": 5}}, 4),
        ({"boolean": True}, False),
    ],
)
async def test_the_agent_gets_the_receipt_of_a_plain_answer_and_anybody_can_check_its_proof(
    home: Home, question: dict[str, Any], value: Any
) -> None:
    asked = await put(home.relay.agent, "Deploy to production?", **question)
    card = await card_of(home, asked["request_id"])
    decision = home.decide(card, Said(value, "go"))
    body = {"answer": value, "comment": "go", "receipt": sent(decision)}
    reply = await home.respond(card, body)
    assert reply.status == 200, await reply.text()
    told = await shown(home.relay.agent, card["id"])
    assert told["receipt"] == sent(decision)
    assert (await card_of(home, card["id"]))["answer"]["receipt"] == sent(decision)
    for who in (home.relay.agent, home.phone.party):
        proof = await (await who.get(f"/api/v1/requests/{card['id']}/proof")).json()
        verdict = check_proof(proof, home.known.root)
        assert verdict.said == Said(value, "go")
        assert (verdict.device and verdict.device.device_id) == home.phone.id
        assert (verdict.asked or {})["prompt"] == "Deploy to production?"


@pytest.mark.proves("receipt.sealed")
async def test_a_sealed_answer_carries_its_receipt_inside_and_beside(home: Home) -> None:
    question = home.seal("Deploy?")
    body = {"encrypted_payload": question.payload}
    call = asyncio.create_task(home.relay.agent.post("/api/v1/hitl/request/e2ee", body))
    card = await home.relay.open_request()
    await home.answer(card, "Yes")
    reply = await (await call).json()
    answered = read_answer(
        reply["encrypted_response"],
        agent=home.agent,
        log=home.known,
        id=question.id,
        name=question.name,
        request_id=reply["request_id"],
    )
    assert reply["receipt"] == {"receipt": answered.decision.receipt, "sig": answered.decision.sig}
    proof = await (await home.relay.agent.get(f"/api/v1/requests/{card['id']}/proof")).json()
    assert (proof.get("asked"), proof.get("answer"), proof.get("salt")) == (None, None, None)
    check_proof(proof, home.known.root)


async def test_a_version_1_answer_may_have_a_receipt_about_the_ciphertext(home: Home) -> None:
    asked = await seal(home.relay.agent, a_box(1))
    card = await card_of(home, asked["request_id"])
    decision = home.decide(card, Said("yes"))
    receipt = {"receipt": decision.receipt, "sig": decision.sig}
    with_salt = await home.respond(card, {"sealed": a_box(2), "receipt": sent(decision)})
    assert (await with_salt.json(content_type=None))["pointer"] == "/receipt/salt"
    assert (await home.respond(card, {"sealed": a_box(2), "receipt": receipt})).status == 200
    assert (await shown(home.relay.agent, card["id"]))["receipt"] == receipt


@pytest.mark.proves("receipt.refused")
async def test_an_answer_whose_receipt_is_wrong_is_refused_and_the_request_stays_open(home: Home) -> None:
    other = await put(home.relay.agent, "Another question?")
    asked = await put(home.relay.agent, "Deploy?")
    card, said = await card_of(home, asked["request_id"]), Said("yes")
    good, tablet = home.decide(card, said), await home.join()
    evil = KeyedDevice(home.phone.party, home.phone.id, DeviceKey.make(CHANCE), "evil")
    there = {"request_id": other["request_id"]}
    wrong: list[tuple[dict[str, Any], str]] = [
        (sent(good, sig=b64(bytes(64))), "/receipt/sig"),
        (sent(good, receipt={**good.receipt, "at": 1}), "/receipt/sig"),
        (sent(good, salt=None), "/receipt/salt"),
        (sent(good, salt=b64(bytes(16))), "/receipt/receipt/answer"),
        (sent(home.decide(card, Said("no"))), "/receipt/receipt/answer"),
        (sent(home.decide(card, Said("yes", "comment"))), "/receipt/receipt/answer"),
        (sent(home.decide(card, said, **there)), "/receipt/receipt/request"),
        (sent(home.decide(card, said, asked=b64(bytes(32)))), "/receipt/receipt/asked"),
        (sent(home.decide(await card_of(home, other["request_id"]), said)), "/receipt/receipt/request"),
        (sent(home.decide(card, said, account=str(uuid4()))), "/receipt/receipt/account"),
        (sent(home.decide(card, said, tablet)), "/receipt/receipt/device"),
        (sent(home.decide(card, said, evil)), "/receipt/receipt/device"),
        (sent(good, receipt={**good.receipt, "v": 2}), "/receipt/receipt/v"),
        (sent(good, receipt={}), "/receipt/receipt/v"),
        ({}, "/receipt/receipt"),
    ]
    for receipt, pointer in wrong:
        reply = await home.respond(card, {"answer": "yes", "receipt": receipt})
        assert (reply.status, (await reply.json(content_type=None))["pointer"]) == (400, pointer), receipt
    assert (await shown(home.relay.agent, card["id"]))["status"] == "pending"
    assert (await home.respond(card, {"answer": "yes", "receipt": sent(good)})).status == 200


@pytest.mark.proves("receipt.plain")
async def test_a_receipt_comes_over_the_socket_too_also_from_a_device_that_got_its_keys_after_it_said_hello(
    home: Home,
) -> None:
    phone = await home.relay.device("no keys yet")
    late = KeyedDevice(home.phone.party, phone.id, DeviceKey.make(CHANCE), "late")
    entry = log_entries.add(late.key, device_id=phone.id, name="late", by=home.phone.key, **home.end)
    await home.append(entry, wraps=home.wraps(late))
    call = home.relay.agent.ask()
    card = (await phone.next("request.created"))["request"]
    decision = home.decide(card, Said("yes"), late)
    wrong = await answered(phone, card, sent(decision, sig=b64(bytes(64))))
    assert (wrong["t"], wrong["code"], wrong["pointer"]) == ("refused", "invalid_input", "/receipt/sig")
    assert (await answered(phone, card, sent(decision)))["t"] == "accepted"
    assert (await (await call).json())["receipt"] == sent(decision)


async def answered(device: Device, card: dict[str, Any], receipt: dict[str, Any]) -> dict[str, Any]:
    answer_id = await device.answer(card["id"], "yes", receipt=receipt)
    async with asyncio.timeout(5):
        while True:
            frame: dict[str, Any] = await device.ws.receive_json()
            if frame.get("answer_id") == answer_id:
                return frame


async def test_a_device_without_keys_cannot_have_signed(home: Home) -> None:
    asked = await put(home.relay.agent, "Deploy?")
    card = await card_of(home, asked["request_id"])
    body = {"answer_id": str(uuid4()), "answer": "yes", "receipt": sent(home.decide(card, Said("yes")))}
    reply = await home.relay.owner.post(f"/api/v1/mobile/requests/{card['id']}/answer", body)
    assert (reply.status, (await reply.json(content_type=None))["pointer"]) == (400, "/receipt")


async def test_an_answer_without_a_receipt_has_no_proof_and_nobody_else_sees_one(home: Home) -> None:
    asked = await put(home.relay.agent, "Deploy?")
    path = f"/api/v1/requests/{asked['request_id']}/proof"
    assert (await home.relay.agent.get(path)).status == 404
    card = await card_of(home, asked["request_id"])
    await home.respond(card, {"answer": "yes"})
    assert (await home.relay.agent.get(path)).status == 404
    assert (await shown(home.relay.agent, card["id"]))["receipt"] is None


async def test_a_proof_has_the_log_it_names_though_that_was_given_up_since(home: Home) -> None:
    asked = await put(home.relay.agent, "Deploy?")
    card = await card_of(home, asked["request_id"])
    decision, old = home.decide(card, Said("yes")), home.known.root
    assert (await home.respond(card, {"answer": "yes", "receipt": sent(decision)})).status == 200
    new = await KeyedDevice.register(home.relay, "new phone")
    first = log_entries.add(new.key, device_id=new.id, name=new.name, by=new.key, log=None, at=home.now)
    assert (await home.post(first, by=new, replaces=home.known.head)).status == 200
    proof = await (await home.relay.agent.get(f"/api/v1/requests/{card['id']}/proof")).json()
    check_proof(proof, old)
