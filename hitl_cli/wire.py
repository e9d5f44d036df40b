"""The relay's JSON, as this client reads and writes it. Pure: no network, no clock."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from hitl_cli.errors import Cancelled, Expired, NoAnswer

Answer: TypeAlias = str | list[str] | int | float | bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a question stands. `raw` is the relay's whole status object."""

    request_id: str | None
    status: str
    response: Answer | None
    default_applied: bool
    raw: Mapping[str, Any]

    @property
    def pending(self) -> bool:
        return self.status == "pending"

    def answer(self) -> Answer:
        """Return what the human said (or the caller's own default), or raise why there is nothing."""
        if self.response is not None and (self.status == "answered" or self.default_applied):
            return self.response
        match self.status:
            case "expired":
                raise Expired("nobody answered in time", self.request_id)
            case "cancelled":
                raise Cancelled("the question was taken back before anybody answered", self.request_id)
            case other:
                raise NoAnswer(f"the question ended without an answer: {other}", self.request_id)


@dataclass(frozen=True, slots=True)
class Reply:
    """What a human said, and what is known about it."""

    answer: Answer
    request_id: str | None = None
    comment: str = ""
    default_applied: bool = False
    """Nobody answered; `answer` is the caller's own default."""

    device: str = ""
    """The name of the device that signed, by the account's own list of devices."""

    sealed: bool = False
    """The relay could not read it."""

    verified: bool = False
    """A device of the account signed this answer to this question; it was checked against the list of devices."""

    proof: Mapping[str, Any] | None = None
    """What shows that to others: see `verify_receipt`."""


def outcome_of(body: Mapping[str, Any]) -> Outcome:
    return Outcome(
        request_id=body.get("request_id"),
        # A relay of the published dialect answers {"response": …} alone.
        status=body.get("status") or "answered",
        response=body.get("response"),
        default_applied=bool(body.get("default_applied")),
        raw=body,
    )


def body_of(**fields: Any) -> dict[str, Any]:
    """Leave out what was not said: absent and null mean the same, and absent is shorter."""
    return {name: value for name, value in fields.items() if value is not None and value is not False}


def epoch_s(time: str) -> float:
    """Read an RFC 3339 time as seconds since 1970."""
    return dt.datetime.fromisoformat(time).timestamp()
