"""What the relay has of a sealed request: a ciphertext, and the facts it needs that are no words.

`docs/protocol/sealed.md` has the formats. Only the form of a ciphertext is looked at, so that a client that forgot to
seal is told before its words are written down anywhere.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, Self

from relay.domain.errors import InvalidInput
from relay.domain.quick import quick

MAX_SEALED: Final = 240_000
"""Characters of a ciphertext: the longest prompt and context, padded, with room to spare in a request body."""

MAX_RECIPIENTS: Final = 100
"""Devices one question is sealed for; a human has a handful."""

KEY_BYTES: Final = 32
BOX_OVERHEAD: Final = 24 + 16
"""Bytes of a nonce and an authenticator: no box is shorter."""


class Reply(StrEnum):
    """What the sealed answer of a version 1 request shall hold: the caller's programs differ in what they parse."""

    JSON = "json"
    TEXT = "text"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """What is asked, for whoever has the keys. The payload is empty once retention has taken it."""

    payload: str
    version: int
    reply: Reply
    agent_name: str

    @classmethod
    def of(cls, payload: str, *, reply: Reply, agent_name: str) -> Self:
        """Take what an agent sealed, if it looks sealed."""
        return cls(payload=payload, version=check(payload, "/encrypted_payload"), reply=reply, agent_name=agent_name)

    @property
    def characters(self) -> int:
        return len(self.payload)

    def visible(self) -> dict[str, Any]:
        return {"version": self.version, "reply": self.reply.value, "agent_name": self.agent_name}

    @classmethod
    def from_json(cls, payload: str, visible: Mapping[str, Any]) -> Self:
        """Read back what `visible` wrote."""
        return cls(
            payload=payload,
            version=visible["version"],
            reply=Reply(visible["reply"]),
            agent_name=visible["agent_name"],
        )


def check(text: str, pointer: str) -> int:
    """Return the version of a ciphertext that has the form of one."""
    if len(text) > MAX_SEALED:
        raise InvalidInput(f"must have at most {MAX_SEALED} characters", pointer)
    if text.startswith("{"):
        _check_envelope(text, pointer)
        return 2
    if not _is_base64(text, BOX_OVERHEAD + 1):
        raise InvalidInput("must be a box in standard base64, or an envelope", pointer)
    return 1


def _check_envelope(text: str, pointer: str) -> None:
    try:
        envelope = json.loads(text)
    except (ValueError, RecursionError):
        raise InvalidInput("is neither base64 nor JSON", pointer) from None
    if envelope.keys() != {"v", "h", "c", "w"} or envelope["v"] != 2:
        raise InvalidInput("must have exactly v (2), h, c and w", pointer)
    if not _is_base64(envelope["h"], 1) or not _is_base64(envelope["c"], BOX_OVERHEAD):
        raise InvalidInput("h and c must be standard base64", pointer)
    wraps = envelope["w"]
    if not isinstance(wraps, dict) or not 1 <= len(wraps) <= MAX_RECIPIENTS:
        raise InvalidInput(f"w must have 1 to {MAX_RECIPIENTS} recipients", pointer)
    if not all(_is_base64(key, KEY_BYTES) and _is_base64(wrap, BOX_OVERHEAD) for key, wrap in wraps.items()):
        raise InvalidInput("w must have boxes under public keys, both in standard base64", pointer)


def _is_base64(text: object, at_least: int) -> bool:
    try:
        return isinstance(text, str) and len(base64.b64decode(text, validate=True)) >= at_least
    except (binascii.Error, ValueError):
        return False
