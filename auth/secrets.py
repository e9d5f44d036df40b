"""The shape of our tokens: a prefix that says what it is, 256 random bits, and a checksum over both.

    mcp_pk_ + 43 characters of base62 + 6 characters of CRC-32     an agent's API key
    htk_    + the same                                             an organization's token
    hses_   + the same                                             a human's session
    hrt_, hcs_, hac_, hdc_ + the same    of OAuth: refresh token, client secret, authorization code, device code

The checksum lets a typing error, or a guess, be refused without asking the database, and lets secret scanners be
sure. It proves nothing: the lookup by SHA-256 does. A fast digest is right here, because nobody can try 2^256
inputs; a slow one would only make every request slow.
"""

import hashlib
import re
import zlib
from typing import Final

from relay.domain.ids import Chance

API_KEY_PREFIX: Final = "mcp_pk_"
ORG_TOKEN_PREFIX: Final = "htk_"  # noqa: S105 - what tokens begin with, not one of them
SESSION_PREFIX: Final = "hses_"
REFRESH_PREFIX: Final = "hrt_"
CLIENT_SECRET_PREFIX: Final = "hcs_"  # noqa: S105 - how one begins
CODE_PREFIX: Final = "hac_"
DEVICE_CODE_PREFIX: Final = "hdc_"

BASE62: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
BODY: Final = 43
"""62^43 is just above 2^256."""
CHECK: Final = 6
"""62^6 is just above 2^32."""

_PREFIX: Final = f"{API_KEY_PREFIX}|{ORG_TOKEN_PREFIX}|{SESSION_PREFIX}"
_SHAPE: Final = re.compile(rf"({_PREFIX})[0-9A-Za-z]{{{BODY + CHECK}}}", re.ASCII)

LOOKS_SECRET: Final = re.compile(rf"(?:{_PREFIX}|{REFRESH_PREFIX}|{CLIENT_SECRET_PREFIX})[0-9A-Za-z]")
"""Finds a token, whole or not, in a text that must not hold one."""

CODE_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base32: no I, L, O or U, so that nobody mistakes one for 1, 0 or V."""
CODE_LENGTH: Final = 28
"""Five bits each: 140, more than the 128 that make guessing hopeless, and even groups of four."""
_GROUP: Final = 4
_LOOK_ALIKES: Final = str.maketrans("ILO", "110")


def new_token(prefix: str, chance: Chance) -> str:
    body = prefix + _base62(int.from_bytes(chance(32)), BODY)
    return body + _checksum(body)


def kind_of(token: str) -> str | None:
    """Return the prefix of a token in good shape, else nothing."""
    shape = _SHAPE.fullmatch(token)
    return shape[1] if shape and _checksum(token[:-CHECK]) == token[-CHECK:] else None


def digest_of(token: str) -> bytes:
    """Return what is stored and looked up. Header bytes that are not UTF-8 arrive as surrogates and are taken back."""
    return hashlib.sha256(token.encode(errors="surrogateescape")).digest()


def new_code(chance: Chance, length: int = CODE_LENGTH) -> str:
    """Return a code for people to copy: `7KQ2-…`."""
    letters = "".join(CODE_ALPHABET[byte & 31] for byte in chance(length))
    return "-".join(letters[start : start + _GROUP] for start in range(0, length, _GROUP))


def new_link(chance: Chance) -> str:
    """Return 256 random bits for an address that is meant to be opened once. No prefix: it is no credential."""
    return _base62(int.from_bytes(chance(32)), BODY)


def code_digest(typed: str) -> bytes:
    """Return the digest of a code however it was typed: in lower case, without the dashes, O for 0."""
    letters = re.sub(r"[\s-]", "", typed).upper().translate(_LOOK_ALIKES)
    return digest_of(letters)


def _checksum(text: str) -> str:
    return _base62(zlib.crc32(text.encode()), CHECK)


def _base62(number: int, width: int) -> str:
    digits: list[str] = []
    while number:
        number, digit = divmod(number, 62)
        digits.append(BASE62[digit])
    return "".join(reversed(digits)).rjust(width, "0")
