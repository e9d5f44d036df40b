"""One text for one value: canonical JSON (RFC 8785), base64 in its only spelling, and hashes of both.

Beyond the RFC, a whole number written with digits alone keeps all of them: ids in an action's arguments are often
longer than a double can hold, and a human must sign the one that is shown.
"""

import hashlib
import json
import math
from base64 import b64decode, b64encode
from collections.abc import Mapping
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any, NoReturn

from hitl_cli.sealed.wrong import Wrong, refused


def canon(value: Any) -> bytes:
    """Write a JSON value in its canonical form; a ValueError says that it is none."""
    return "".join(_pieces(value)).encode()


def read(text: str | bytes) -> Any:
    """Parse JSON that came from elsewhere."""
    try:
        return json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise refused(Wrong.UNREADABLE, "it is no JSON") from error


def b64(raw: bytes) -> str:
    return b64encode(raw).decode()


def unb64(text: Any, size: int | None = None) -> bytes:
    """Decode standard base64; a second spelling of the same bytes is refused, for keys are compared as texts."""
    try:
        raw = b64decode(text, validate=True)
    except (ValueError, TypeError) as error:
        raise refused(Wrong.UNREADABLE, "it is no base64") from error
    if b64(raw) != text or (size is not None and len(raw) != size):
        raise refused(Wrong.UNREADABLE, "it is base64 of another length or spelling")
    return raw


def sha256(*parts: bytes) -> bytes:
    return hashlib.sha256(b"".join(parts)).digest()


def digest(*parts: bytes) -> str:
    """Return a hash as it travels."""
    return b64(sha256(*parts))


def digest_of(value: Any) -> str:
    return digest(canon(value))


def _pieces(value: Any) -> list[str]:
    match value:
        case None | True | False:
            return [{None: "null", True: "true", False: "false"}[value]]
        case str():
            return [encode_basestring(value)]
        case int():
            return [str(value)]
        case float():
            return [_double(value)]
        case list() | tuple():
            return ["[", *_listed([_pieces(item) for item in value]), "]"]
        case Mapping():
            members = [[encode_basestring(name), ":", *_pieces(value[name])] for name in sorted(value, key=_units)]
            return ["{", *_listed(members), "}"]
        case _:
            raise ValueError(f"no JSON: {type(value).__name__}")


def _listed(items: list[list[str]]) -> list[str]:
    separated: list[str] = []
    for item in items:
        separated += [",", *item] if separated else item
    return separated


def _units(name: Any) -> bytes:
    """Sort by UTF-16 units, as ECMAScript does: a name beyond the first plane comes before U+E000."""
    if not isinstance(name, str):
        raise ValueError("no JSON: a name that is no text")  # noqa: TRY004 - like every other value that is no JSON
    return name.encode("utf-16-be")


def _double(value: float) -> str:
    """Write a number as ECMAScript's Number::toString does."""
    if not math.isfinite(value):
        raise ValueError("no JSON: not finite")
    if value == 0:
        return "0"  # -0 too
    sign, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    return "-" * sign + _positioned("".join(map(str, digits)), len(digits) + int(exponent))


def _positioned(digits: str, point: int) -> str:
    """Write digits whose decimal point comes after the first `point` of them."""
    if len(digits) <= point <= 21:
        return digits + "0" * (point - len(digits))
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return f"0.{'0' * -point}{digits}"
    mantissa = f"{digits[0]}.{digits[1:]}" if len(digits) > 1 else digits
    return f"{mantissa}e{point - 1:+d}"


def _no_number(word: str) -> NoReturn:
    raise ValueError(f"no JSON: {word}")
