"""A question as the relay sends it to a device, and what counts as an answer to it. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import isfinite
from typing import Any, Final, TypeAlias

from hitl_cli.wire import Answer, epoch_s

PRIORITY_RANK: Final[Mapping[str, int]] = {"urgent": 0, "high": 1, "normal": 2, "low": 3}

YES_WORDS: Final = frozenset({"y", "yes", "true", "approve", "allow", "accept", "ok"})
NO_WORDS: Final = frozenset({"n", "no", "false", "deny", "reject", "decline", "cancel"})

MAX_TEXT: Final = 10_000


class WrongAnswer(Exception):
    """What was typed does not fit; the message says what would."""


@dataclass(frozen=True, slots=True)
class Choice:
    options: tuple[str, ...]
    multiple: bool = False

    def index_of(self, typed: str) -> int:
        """Find the option meant by its number or by its words."""
        if typed.isascii() and typed.isdigit() and 1 <= int(typed) <= len(self.options):
            return int(typed) - 1
        folded = typed.strip().casefold()
        meant = [index for index, option in enumerate(self.options) if option.strip().casefold() == folded]
        if len(meant) != 1:
            raise WrongAnswer(f"choose 1 to {len(self.options)}")
        return meant[0]

    def meaning(self, words: frozenset[str]) -> int | None:
        """Return the one option that says yes (or no); two that do leave it open."""
        meant = [index for index, option in enumerate(self.options) if option.strip().casefold() in words]
        return meant[0] if len(meant) == 1 else None

    def parse(self, typed: str) -> Answer:
        if not self.multiple:
            return self.options[self.index_of(typed)]
        parts = typed.split(",") if "," in typed else typed.split()
        try:
            picked = {self.index_of(part.strip()) for part in parts}
        except WrongAnswer:
            picked = {self.index_of(typed)}  # one option that has spaces in its words
        return self.chosen(picked)

    def chosen(self, picked: set[int]) -> Answer:
        if not picked:
            raise WrongAnswer("choose at least one")
        return [self.options[index] for index in sorted(picked)]


@dataclass(frozen=True, slots=True)
class Text:
    min_length: int = 0
    max_length: int = MAX_TEXT
    placeholder: str = ""

    def parse(self, typed: str) -> Answer:
        if not self.min_length <= len(typed) <= self.max_length:
            raise WrongAnswer(f"{self.min_length} to {self.max_length} characters, not {len(typed)}")
        return typed


@dataclass(frozen=True, slots=True)
class Number:
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False

    def parse(self, typed: str) -> Answer:
        try:
            # A decimal comma is what half of the world types.
            value: float = int(typed) if self.integer else float(typed.replace(",", "."))
        except ValueError:
            raise WrongAnswer(self.hint) from None
        low, high = self.minimum, self.maximum
        if not isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
            raise WrongAnswer(self.hint)
        return value

    @property
    def hint(self) -> str:
        kind = "a whole number" if self.integer else "a number"
        low = f" from {self.minimum:g}" if self.minimum is not None else ""
        high = f" to {self.maximum:g}" if self.maximum is not None else ""
        return f"{kind}{low}{high}"


@dataclass(frozen=True, slots=True)
class Rating:
    minimum: int = 1
    maximum: int = 5

    def parse(self, typed: str) -> Answer:
        if not (typed.isascii() and typed.isdigit() and self.minimum <= int(typed) <= self.maximum):
            raise WrongAnswer(self.hint)
        return int(typed)

    @property
    def hint(self) -> str:
        return f"a whole number from {self.minimum} to {self.maximum}"


@dataclass(frozen=True, slots=True)
class Boolean:
    def parse(self, typed: str) -> Answer:
        word = typed.strip().casefold()
        if word in YES_WORDS:
            return True
        if word in NO_WORDS:
            return False
        raise WrongAnswer("yes or no")


@dataclass(frozen=True, slots=True)
class Unknown:
    """A form newer than this client."""

    def parse(self, typed: str) -> Answer:  # noqa: ARG002 - a form like the others
        raise WrongAnswer("this client is too old for this question; answer it on another device")


@dataclass(frozen=True, slots=True)
class Closed:
    """A sealed question that could not be opened, or must not be believed."""

    def parse(self, typed: str) -> Answer:  # noqa: ARG002 - a form like the others
        raise WrongAnswer("it cannot be answered here; use another device")


Form: TypeAlias = Choice | Text | Number | Rating | Boolean | Unknown | Closed


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    id: str
    kind: str
    prompt: str
    context: str
    form: Form
    danger: bool
    action: Mapping[str, Any] | None
    priority: str
    agent: str
    created_at: float
    expires_at: float
    default: Answer | None = None
    trust: str = ""
    """What is known of how it came: nothing where the relay could read it."""

    @property
    def order(self) -> tuple[int, float, str]:
        """Urgent first, then what runs out first."""
        return PRIORITY_RANK.get(self.priority, PRIORITY_RANK["normal"]), self.expires_at, self.id

    def refuses(self, value: Answer) -> bool:
        """Say whether an answer is a plain no. The harmless answer needs no confirmation."""
        if isinstance(value, bool):
            return not value
        return self.kind == "approval" and isinstance(value, str) and value.strip().casefold() in NO_WORDS

    def needs_confirmation(self, value: Answer) -> bool:
        return self.danger and not self.refuses(value)


def card_of(given: Mapping[str, Any]) -> Card:
    return Card(
        id=given["id"],
        kind=given.get("kind", "input"),
        prompt=given.get("prompt") or "",
        context=given.get("context") or "",
        form=form_of(given.get("form")),
        danger=bool(given.get("danger")),
        action=given.get("action"),
        priority=given.get("priority") or "normal",
        agent=(given.get("agent") or {}).get("name") or "an agent",
        created_at=epoch_s(given["created_at"]),
        expires_at=epoch_s(given["expires_at"]),
        default=given.get("default"),
        trust=given.get("trust") or "",
    )


def form_of(given: Mapping[str, Any] | None) -> Form:
    given = given or {}
    read = _FORMS.get(given.get("type", ""))
    return read(given) if read else Unknown()


def _limit(given: Mapping[str, Any], name: str, default: int) -> int:
    value = given.get(name)
    return default if value is None else int(value)


_FORMS: Final[Mapping[str, Callable[[Mapping[str, Any]], Form]]] = {
    "choice": lambda given: Choice(tuple(given.get("options", ())), bool(given.get("multiple"))),
    "text": lambda given: Text(
        _limit(given, "min_length", 0), _limit(given, "max_length", MAX_TEXT), given.get("placeholder") or ""
    ),
    "number": lambda given: Number(given.get("minimum"), given.get("maximum"), bool(given.get("integer"))),
    "rating": lambda given: Rating(_limit(given, "minimum", 1), _limit(given, "maximum", 5)),
    "boolean": lambda _given: Boolean(),
    "closed": lambda _given: Closed(),
}


def spoken(value: object) -> str:
    """Say an answer in words."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return ", ".join(value) if isinstance(value, list) else str(value)
