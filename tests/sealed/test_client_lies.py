"""Our client before a relay that lies: whatever it tries is refused, and what was to be sealed is never sent open."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from hitl_cli import HITL, CannotSeal, HitlError, IdentityChanged, Refused, Untrusted
from hitl_cli.protection import Receipts
from hitl_cli.sealed import log_entries
from hitl_cli.sealed.log import followed
from hitl_cli.sealed.receipt import Said
from hitl_cli.sealed.wrong import Wrong
from tests.emulators import lies
from tests.emulators.lying_relay import Exchange, Lie
from tests.sealed.clients import Machine, clock, machine

__all__ = ["clock", "machine"]

CANARY = "canary-0f5c"


async def refused(call: "asyncio.Task[Any]", wrong: Wrong) -> None:
    with pytest.raises(Untrusted) as refusal:
        async with asyncio.timeout(10):
            await call
    assert refusal.value.reason == wrong


def ask(hitl: HITL, **over: Any) -> "asyncio.Task[Any]":
    return asyncio.create_task(hitl.request_input(f"Delete {CANARY}?", **{"choices": ["Yes", "No"], **over}))


# Before anything is sent


@pytest.mark.proves("sealed.client_refuses")
@pytest.mark.parametrize(
    ("lie", "wrong"),
    [
        (lies.of_another_root(), Wrong.OTHER_ROOT),
        (lies.with_an_injected_device(), Wrong.LOG_SIGNATURE),
        (lies.with_an_injected_device(signed_by_itself=True), Wrong.LOG_SIGNER),
        (lies.with_an_injected_agent_key(), Wrong.LOG_SIGNER),
        (lies.with_a_changed_name(), Wrong.LOG_SIGNATURE),
        (lies.rolled_back(1), Wrong.LOG_ROLLED_BACK),
    ],
)
@pytest.mark.parametrize("kind", ["question", "note", "report"])
async def test_nothing_is_sealed_for_a_list_of_devices_that_is_not_the_accounts(
    machine: Machine, lie: Lie, wrong: Wrong, kind: str
) -> None:
    hitl = machine.hitl()
    await hitl.notify("first, while all is well")
    machine.liar.seen.clear()
    machine.liar.lies.append(lie)
    calls: dict[str, Callable[[], Any]] = {
        "question": lambda: hitl.request_input(CANARY),
        "note": lambda: hitl.notify(CANARY),
        "report": lambda: hitl.notify_completion(CANARY),
    }
    await refused(asyncio.create_task(calls[kind]()), wrong)
    assert machine.asked == []
    assert CANARY not in machine.wire()


@pytest.mark.proves("sealed.client_refuses")
async def test_a_list_with_another_past_is_refused_though_devices_signed_it(machine: Machine) -> None:
    home = machine.home
    other = log_entries.disapprove(home.agent.public, by=home.phone.key, **home.end)
    renewed = log_entries.renew_inbox(home.inbox.public, by=home.phone.key, log=followed(home.log, other), at=home.now)
    fork = [*home.entries, other, renewed]
    await home.join()
    await machine.hitl().notify("all is well")
    machine.liar.lies.append(lies.with_another_past(fork))
    await refused(ask(machine.hitl()), Wrong.LOG_REWRITTEN)


@pytest.mark.proves("sealed.client_refuses")
async def test_an_account_that_had_a_list_cannot_lose_it(machine: Machine) -> None:
    await machine.hitl().notify("all is well")
    machine.liar.seen.clear()
    gone = {"entries": [], "root": "", "head": "", "seq": -1}
    machine.liar.lies.append(log_told(lambda _: gone))
    machine.liar.lies.append(lies.with_its_own_inbox_key())
    await refused(ask(machine.hitl(allow_v1=True)), Wrong.UNREADABLE)
    assert machine.asked == []


@pytest.mark.proves("sealed.client_refuses")
async def test_a_program_that_was_told_the_root_is_not_fooled_the_first_time(machine: Machine) -> None:
    machine.liar.lies.append(lies.of_another_root())
    with pytest.raises(IdentityChanged):
        await ask(machine.hitl(root=machine.home.known.root))
    machine.liar.lies[:] = [log_told(lambda _: {"entries": [], "root": "", "head": "", "seq": -1})]
    with pytest.raises(Untrusted):
        await ask(machine.hitl(root=machine.home.known.root, allow_v1=True))
    assert machine.asked == []


@pytest.mark.parametrize("told", [None, [], {}, {"entries": None}, {"entries": {}}, {"entries": [1]}])
async def test_a_list_that_is_none_is_refused(machine: Machine, told: Any) -> None:
    await machine.hitl().notify("all is well")
    machine.liar.lies.append(log_told(lambda _: told))
    await refused(ask(machine.hitl()), Wrong.UNREADABLE)


async def test_a_relay_without_lists_is_told_nothing(machine: Machine) -> None:
    def lie(exchange: Exchange) -> None:
        if exchange.is_call("GET", lies.LOG):
            exchange.status, exchange.reply = 404, {"detail": "there is nothing here"}

    machine.liar.lies.append(lie)
    with pytest.raises(CannotSeal, match="nothing was sent"):
        await ask(machine.hitl())
    assert machine.asked == []


def log_told(change: Callable[[Any], Any]) -> Lie:
    def lie(exchange: Exchange) -> None:
        if exchange.is_call("GET", lies.LOG):
            exchange.reply = change(exchange.reply)

    return lie


# What comes back


@pytest.mark.proves("sealed.client_refuses")
@pytest.mark.parametrize(
    ("lie", "wrong"),
    [
        (lambda machine: lies.from_its_own_device(machine.home.agent.public), Wrong.UNKNOWN_DEVICE),
        (lambda _: lies.changed("c"), Wrong.CHANGED),
        (lambda _: lies.in_words(), Wrong.UNREADABLE),
        (lambda _: lies.swapped_with("Yes"), Wrong.UNREADABLE),
        (lambda _: lies.swapped_with("{}"), Wrong.UNREADABLE),
    ],
)
async def test_an_answer_that_no_device_gave_is_refused(
    machine: Machine, lie: Callable[[Machine], Lie], wrong: Wrong
) -> None:
    machine.liar.lies.append(lie(machine))
    call = ask(machine.hitl())
    await machine.answer("No")
    await refused(call, wrong)


@pytest.mark.proves("sealed.client_refuses")
async def test_a_question_that_is_handed_back_as_its_own_answer_is_refused(machine: Machine) -> None:
    def lie(exchange: Exchange) -> None:
        if exchange.is_about_requests and exchange.reply["status"] == "answered":
            exchange.reply = {**exchange.reply, "encrypted_response": exchange.asked["encrypted_payload"]}

    machine.liar.lies.append(lie)
    call = ask(machine.hitl())
    await machine.answer("No")
    await refused(call, Wrong.UNKNOWN_DEVICE)


@pytest.mark.proves("sealed.client_refuses")
async def test_the_yes_to_something_harmless_is_no_yes_to_anything_else(machine: Machine) -> None:
    coffee = asyncio.create_task(machine.hitl().request_input("Coffee?", choices=["Yes", "No"]))
    await machine.answer("Yes")
    assert await coffee == "Yes"
    machine.liar.lies.append(lies.swapped_with(last_answer(machine)))
    call = ask(machine.hitl())
    await machine.answer("No")
    await refused(call, Wrong.OTHER_QUESTION)


@pytest.mark.proves("sealed.client_refuses")
async def test_the_yes_of_yesterday_is_no_yes_to_the_same_question_today(machine: Machine) -> None:
    first = ask(machine.hitl())
    await machine.answer("Yes")
    assert await first == "Yes"
    old = [one.reply for one in machine.asked][-1]
    facts = {name: old[name] for name in ("encrypted_response", "request_id", "receipt")}

    def replay(exchange: Exchange) -> None:
        if exchange.is_about_requests:
            exchange.reply = {**exchange.reply, **facts, "status": "answered"}

    machine.liar.lies.append(replay)
    call = ask(machine.hitl())
    await machine.answer("No")
    await refused(call, Wrong.REPLAYED)


@pytest.mark.proves("sealed.client_refuses")
async def test_a_question_that_nobody_answered_was_not_answered(machine: Machine) -> None:
    first = ask(machine.hitl())
    await machine.answer("Yes")
    await first
    machine.liar.lies.append(lies.answered_though_nobody_did(last_answer(machine)))
    await refused(
        asyncio.create_task(machine.hitl().request_input("Another?", timeout_seconds=1)), Wrong.OTHER_QUESTION
    )


@pytest.mark.proves("sealed.client_refuses")
async def test_an_answer_under_another_requests_id_is_refused(machine: Machine) -> None:
    def rename(exchange: Exchange) -> None:
        if exchange.is_about_requests:
            exchange.reply = {**exchange.reply, "request_id": machine.home.relay.account_id}

    machine.liar.lies.append(rename)
    call = ask(machine.hitl())
    await machine.answer("Yes")
    await refused(call, Wrong.RECEIPT_OTHER)


@pytest.mark.proves("sealed.client_refuses")
async def test_a_revocation_cannot_be_kept_back_from_an_agent_whose_human_knows_of_it(machine: Machine) -> None:
    home = machine.home
    tablet = await home.join()
    call = ask(machine.hitl())
    card = await home.relay.open_request()
    withheld = list(home.entries)
    revoke, renew = home.revocation(tablet)
    await home.append(revoke, renew, wraps=home.wraps(home.phone))
    machine.liar.lies.append(log_told(lambda reply: {**reply, "entries": withheld}))
    await home.answer(card, "Yes")
    await refused(call, Wrong.LOG_ROLLED_BACK)


@pytest.mark.proves("sealed.client_refuses")
async def test_the_answer_of_a_device_that_was_revoked_meanwhile_is_refused(machine: Machine) -> None:
    home = machine.home
    tablet = await home.join()
    card_answer: dict[str, Any] = {}

    def keep(exchange: Exchange) -> None:
        if exchange.is_call("GET", lies.LOG) and card_answer:
            exchange.reply = {**exchange.reply, "entries": [*home.entries, *card_answer["later"]]}

    machine.liar.lies.append(keep)
    call = ask(machine.hitl())
    card = await home.relay.open_request()
    revoke, renew = home.revocation(tablet)
    card_answer["later"] = [revoke, renew]
    await home.answer(card, "Yes", tablet)
    await refused(call, Wrong.UNKNOWN_DEVICE)


def last_answer(machine: Machine) -> str:
    return str([one.reply["encrypted_response"] for one in machine.asked][-1])


# A refusal is none of the human's no: what was right comes through afterwards


async def test_an_answer_that_was_hidden_behind_a_lie_is_taken_when_the_relay_stops_lying(machine: Machine) -> None:
    machine.liar.lies.append(lies.changed("c"))
    step = {"idempotency_key": "step 7"}
    call = ask(machine.hitl(), **step)
    await machine.answer("Yes")
    await refused(call, Wrong.CHANGED)
    machine.liar.lies.clear()
    assert await ask(machine.hitl(), **step) == "Yes"


# Answers in words, with receipts


@pytest.mark.proves("sealed.client_refuses")
@pytest.mark.parametrize(
    ("lie", "wrong"),
    [
        (lies.decided_otherwise("Yes"), Wrong.RECEIPT_OTHER),
        (lies.without_receipt(), Wrong.NO_RECEIPT),
    ],
)
async def test_a_plain_answer_is_believed_with_its_own_receipt_only(machine: Machine, lie: Lie, wrong: Wrong) -> None:
    machine.liar.lies.append(lie)
    call = ask(machine.hitl(e2ee=False, receipts="require"))
    await answer_plainly(machine, "No")
    await refused(call, wrong)


@pytest.mark.proves("sealed.client_refuses")
@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        (lambda proof: {**proof, "answer": {"comment": "", "value": "Yes"}}, Wrong.RECEIPT_OTHER),
        (lambda proof: {**proof, "asked": {**proof["asked"], "prompt": "Lunch?"}}, Wrong.RECEIPT_OTHER),
        (lambda proof: {**proof, "sig": proof["log"][0]["sig"]}, Wrong.RECEIPT_SIGNATURE),
        (lambda proof: {**proof, "log": proof["log"][:1]}, Wrong.LOG_ROLLED_BACK),
        (lambda proof: {**proof, "asked": None}, Wrong.RECEIPT_OTHER),
        (lambda _: {}, Wrong.NO_RECEIPT),
    ],
)
async def test_a_proof_that_does_not_hold_is_refused(
    machine: Machine, change: Callable[[Any], Any], wrong: Wrong
) -> None:
    def lie(exchange: Exchange) -> None:
        if exchange.path.endswith("/proof"):
            exchange.reply = change(exchange.reply)

    machine.liar.lies.append(lie)
    call = ask(machine.hitl(e2ee=False))
    await answer_plainly(machine, "No")
    await refused(call, wrong)


@pytest.mark.proves("sealed.client_refuses")
async def test_the_receipt_of_another_question_is_refused(machine: Machine) -> None:
    first = asyncio.create_task(machine.hitl(e2ee=False).request_input("Coffee?", choices=["Yes", "No"]))
    coffee = await answer_plainly(machine, "Yes")
    assert await first == "Yes"
    kept = next(one.reply for one in machine.liar.seen if one.path == f"/api/v1/requests/{coffee['id']}/proof")
    facts = {"request_id": coffee["id"], "response": "Yes", "comment": ""}

    def lie(exchange: Exchange) -> None:
        if exchange.path.endswith("/proof"):
            exchange.reply = json.loads(json.dumps(kept))
        elif exchange.is_about_requests:
            exchange.reply = {**exchange.reply, **facts}

    machine.liar.lies.append(lie)
    call = ask(machine.hitl(e2ee=False))
    await answer_plainly(machine, "No")
    await refused(call, Wrong.OTHER_QUESTION)


@pytest.mark.proves("sealed.receipts")
async def test_a_plain_answer_with_a_receipt_is_verified_and_one_without_is_not(machine: Machine) -> None:
    asking = asyncio.create_task(machine.hitl(e2ee=False, receipts="require").ask("Go?", boolean=True))
    await answer_plainly(machine, value=True, comment="go")
    reply = await asking
    assert (reply.answer, reply.comment, reply.verified, reply.device, reply.sealed) == (
        True,
        "go",
        True,
        "phone",
        False,
    )
    asking = asyncio.create_task(machine.hitl(e2ee=False).ask("Go again?", boolean=True))
    card = await machine.home.relay.open_request()
    await machine.home.respond(card, {"answer": True})
    reply = await asking
    assert (reply.answer, reply.verified, reply.proof) == (True, False, None)


async def answer_plainly(machine: Machine, value: Any, comment: str = "") -> dict[str, Any]:
    card = await machine.home.relay.open_request()
    decision = machine.home.decide(card, Said(value, comment))
    receipt = {"receipt": decision.receipt, "sig": decision.sig, "salt": decision.salt}
    sent = await machine.home.respond(card, {"answer": value, "comment": comment, "receipt": receipt})
    assert sent.status == 200, await sent.text()
    return card


@pytest.mark.parametrize("receipts", ["auto", "require"])
async def test_a_plain_answer_whose_proof_cannot_be_had_is_lost_only_where_it_is_required(
    machine: Machine, receipts: Receipts
) -> None:
    def lie(exchange: Exchange) -> None:
        if exchange.path.endswith("/proof"):
            exchange.status, exchange.reply = 404, {"code": "not_found", "detail": "there is no such request"}

    machine.liar.lies.append(lie)
    call = asyncio.create_task(machine.hitl(e2ee=False, receipts=receipts).ask("Go?", choices=["Yes", "No"]))
    await answer_plainly(machine, "Yes")
    if receipts == "auto":
        reply = await call
        assert (reply.answer, reply.verified) == ("Yes", False)
    else:
        with pytest.raises(Refused):
            await call


async def test_a_folder_that_cannot_be_written_to_stops_what_is_to_be_sealed_and_nothing_else(
    machine: Machine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "file"))
    with pytest.raises(HitlError, match="cannot be"):
        await machine.hitl().notify("hello")
    assert machine.asked == []
    call = asyncio.create_task(machine.hitl(e2ee=False).ask("Go?", choices=["Yes", "No"]))
    await answer_plainly(machine, "Yes")
    assert (await call).answer == "Yes"
