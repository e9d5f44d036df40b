"""The client's cryptography against the committed examples, which the browser opens as well."""

import json
from typing import Any

import pytest

from hitl_cli.errors import IdentityChanged, Untrusted
from hitl_cli.sealed.answer import read_answer
from hitl_cli.sealed.box_v1 import open_v1, read_answer_v1
from hitl_cli.sealed.canon import canon, digest_of, read, unb64
from hitl_cli.sealed.inbox_key import unwrapped
from hitl_cli.sealed.keys import BoxKey, DeviceKey, boxing_key, opening_key
from hitl_cli.sealed.log import DeviceLog, Pin, verified
from hitl_cli.sealed.padding import pad, padded_length, unpad
from hitl_cli.sealed.pairing import Joining, Link, check_commit, check_mac, commit_to, digits_of, mac_of
from hitl_cli.sealed.proof import check_proof
from hitl_cli.sealed.question import read_question
from hitl_cli.sealed.receipt import Said, asked_v1, check_says, check_signature
from hitl_cli.sealed.recovery import printed, recovery_keys, typed
from hitl_cli.sealed.safety import safety_number
from hitl_cli.sealed.wrong import Wrong
from tests.sealing import SeenList
from tests.vectors.make import PATH, text

VECTORS: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
REFUSED = VECTORS["refused"]
DEVICES = ("phone", "browser", "recovery")


def cases(name: str) -> Any:
    return pytest.mark.parametrize("case", REFUSED[name], ids=lambda case: case["what"])


def device(name: str) -> DeviceKey:
    keys = VECTORS["keys"][name]
    return DeviceKey(unb64(keys["sign_seed"]), BoxKey(unb64(keys["box_private"])))


def box_key(name: str) -> BoxKey:
    return BoxKey(unb64(VECTORS["keys"][name]["private"]))


@pytest.fixture
def log() -> DeviceLog:
    return verified(VECTORS["log"]["account"]["entries"])


def test_the_examples_are_made_anew_exactly_as_they_are_committed() -> None:
    assert PATH.read_text(encoding="utf-8") == text()


def test_every_reason_for_a_refusal_has_an_example() -> None:
    shown = {case["wrong"] for cases in REFUSED.values() for case in cases}
    assert shown == set(Wrong) - {Wrong.COMMIT}  # said with the rest of pairing


@pytest.mark.parametrize("case", VECTORS["canon"], ids=lambda case: case["json"][:40])
def test_json_has_one_canonical_text(case: dict[str, str]) -> None:
    assert canon(read(case["json"])).decode() == case["canon"]
    assert canon(read(case["canon"])).decode() == case["canon"]


@pytest.mark.parametrize("given", VECTORS["no_canon"])
def test_what_is_no_json_has_none(given: str) -> None:
    with pytest.raises((ValueError, Untrusted)):
        canon(read(given))


@pytest.mark.parametrize("case", VECTORS["padding"], ids=lambda case: str(case["length"]))
def test_lengths_are_padded_in_steps(case: dict[str, int]) -> None:
    message = b"\x80" * case["length"]
    assert len(pad(message)) == case["padded"]
    assert unpad(pad(message)) == message


@pytest.mark.proves("sealed.size_hidden")
def test_all_short_messages_have_one_length_and_long_ones_pay_an_eighth_at_most() -> None:
    assert {padded_length(length) for length in range(255)} == {256}
    assert max(padded_length(length) / length for length in range(4096, 200_000, 37)) <= 1 + 1 / 8


@pytest.mark.parametrize("name", DEVICES)
def test_a_device_has_the_public_keys_and_the_consent_of_its_example(name: str) -> None:
    keys, made = VECTORS["keys"][name], device(name)
    assert (made.sign, made.box.public, made.consent()) == (keys["sign"], keys["box"], keys["pop"])


@pytest.mark.parametrize("case", VECTORS["ed25519"], ids=("a", "b"))
def test_an_ed25519_key_is_converted_by_both_sides_alike(case: dict[str, str]) -> None:
    assert boxing_key(case["public"], "ed25519") == case["x25519_public"]
    assert opening_key(unb64(case["seed"])).public == case["x25519_public"]
    assert (
        boxing_key(case["x25519_public"], None) == boxing_key(case["x25519_public"], "x25519") == case["x25519_public"]
    )


