"""A proof: a receipt with all that is needed to check it, years later and without the relay."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from hitl_cli.sealed.canon import canon, digest_of, unb64
from hitl_cli.sealed.log import Member, Pin, verified
from hitl_cli.sealed.receipt import SALT_BYTES, Receipt, Said, check_signature
from hitl_cli.sealed.wrong import Wrong, must, refused


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a proof shows. What it does not hold is None, and was not checked."""

    receipt: Receipt
    device: Member | None
    """Who signed, by the account's list of devices; None where the account keeps none."""

    asked: Mapping[str, Any] | None
    """The words of a plain question; those of a sealed one only its agent and devices know."""

    said: Said | None


def check_proof(proof: Any, root: str | None = None) -> Verdict:
    """Refuse a proof that does not hold together, or is not about the account with this root."""
    if not isinstance(proof, Mapping):
        raise refused(Wrong.UNREADABLE, "the proof is not of its form")
    receipt = check_signature(proof.get("receipt"), proof.get("sig"))
    if root is not None:
        must(receipt["root"] == root, Wrong.OTHER_ROOT, "the receipt is about another account")
    try:
        return Verdict(receipt, _signer(proof, receipt), _asked(proof, receipt), _said(proof, receipt))
    except (ValueError, RecursionError) as error:
        raise refused(Wrong.UNREADABLE, "the proof is no JSON") from error


def _signer(proof: Mapping[str, Any], receipt: Receipt) -> Member | None:
    if not receipt["root"]:
        return None
    entries, seq = proof.get("log"), receipt["seq"]
    if not isinstance(entries, list) or not 0 <= seq < len(entries):
        raise refused(Wrong.LOG_ROLLED_BACK, "the list of devices in the proof ends before the decision")
    # As it was when the device signed: that it left later does not undo what it decided.
    log = verified(entries[: seq + 1])
    must(log.root == receipt["root"], Wrong.OTHER_ROOT, "the list of devices is another account's")
    device = log.devices.get(receipt["device"])
    if device is None:
        raise refused(Wrong.UNKNOWN_DEVICE, "no active device of the account signed it")
    verified(entries, Pin(log.root, log.seq, log.head))
    return device


def _asked(proof: Mapping[str, Any], receipt: Receipt) -> Mapping[str, Any] | None:
    asked = proof.get("asked")
    if asked is None:
        return None
    if not isinstance(asked, Mapping):
        raise refused(Wrong.UNREADABLE, "the question is not of its form")
    must(digest_of(asked) == receipt["asked"], Wrong.RECEIPT_OTHER, "the receipt is for another question")
    return asked


def _said(proof: Mapping[str, Any], receipt: Receipt) -> Said | None:
    answer, salt = proof.get("answer"), proof.get("salt")
    if answer is None or salt is None:
        return None
    readable = isinstance(answer, Mapping) and "value" in answer and isinstance(answer.get("comment"), str)
    must(readable, Wrong.UNREADABLE, "the answer is not of its form")
    said = Said(answer["value"], answer["comment"])
    canon(said.value)
    held = receipt["answer"] == said.digest(unb64(salt, SALT_BYTES))
    must(held, Wrong.RECEIPT_OTHER, "the receipt is for another answer")
    return said
