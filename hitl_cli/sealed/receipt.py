"""Decision receipts: a device's signature under what was asked and what was answered."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from hitl_cli.sealed.canon import b64, canon, digest, digest_of, unb64
from hitl_cli.sealed.keys import Chance, DeviceKey, is_signed
from hitl_cli.sealed.log import DeviceLog
from hitl_cli.sealed.wrong import Wrong, must, refused

Receipt: TypeAlias = Mapping[str, Any]

RECEIPT_TAG: Final = b"hitl-relay/decision/1\0"
SALT_BYTES: Final = 16
ASKED: Final = ("kind", "prompt", "context", "form", "danger", "action")
_TEXTS: Final = ("request", "asked", "answer", "account", "device", "root")


@dataclass(frozen=True, slots=True)
class Said:
    """What a human answered."""

    value: Any
    comment: str = ""

    def digest(self, salt: bytes) -> str:
        """Without the salt, the digest of a yes would be the word yes for whoever sees it."""
        return digest(salt, canon({"comment": self.comment, "value": self.value}))


@dataclass(frozen=True, slots=True)
class Decision:
    """A signed receipt with the salt that opens its digest."""

    receipt: Receipt
    sig: str
    salt: str


def asked_of(question: Mapping[str, Any], agent_name: str) -> str:
    """Return what a receipt says was asked, of a plain question as a device was shown it."""
    return digest_of({**{name: question[name] for name in ASKED}, "agent": agent_name})


def asked_v1(payload: str) -> str:
    return digest(payload.encode())


def sign_decision(
    said: Said,
    *,
    device: DeviceKey,
    request_id: str,
    asked: str,
    account: str,
    log: DeviceLog | None,
    now: int,
    chance: Chance,
) -> Decision:
    """Sign what the human decided on this device."""
    salt = chance(SALT_BYTES)
    receipt = {
        "v": 1,
        "request": request_id,
        "asked": asked,
        "answer": said.digest(salt),
        "account": account,
        "device": device.sign,
        "root": log.root if log else "",
        "seq": log.seq if log else -1,
        "at": now,
    }
    return Decision(receipt, device.signature(RECEIPT_TAG + canon(receipt)), b64(salt))


def check_signature(receipt: Any, sig: Any) -> Receipt:
    """Refuse a receipt that is not of its form, or that the device it names did not sign."""
    if not isinstance(receipt, Mapping):
        raise refused(Wrong.NO_RECEIPT, "there is no receipt")
    readable = (
        receipt.get("v") == 1
        and all(isinstance(receipt.get(name), str) for name in _TEXTS)
        and all(type(receipt.get(name)) is int for name in ("seq", "at"))
    )
    must(readable, Wrong.UNREADABLE, "the receipt is not of its form")
    try:
        message = RECEIPT_TAG + canon(receipt)
    except (ValueError, RecursionError) as error:
        raise refused(Wrong.UNREADABLE, "the receipt is not of its form") from error
    must(is_signed(receipt["device"], sig, message), Wrong.RECEIPT_SIGNATURE, "the receipt's signature is wrong")
    return receipt


def check_says(receipt: Receipt, *, request_id: str, asked: str, said: Said, salt: str) -> None:
    """Refuse a receipt that was signed for something else."""
    must(receipt["request"] == request_id, Wrong.RECEIPT_OTHER, "the receipt is for another request")
    must(receipt["asked"] == asked, Wrong.RECEIPT_OTHER, "the receipt is for another question")
    try:
        answer = said.digest(unb64(salt, SALT_BYTES))
    except (ValueError, RecursionError) as error:
        raise refused(Wrong.UNREADABLE, "the answer is no JSON") from error
    must(receipt["answer"] == answer, Wrong.RECEIPT_OTHER, "the receipt is for another answer")
