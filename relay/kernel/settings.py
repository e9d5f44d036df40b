"""The machinery of settings: declared once with their documentation, all faults reported at once.

`hitl_relay.settings` declares the relay's own; `docs/reference/settings.md` is generated from the declaration.
"""

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

    S = TypeVar("S", bound=DataclassInstance)


class Secret(str):
    """A string that does not print itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Secret('…')"


class BadSettings(Exception):
    """The environment is incomplete or wrong; the message names every fault, a line each."""


def setting(env: str, doc: str, *, parse: Callable[[str], Any], default: Any, shown: str | None = None) -> Any:
    """Declare a field read from `env`. `shown` replaces the default in the manual where it is computed."""
    return field(default=default, metadata={"env": env, "doc": doc, "parse": parse, "shown": shown})


def read_settings(cls: "type[S]", environ: Mapping[str, str]) -> "S":
    """Build `cls` from `environ`; an empty variable counts as unset."""
    values: dict[str, Any] = {}
    faults: list[str] = []
    for f in dataclasses.fields(cls):
        raw = environ.get(f.metadata["env"], "")
        if not raw:
            continue
        try:
            values[f.name] = f.metadata["parse"](raw)
        except ValueError as error:
            faults.append(f"{f.metadata['env']}: {error}")
    if faults:
        raise BadSettings("\n".join(faults))
    return cls(**values)


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return a parser of whole numbers in a range."""

    def parse(raw: str) -> int:
        if not raw.isascii() or not raw.isdigit() or not low <= int(raw) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {raw!r}")
        return int(raw)

    return parse


def numbers(raw: str) -> tuple[tuple[str, int], ...]:
    """Read `name=number` pairs separated by commas."""
    found: dict[str, int] = {}
    for pair in filter(None, (part.strip() for part in raw.split(","))):
        name, equals, number = (part.strip() for part in pair.partition("="))
        if not equals or not name or not number.isascii() or not number.isdigit() or len(number) > 9 or name in found:
            raise ValueError(f"must be pairs like asks=600, address=0, each name once, not {pair!r}")
        found[name] = int(number)
    return tuple(found.items())


def one_of(*words: str) -> Callable[[str], str]:
    def parse(raw: str) -> str:
        if raw not in words:
            raise ValueError(f"must be one of {', '.join(words)}, not {raw!r}")
        return raw

    return parse
