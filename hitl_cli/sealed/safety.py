"""The safety number: sixty digits that an agent and a device both show, equal if nobody stands between them."""

import hashlib
from typing import Final

from hitl_cli.sealed.canon import unb64
from hitl_cli.sealed.keys import KEY_BYTES

ROUNDS: Final = 5200
"""Makes searching for a key with a similar number slow; Signal's count."""


def safety_number(root: str, agent_box: str) -> str:
    return " ".join(_half(b"acct", unb64(root, KEY_BYTES)) + _half(b"agnt", unb64(agent_box, KEY_BYTES)))


def _half(label: bytes, subject: bytes) -> list[str]:
    x = b"\x00\x01" + label + subject
    for _ in range(ROUNDS):
        x = hashlib.sha512(x + subject).digest()
    return [f"{int.from_bytes(x[i : i + 5], 'big') % 100_000:05d}" for i in range(0, 30, 5)]
