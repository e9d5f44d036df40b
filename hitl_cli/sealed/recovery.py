"""The recovery key: a device on paper, written so that a slip of the pen is found when it is typed."""

from typing import Final

from hitl_cli.sealed.canon import sha256, unb64
from hitl_cli.sealed.keys import KEY_BYTES, BoxKey, DeviceKey
from hitl_cli.sealed.wrong import Wrong, must

ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter that looks like a digit."""

SECRET_BYTES: Final = 16
ROOT_BYTES: Final = 12
CHECK_BYTES: Final = 2
LETTERS: Final = 48
_MISREAD: Final = str.maketrans("OIL", "011", " -\t\n")


def recovery_keys(secret: bytes) -> DeviceKey:
    sign = sha256(b"hitl-relay/recovery-sign/1\0", secret)
    box = sha256(b"hitl-relay/recovery-box/1\0", secret)
    return DeviceKey(sign, BoxKey(box))


def printed(secret: bytes, root: str) -> str:
    body = secret + unb64(root, KEY_BYTES)[:ROOT_BYTES]
    bits = int.from_bytes(body + sha256(body)[:CHECK_BYTES], "big")
    text = "".join(ALPHABET[bits >> shift & 31] for shift in range(5 * LETTERS - 5, -1, -5))
    return " ".join(text[i : i + 4] for i in range(0, LETTERS, 4))


def typed(text: str) -> tuple[bytes, bytes]:
    """Return the secret and the beginning of the root, as they were printed."""
    letters = text.upper().translate(_MISREAD)
    readable = len(letters) == LETTERS and all(letter in ALPHABET for letter in letters)
    must(readable, Wrong.UNREADABLE, "a recovery key has 48 letters and digits")
    bits = 0
    for letter in letters:
        bits = bits << 5 | ALPHABET.index(letter)
    raw = bits.to_bytes(SECRET_BYTES + ROOT_BYTES + CHECK_BYTES, "big")
    body, check = raw[:-CHECK_BYTES], raw[-CHECK_BYTES:]
    must(sha256(body)[:CHECK_BYTES] == check, Wrong.UNREADABLE, "a letter of the recovery key is wrong")
    return body[:SECRET_BYTES], body[SECRET_BYTES:]
