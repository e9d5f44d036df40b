"""Canonical JSON (RFC 8785): the bytes that digests and signatures are made over, the same in every program.

Numbers are written as ECMAScript writes them, but a whole number that was written with digits alone keeps them all: the
standard would round it to a double, and then two different numbers would have one signature.
"""

import hashlib
import json
import math
from collections.abc import Mapping
from decimal import Decimal
from typing import Final

BIGGEST_PLAIN: Final = 21
SMALLEST_PLAIN: Final = -6
"""Between 1e-6 and 1e21 a number has no exponent (ECMA-262, Number::toString)."""


def canonical(value: object) -> bytes:
    """Write a JSON value. Raises `ValueError` for what JSON does not have: NaN, infinities, halves of letters."""
    return _text(value).encode()


def digest(value: object) -> bytes:
    return hashlib.sha256(canonical(value)).digest()


def _text(value: object) -> str:
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)
        case int():
            return str(value)
        case float():
            return _number(value)
        case Mapping():
            members = sorted(value.items(), key=lambda member: member[0].encode("utf-16-be"))
            return "{" + ",".join(f"{_text(name)}:{_text(of)}" for name, of in members) + "}"
        case list() | tuple():
            return "[" + ",".join(map(_text, value)) + "]"
        case _:
            raise ValueError(f"JSON has no {type(value).__name__}")


def _number(number: float) -> str:
    """Return the shortest digits that mean this double, which `repr` finds too, in ECMAScript's layout."""
    if number == 0:
        return "0"
    if not math.isfinite(number):
        raise ValueError("JSON has no NaN and no infinity")
    sign, digits, exponent = Decimal(repr(number)).as_tuple()
    written = "".join(map(str, digits))
    point = len(written) + int(exponent)
    shown = written.rstrip("0")
    if len(shown) <= point <= BIGGEST_PLAIN:
        text = shown.ljust(point, "0")
    elif 0 < point <= BIGGEST_PLAIN:
        text = f"{shown[:point]}.{shown[point:]}"
    elif SMALLEST_PLAIN < point <= 0:
        text = f"0.{'0' * -point}{shown}"
    else:
        tail = f".{shown[1:]}" if len(shown) > 1 else ""
        text = f"{shown[0]}{tail}e{'+' if point > 0 else '-'}{abs(point - 1)}"
    return f"-{text}" if sign else text
