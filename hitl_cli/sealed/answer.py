"""A sealed answer: what a device writes, and what the agent refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hitl_cli.sealed.envelope import VERSION, Envelope, seal
from hitl_cli.sealed.keys import BoxKey, Chance, DeviceKey
from hitl_cli.sealed.log import DeviceLog, Member
from hitl_cli.sealed.question import Question
from hitl_cli.sealed.receipt import Decision, Receipt, Said, check_says, check_signature
from hitl_cli.sealed.wrong import Wrong, must, refused


@dataclass(frozen=True, slots=True)
class Answered:
    """What a human said, and the proof of it."""

    said: Said
    decision: Decision
    device: Member


def seal_answer(
    said: Said, decision: Decision, *, question: Question, device: DeviceKey, now: int, chance: Chance
) -> str:
    """Seal a signed decision for the agent that asked."""
    header = {
        "v": VERSION,
        "kind": "response",
        "id": question.id,
        "req": question.name,
        "from": device.box.public,
        "dev": device.sign,
        "iat": now,
    }
    message = {
        "value": said.value,
        "comment": said.comment,
        "salt": decision.salt,
        "receipt": decision.receipt,
        "sig": decision.sig,
    }
    return seal(header, message, device.box, [question.agent.box], chance)


def claimed_id(payload: str) -> str:
    """Return which question an answer claims to answer, so that its record can be looked for."""
    return str(Envelope.parse(payload).header.get("id"))


def read_answer(payload: str, *, agent: BoxKey, log: DeviceLog, id: str, name: str, request_id: str) -> Answered:
    """Open the answer to the question of this `id` and `name` (`Sent`), which the relay calls `request_id`."""
    envelope = Envelope.parse(payload)
    header = envelope.header
    device = log.devices.get(str(header.get("dev")))
    if device is None or device.box != header.get("from"):
        raise refused(Wrong.UNKNOWN_DEVICE, "the answer comes from no active device of the account")
    message = envelope.opened(agent, device.box)
    must(header.get("kind") == "response", Wrong.OTHER_KIND, "it is no answer")
    ours = header.get("id") == id and header.get("req") == name
    must(ours, Wrong.OTHER_QUESTION, "it is the answer to another question")
    must(isinstance(message, dict) and "value" in message, Wrong.UNREADABLE, "the answer is not of its form")
    comment, salt, sig = (_text(message, part) for part in ("comment", "salt", "sig"))
    receipt, said = check_signature(message.get("receipt"), sig), Said(message["value"], comment)
    check_says(receipt, request_id=request_id, asked=name, said=said, salt=salt)
    _check_signer(receipt, device, log)
    return Answered(said, Decision(receipt, sig, salt), device)


def _check_signer(receipt: Receipt, device: Member, log: DeviceLog) -> None:
    must(receipt["device"] == device.sign, Wrong.RECEIPT_OTHER, "the receipt is another device's")
    must(receipt["root"] == log.root, Wrong.RECEIPT_OTHER, "the receipt is for another account")
    # A device that knows more than the relay has told us: something is being withheld, a revocation perhaps.
    must(
        receipt["seq"] <= log.seq,
        Wrong.LOG_ROLLED_BACK,
        "the device knows a newer list of devices than the relay shows",
    )


def _text(message: Mapping[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise refused(Wrong.UNREADABLE, "the answer is not of its form")
    return value