@pytest.mark.parametrize("name", ["account", "after"])
def test_a_log_says_who_may_decide(name: str) -> None:
    case = VECTORS["log"][name]
    found = verified(case["entries"], Pin(case["root"], 2, case["hashes"][2]))
    assert (found.root, found.head, found.seq) == (case["root"], case["head"], case["seq"])
    assert sorted(found.devices) == case["devices"]
    assert sorted(found.agents) == case["agents"]
    assert sorted(found.recipients) == case["recipients"]
    assert (found.inbox, found.inbox_leaked) == (case["inbox"], False)


@pytest.mark.proves("sealed.log_refused")
@cases("logs")
def test_a_log_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Untrusted) as refused:
        verified(case["entries"], Pin(**case["pin"]) if case["pin"] else None)
    assert refused.value.reason == case["wrong"]
    assert isinstance(refused.value, IdentityChanged) == (case["wrong"] == "other_root")


@pytest.mark.parametrize("name", DEVICES)
def test_every_device_opens_the_question(log: DeviceLog, name: str) -> None:
    question = asked(log, VECTORS["request"], name)
    assert canon(question.message).decode() == VECTORS["request"]["message"]
    assert (question.id, question.name) == (VECTORS["request"]["id"], VECTORS["request"]["req"])
    assert question.agent.name == "deploy-bot"


@pytest.mark.proves("sealed.question_refused")
@cases("requests")
def test_a_question_is_refused(log: DeviceLog, case: dict[str, Any]) -> None:
    with pytest.raises(Untrusted) as refused:
        asked(log, case, case["device"])
    assert refused.value.reason == case["wrong"]


def asked(log: DeviceLog, case: dict[str, Any], name: str) -> Any:
    seen = SeenList()
    seen.seen = {(sender, name): request_id for sender, name, request_id in case.get("seen", ())}
    return read_question(
        case["payload"],
        device=device(name),
        log=log,
        kind=case["kind"],
        request_id=case["request_id"],
        now=case["now"],
        seen=seen,
    )


@pytest.mark.parametrize("case", VECTORS["answers"], ids=lambda case: case["said"])
def test_the_agent_opens_an_answer_and_its_receipt(log: DeviceLog, case: dict[str, Any]) -> None:
    answered = answer(log, case)
    assert canon({"comment": answered.said.comment, "value": answered.said.value}).decode() == case["said"]
    assert (answered.decision.receipt, answered.decision.sig) == (case["receipt"], case["sig"])
    assert answered.device.sign == case["device"]


@pytest.mark.proves("sealed.answer_refused")
@cases("answers")
def test_an_answer_is_refused(log: DeviceLog, case: dict[str, Any]) -> None:
    with pytest.raises(Untrusted) as refused:
        answer(log, case)
    assert refused.value.reason == case["wrong"]


def answer(log: DeviceLog, case: dict[str, Any]) -> Any:
    return read_answer(
        case["payload"],
        agent=box_key("agent"),
        log=log,
        id=case["id"],
        name=case["req"],
        request_id=case["request_id"],
    )


@pytest.mark.parametrize("case", VECTORS["receipts"], ids=lambda case: case["what"])
def test_a_receipt_says_what_was_asked_and_answered(case: dict[str, Any]) -> None:
    of_plain = digest_of(read(case["question"])) if "question" in case else asked_v1(case["payload"])
    assert of_plain == case["asked"]
    said = Said(**read(case["said"]))
    receipt = check_signature(case["receipt"], case["sig"])
    check_says(receipt, request_id=receipt["request"], asked=case["asked"], said=said, salt=case["salt"])


@pytest.mark.parametrize("case", VECTORS["proofs"], ids=lambda case: case["what"])
def test_a_proof_is_checked_without_the_relay(case: dict[str, Any]) -> None:
    verdict = check_proof(case["proof"], case["root"])
    assert verdict.device
    assert verdict.device.name in {"Phone", "Bj\u00f6rn\u2019s browser"}
    assert (verdict.said is None) == ("answer" not in case["proof"])
    assert (verdict.asked is None) == ("asked" not in case["proof"])


@pytest.mark.proves("sealed.proof_refused")
@cases("proofs")
def test_a_proof_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Untrusted) as refused:
        check_proof(case["proof"], case["root"])
    assert refused.value.reason == case["wrong"]


