"""`HITL(e2ee=True)` before a real relay, with devices played by the core."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from hitl_cli import HITL, Cancelled, CannotSeal, HitlError, SyncHITL, Untrusted, verify_receipt
from hitl_cli.asking import withdraw
from hitl_cli.http import opened
from hitl_cli.sealed.box_v1 import answer_v1, open_v1
from hitl_cli.sealed.keys import BoxKey
from hitl_cli.sealed.proof import check_proof
from hitl_cli.sealed.receipt import Said
from hitl_cli.sealed.safety import safety_number
from hitl_cli.sealing.agent_key import key_path, load_agent_key
from relay.services.keys import EXPIRY
from tests.app.asking import awaited
from tests.app.conftest import Relay
from tests.sealed.clients import Machine, answered, clock, machine
from tests.sealed_home import Home

__all__ = ["clock", "machine"]

CANARY = "canary-0f5c"


@pytest.mark.proves("sealed.client")
@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ({}, f"text {CANARY}"),
        ({"choices": ["Yes", "No"]}, "No"),
        ({"choices": ["a", "b"], "multiple": True}, ["a", "b"]),
        ({"boolean": True}, False),
        ({"number": {"integer": True}}, 7),
        ({"number": {"minimum": 0, "maximum": 1}}, 0.5),
        ({"rating": {"maximum": 3}}, 3),
        ({"kind": "approval", "action": {"tool": CANARY, "arguments": {"id": 2**60}}, "danger": True}, "Deny"),
    ],
)
async def test_every_kind_of_question_is_answered_and_the_relay_sees_none(
    machine: Machine, question: dict[str, Any], answer: Any
) -> None:
    asking = asyncio.create_task(machine.hitl().ask(f"Go {CANARY}?", context=CANARY, **question))
    reply = await answered(asking, machine, answer)
    assert (reply.answer, type(reply.answer)) == (answer, type(answer))
    assert (reply.sealed, reply.verified, reply.device) == (True, True, "phone")
    assert CANARY not in machine.wire()


async def test_an_approval_is_as_true_as_the_human_said(machine: Machine) -> None:
    for said, approved in (("Approve", True), ("Deny", False)):
        asking = asyncio.create_task(machine.hitl().request_approval("pay", {"amount": 12.5, "run": said}))
        card = await machine.home.relay.open_request()
        message = machine.home.open(card).message
        assert message["action"] == {"tool": "pay", "arguments": {"amount": 12.5, "run": said}}
        approval = await answered(asking, machine, said)
        assert bool(approval) is approval.approved is approved


async def test_a_report_and_a_note_are_sealed_too(machine: Machine) -> None:
    reporting = asyncio.create_task(machine.hitl().notify_completion(f"Done {CANARY}"))
    assert await answered(reporting, machine, "thanks") == "thanks"
    await machine.hitl().notify(f"Note {CANARY}", context=CANARY, idempotency_key=CANARY)
    assert [exchange.path.rpartition("/")[2] for exchange in machine.asked] == ["e2ee", "e2ee"]
    assert CANARY not in machine.wire()


@pytest.mark.proves("sealed.receipts")
async def test_a_sealed_answer_can_be_proved_to_others(machine: Machine) -> None:
    asking = asyncio.create_task(machine.hitl().ask("Go?", choices=["Yes", "No"]))
    reply = await answered(asking, machine, "Yes")
    root = machine.home.known.root
    assert check_proof(reply.proof, root).said == Said("Yes")
    assert verify_receipt(reply.proof, root) == "phone"
    for wrong in (
        {**reply.proof, "answer": {"comment": "", "value": "No"}},
        {**reply.proof, "log": reply.proof["log"][1:]},
    ):
        with pytest.raises(ValueError, match=r"receipt|hold together"):
            verify_receipt(wrong, root)
    with pytest.raises(ValueError, match="another account"):
        verify_receipt(reply.proof, reply.proof["receipt"]["asked"])


@pytest.mark.proves("sealed.one_answer")
async def test_asking_again_after_a_crash_joins_the_question_and_takes_its_answer(machine: Machine) -> None:
    hitl = machine.hitl(url=machine.liar.upstream)  # which passes on that somebody hung up
    asking = asyncio.create_task(hitl.request_input("Go?", choices=["Yes", "No"]))
    relay = machine.home.relay
    card = await relay.open_request()
    await awaited(relay, card["id"])
    asking.cancel()
    await awaited(relay, card["id"], callers=0)
    await machine.answer("Yes")
    assert await hitl.request_input("Go?", choices=["Yes", "No"]) == "Yes"
    anew = asyncio.create_task(hitl.request_input("Go?", choices=["Yes", "No"]))
    assert (await machine.answer("No"))["id"] != card["id"]  # what was answered is asked anew
    assert await anew == "No"


@pytest.mark.proves("sealed.one_answer")
async def test_two_calls_that_ask_the_same_at_once_are_one_question(machine: Machine) -> None:
    hitl = machine.hitl(url=machine.liar.upstream)
    calls = [asyncio.create_task(hitl.request_input("Go?", boolean=True)) for _ in range(3)]
    await awaited(machine.home.relay, (await machine.home.relay.open_request())["id"], callers=3)
    await machine.answer(value=True)
    assert await asyncio.gather(*calls) == [True] * 3


async def test_a_step_that_runs_again_with_its_key_gets_its_answer_again(machine: Machine) -> None:
    step = {"choices": ["Yes", "No"], "idempotency_key": CANARY}
    first = asyncio.create_task(machine.hitl().request_input("Go?", **step))
    assert await answered(first, machine, "Yes") == "Yes"
    assert await machine.hitl().request_input("Go?", **step) == "Yes"
    assert CANARY not in machine.wire()


@pytest.mark.proves("sealed.agent_approved")
async def test_a_new_key_is_introduced_and_can_be_approved_while_its_question_waits(
    machine: Machine, caplog: pytest.LogCaptureFixture
) -> None:
    key_path({"XDG_CONFIG_HOME": str(machine.folder)}).unlink()
    asking = asyncio.create_task(machine.hitl().request_input("Go?", boolean=True))
    home = machine.home
    card = await home.relay.open_request()
    with pytest.raises(Untrusted, match="unknown_agent"):
        home.open(card)
    key = load_agent_key({"XDG_CONFIG_HOME": str(machine.folder)})
    assert key
    assert safety_number(home.known.root, key.public) in caplog.text
    keys = await (await home.phone.party.get("/api/v1/mobile/agent-keys")).json()
    assert key.public in [shown["public_key"] for shown in keys]
    home.agent = key
    await home.append(home.approval())
    assert await answered(asking, machine, value=True) is True


async def test_a_device_that_joined_later_is_asked_too(machine: Machine) -> None:
    tablet = await machine.home.join()
    asking = asyncio.create_task(machine.hitl().ask("Go?", boolean=True))
    await machine.answer(value=True, device=tablet)
    assert (await asking).device == "tablet"


@pytest.mark.proves("sealed.client")
async def test_nothing_is_sent_where_no_device_has_keys(relay: Relay, machine: Machine) -> None:
    stranger, agent = await relay.another_owner()
    hitl = HITL(machine.liar.url, agent.token, e2ee=True)
    (machine.folder / "hitl-cli" / "pins.json").unlink(missing_ok=True)
    for call in (hitl.request_input(CANARY), hitl.notify(CANARY), hitl.notify_completion(CANARY)):
        with pytest.raises(CannotSeal, match="nothing was sent"):
            await call
    assert machine.asked == []
    assert CANARY not in machine.wire()
    assert stranger


async def test_a_member_who_is_asked_is_checked_by_a_log_of_their_own(machine: Machine) -> None:
    hitl = machine.hitl()
    asking = asyncio.create_task(hitl.request_input("Go?", boolean=True, audience=machine.home.relay.account_id))
    assert await answered(asking, machine, value=True) is True


@pytest.mark.proves("sealed.version_1")
async def test_version_1_is_used_where_it_was_allowed_and_never_called_verified(relay: Relay, machine: Machine) -> None:
    home = await a_home_without_a_log(machine)
    hitl = machine.hitl(allow_v1=True)
    asking = asyncio.create_task(hitl.ask(f"Go {CANARY}?", choices=["Yes", "No"]))
    card = await relay.open_request()
    question = open_v1(card["sealed"]["payload"], inbox=home, senders=[machine.home.agent.public])
    assert (question.prompt, question.choices) == (f"Go {CANARY}?", ("Yes", "No"))
    agent = machine.home.agent.public
    sealed = answer_v1("Yes", "json", inbox=home, agent=agent, chance=bytes)
    reply = await machine.home.respond(card, {"sealed": sealed})
    assert reply.status == 200, await reply.text()
    said = await asking
    assert (said.answer, said.sealed, said.verified) == ("Yes", True, False)
    assert CANARY not in machine.wire()
    with pytest.raises(CannotSeal, match="version 1"):
        await hitl.request_approval("rm", {"path": "/"})


async def a_home_without_a_log(machine: Machine) -> BoxKey:
    """Show the relay as one whose account has a device with a bare key and no log."""
    device = BoxKey(machine.home.phone.key.box.private)

    def lie(exchange: Any) -> None:
        if exchange.path == "/api/v1/device-log":
            exchange.reply = {"entries": [], "root": "", "head": "", "seq": -1}
        if exchange.path == "/api/v1/devices/public-keys":
            exchange.reply = {"public_keys": [device.public]}

    machine.liar.lies.append(lie)
    return device


async def test_programs_that_do_not_await_ask_the_same(machine: Machine) -> None:
    hitl = SyncHITL(machine.liar.url, machine.home.relay.agent.token, e2ee=True)
    asking = asyncio.create_task(asyncio.to_thread(hitl.request_input, "Go?", boolean=True))
    assert await answered(asking, machine, value=True) is True
    with pytest.raises(HitlError, match="await"):
        hitl.notify("from within a loop")
    agents = await asyncio.to_thread(hitl.list_agents)
    assert [agent.name for agent in agents] == ["deploy-bot"]


async def test_a_question_that_is_taken_back_says_so(machine: Machine) -> None:
    asking = asyncio.create_task(machine.hitl().request_input("Go?"))
    card = await machine.home.relay.open_request()
    async with opened(machine.hitl()._endpoint) as relay:
        await withdraw(relay, "", {}, card["id"])
    with pytest.raises(Cancelled):
        await asking


async def test_a_default_stays_at_home_and_counts_when_nobody_answers(machine: Machine) -> None:
    asking = asyncio.create_task(machine.hitl().ask("Go?", choices=[CANARY, "No"], default_response=CANARY))
    await machine.home.relay.open_request()
    await expire(machine.home)
    reply = await asking
    assert (reply.answer, reply.default_applied, reply.verified) == (CANARY, True, False)
    assert CANARY not in machine.wire()


async def expire(home: Home) -> None:
    home.relay.clock.forward(dt.timedelta(minutes=15))
    assert await home.relay.app[EXPIRY].expire() == 1
