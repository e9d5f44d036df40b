"""Decision receipts: what a device signs about an answer, and what of it the relay can check.

`docs/protocol/sealed.md` has the format. The relay refuses a receipt that is wrong, so that nobody carries one around
until the day it is needed; it cannot make one, because it has no device's key. Of a sealed answer it cannot say whether
the receipt is about it: the salt of the digest is inside.
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from relay.domain.canonical import canonical, digest
from relay.domain.device_log import Verify, raw, text
from relay.domain.errors import InvalidInput
from relay.domain.request import Answer, Request
from relay.domain.sealed import Sealed

TAG: Final = b"hitl-relay/decision/1\0"

SALT_BYTES: Final = 16
"""Without it the digest of "yes" would be "yes" for whoever stores it."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """As the device sent it. `salt` comes beside a plain answer and is inside a sealed one."""

    signed: Mapping[str, Any]
    sig: str
    salt: str | None = None

    def to_json(self) -> dict[str, Any]:
        sent = {"receipt": self.signed, "sig": self.sig}
        return sent if self.salt is None else {**sent, "salt": self.salt}


def check(receipt: Receipt, settled: Request, key: bytes | None, verify: Verify) -> None:
    """Refuse a receipt that this device did not sign about this answer to this question."""
    answer, signed = settled.answer, receipt.signed
    if answer is None:
        raise ValueError("a receipt is about an answer")
    if key is None:
        raise InvalidInput("this device has no key that could have signed it", "/receipt")
    for name, of in (
        ("device", text(key)),
        ("request", str(settled.id)),
        ("account", str(answer.by)),
        ("asked", _asked(settled)),
    ):
        if signed[name] != of:
            raise InvalidInput("is about something else", f"/receipt/receipt/{name}")
    if not verify(key, TAG + canonical(signed), raw(receipt.sig)):
        raise InvalidInput("does not verify", "/receipt/sig")
    if answer.sealed is None:
        _check_said(receipt, answer)
    elif receipt.salt is not None:
        raise InvalidInput("belongs inside the sealed answer", "/receipt/salt")


def question(request: Request) -> dict[str, Any] | None:
    """Return what is digested of a question in words; None when it is sealed."""
    content = request.content
    if isinstance(content, Sealed):
        return None
    return {
        "kind": request.kind.value,
        "prompt": content.prompt,
        "context": content.context,
        "form": content.form.to_json() if content.form else None,
        "danger": content.danger,
        "action": {"tool": content.action.tool, "arguments": content.action.arguments} if content.action else None,
        "agent": content.agent_name,
    }


def _asked(request: Request) -> str:
    content = request.content
    if not isinstance(content, Sealed):
        return _digest(question(request), "/receipt/receipt/asked")
    if content.version == 1:
        return text(hashlib.sha256(content.payload.encode()).digest())
    envelope = json.loads(content.payload)
    return text(digest({"c": envelope["c"], "h": envelope["h"]}))


def _check_said(receipt: Receipt, answer: Answer) -> None:
    if receipt.salt is None:
        raise InvalidInput("is missing", "/receipt/salt")
    said = canonical({"comment": answer.comment, "value": answer.value})
    if receipt.signed["answer"] != text(hashlib.sha256(base64.b64decode(receipt.salt) + said).digest()):
        raise InvalidInput("is about another answer", "/receipt/receipt/answer")


def _digest(value: object, pointer: str) -> str:
    try:
        return text(digest(value))
    except ValueError:  # a number with more digits than Python writes
        raise InvalidInput(
            "the question has no canonical form, so that nothing can be signed about it", pointer
        ) from None