@pytest.mark.parametrize("case", VECTORS["v1"]["questions"], ids=lambda case: json.dumps(case["plaintext"]))
def test_a_version_1_question_is_opened_in_each_of_its_shapes(case: dict[str, Any]) -> None:
    senders = [box_key("inbox").public, *{case["sender"] for case in VECTORS["v1"]["questions"]}]
    question = open_v1(case["payload"], inbox=box_key("inbox"), senders=senders)
    plaintext = case["plaintext"]
    assert question.sender == case["sender"]
    assert question.prompt in plaintext.values()
    assert list(question.choices) == (plaintext.get("choices") or [])
    assert question.placeholder_text == (plaintext.get("placeholder_text") or "")
    assert (
        question.kind == {"prompt": "input", "message": "notification", "summary": "completion"}[next(iter(plaintext))]
    )


@pytest.mark.parametrize("case", VECTORS["v1"]["answers"], ids=lambda case: str(case["value"]))
def test_a_version_1_answer_is_what_its_caller_parses(case: dict[str, Any]) -> None:
    agent, inbox = box_key("agent"), box_key("inbox").public
    opened = read_answer_v1(case["payload"], case["reply"], agent=agent, inbox=inbox)
    assert opened == case["opened"]


@cases("v1")
def test_a_version_1_question_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(Untrusted) as refused:
        open_v1(case["payload"], inbox=box_key("inbox"), senders=case["senders"])
    assert refused.value.reason == case["wrong"]


@pytest.mark.parametrize("name", DEVICES)
def test_every_device_opens_its_wrap_of_the_inbox_key(log: DeviceLog, name: str) -> None:
    mine = device(name)
    wrap = next(wrap for wrap in VECTORS["inbox_wraps"] if wrap["to"] == mine.box.public)
    assert unwrapped(wrap, device=mine, log=log).public == log.inbox


@cases("inbox_wraps")
def test_a_wrap_is_refused(log: DeviceLog, case: dict[str, Any]) -> None:
    with pytest.raises(Untrusted) as refused:
        unwrapped(case["wrap"], device=device(case["device"]), log=log)
    assert refused.value.reason == case["wrong"]


@pytest.mark.proves("sealed.safety_number")
def test_agent_and_device_show_one_safety_number() -> None:
    case = VECTORS["safety_number"]
    assert safety_number(case["root"], case["agent"]) == case["number"]
    assert [len(group) for group in case["number"].split()] == [5] * 12
    assert safety_number(case["agent"], case["root"]) != case["number"]


def test_pairing_says_the_same_on_both_devices() -> None:
    case = VECTORS["pairing"]
    secret, joining = unb64(case["secret"]), Joining.parse(case["joining"])
    assert Link.parse(case["link"]) == Link(case["code"], case["root"], secret)
    assert mac_of(secret, case["code"], joining) == case["mac"]
    check_mac(case["mac"], secret, case["code"], joining)
    assert commit_to(unb64(case["old_nonce"])) == case["commit"]
    check_commit(case["commit"], case["old_nonce"])
    shown = digits_of(code=case["code"], root=case["root"], old_nonce=case["old_nonce"], joining=joining)
    assert shown == case["digits"]
    with pytest.raises(Untrusted, match="commit"):
        check_commit(case["commit"], case["secret"])


@pytest.mark.proves("sealed.pairing_refused")
@cases("pairing")
def test_a_device_is_not_let_in(case: dict[str, Any]) -> None:
    with pytest.raises(Untrusted) as refused:
        check_mac(case["mac"], unb64(case["secret"]), case["code"], Joining.parse(case["joining"]))
    assert refused.value.reason == case["wrong"]


def test_a_recovery_key_survives_paper() -> None:
    case = VECTORS["recovery"]
    assert printed(unb64(case["secret"]), case["root"]) == case["printed"]
    careless = case["printed"].lower().replace("0", "o").replace("1", "l").replace(" ", "-")
    secret, root = typed(careless)
    assert (secret, root) == (unb64(case["secret"]), unb64(case["root"])[:12])
    assert recovery_keys(secret).sign == case["sign"]
    assert recovery_keys(secret).box.public == case["box"]
    slip = ("2" if case["printed"][0] != "2" else "3") + case["printed"][1:]
    for wrong in (slip, case["printed"][:-1], case["printed"][:-1] + "U"):
        with pytest.raises(Untrusted, match="unreadable"):
            typed(wrong)
