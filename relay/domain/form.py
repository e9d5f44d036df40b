"""What kind of answer a question wants, and whether an answer fits.

A form travels as JSON (`to_json` / `form_from_json`) in the database, to the devices and back to the caller; an
answer is a plain JSON value: a string, a list of strings, a number or a boolean.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from relay.domain.errors import InvalidInput
from relay.domain.quick import quick

MAX_TEXT: Final = 10_000
"""Characters a human may answer with; long enough for a page, short enough for every client."""

MAX_CHOICES: Final = 200
MAX_CHOICE: Final = 500
"""Characters of one choice: it must fit a button, if a tall one."""

Value: TypeAlias = str | list[str] | int | float | bool


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    min_length: int = 0
    max_length: int = MAX_TEXT
    placeholder: str = ""

    def __post_init__(self) -> None:
        _require(0 <= self.min_length <= self.max_length <= MAX_TEXT, "/text", f"0 <= min <= max <= {MAX_TEXT}")

    def check(self, value: object) -> Value:
        if not isinstance(value, str):
            raise _wrong("must be a text")
        if not self.min_length <= len(value) <= self.max_length:
            raise _wrong(f"must have {self.min_length} to {self.max_length} characters")
        return value

    def to_json(self) -> dict[str, Any]:
        return {
            "type": "text",
            "min_length": self.min_length,
            "max_length": self.max_length,
            "placeholder": self.placeholder,
        }


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    options: tuple[str, ...]
    multiple: bool = False

    def __post_init__(self) -> None:
        _require(1 <= len(self.options) <= MAX_CHOICES, "/choices", f"must be 1 to {MAX_CHOICES} choices")
        _require(len(set(self.options)) == len(self.options), "/choices", "must all differ")
        for index, option in enumerate(self.options):
            # Not `_require`: this runs for every choice of every question, and so would the making of its arguments.
            if not option.strip() or len(option) > MAX_CHOICE:
                raise InvalidInput(f"must have 1 to {MAX_CHOICE} characters", f"/choices/{index}")

    def check(self, value: object) -> Value:
        if not self.multiple:
            if not isinstance(value, str) or value not in self.options:
                raise _wrong("must be one of the choices offered")
            return value
        if not isinstance(value, list) or not value:
            raise _wrong("must be a list of at least one choice")
        if any(v not in self.options for v in value) or len({*value}) != len(value):
            raise _wrong("must be choices offered, each once")
        return [option for option in self.options if option in value]

    def to_json(self) -> dict[str, Any]:
        return {"type": "choice", "options": list(self.options), "multiple": self.multiple}


@dataclass(frozen=True, slots=True, kw_only=True)
class Number:
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False

    def __post_init__(self) -> None:
        bounds = [b for b in (self.minimum, self.maximum) if b is not None]
        _require(all(math.isfinite(b) for b in bounds), "/number", "bounds must be finite")
        _require(bounds == sorted(bounds), "/number", "the minimum must not exceed the maximum")

    def check(self, value: object) -> Value:
        if isinstance(value, bool) or not isinstance(value, int | float) or not _is_finite(value):
            raise _wrong("must be a number")
        if self.integer and value != int(value):
            raise _wrong("must be a whole number")
        if self.minimum is not None and value < self.minimum:
            raise _wrong(f"must be at least {self.minimum:g}")
        if self.maximum is not None and value > self.maximum:
            raise _wrong(f"must be at most {self.maximum:g}")
        return int(value) if self.integer else value

    def to_json(self) -> dict[str, Any]:
        return {"type": "number", "minimum": self.minimum, "maximum": self.maximum, "integer": self.integer}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rating:
    """Whole stars from `minimum` to `maximum`."""

    minimum: int = 1
    maximum: int = 5

    def __post_init__(self) -> None:
        _require(0 <= self.minimum < self.maximum <= 10, "/rating", "0 <= minimum < maximum <= 10")

    def check(self, value: object) -> Value:
        if isinstance(value, bool) or not isinstance(value, int) or not self.minimum <= value <= self.maximum:
            raise _wrong(f"must be a whole number from {self.minimum} to {self.maximum}")
        return value

    def to_json(self) -> dict[str, Any]:
        return {"type": "rating", "minimum": self.minimum, "maximum": self.maximum}


@dataclass(frozen=True, slots=True)
class Boolean:
    def check(self, value: object) -> Value:
        if not isinstance(value, bool):
            raise _wrong("must be true or false")
        return value

    def to_json(self) -> dict[str, Any]:
        return {"type": "boolean"}


Form: TypeAlias = Text | Choice | Number | Rating | Boolean


def form_from_json(given: Mapping[str, Any]) -> Form:
    """Read back what `to_json` wrote; only the relay's own rows come here."""
    fields = {name: value for name, value in given.items() if name != "type"}
    match given["type"]:
        case "text":
            return Text(**fields)
        case "choice":
            return Choice(options=tuple(fields["options"]), multiple=fields["multiple"])
        case "number":
            return Number(**fields)
        case "rating":
            return Rating(**fields)
        case "boolean":
            return Boolean()
        case other:
            raise ValueError(other)


def _require(holds: bool, pointer: str, reason: str) -> None:
    if not holds:
        raise InvalidInput(reason, pointer)


def _is_finite(value: float) -> bool:
    try:
        return math.isfinite(value)
    except OverflowError:  # a whole number with more digits than any float can stand for
        return False


def _wrong(reason: str) -> InvalidInput:
    return InvalidInput(reason, "/answer")
