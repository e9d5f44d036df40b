"""What a device is told. It names a request; its words are in it only if the account wants that.

The same facts go to every vendor as `hitl` beside whatever the vendor's own form needs: an app reads one thing.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final
from uuid import UUID

from relay.kernel.body import iso

VERSION: Final = 1


class Op(StrEnum):
    ASK = "ask"
    """A question waits."""
    NOTIFY = "notify"
    """Something is told; nothing is awaited."""
    CLOSED = "closed"
    """What was shown is settled: replace it quietly."""
    SUMMARY = "summary"
    """Several questions wait; one notification for all of them."""
    TEST = "test"
    """The human wants to see whether a push arrives."""


TEXTS: Final = {
    Op.ASK: ("A question is waiting", "An agent needs your answer."),
    Op.NOTIFY: ("A message for you", "An agent has something to tell."),
    Op.SUMMARY: ("Questions are waiting", "Several agents need your answer."),
    Op.TEST: ("Test notification", "Push works on this device."),
}
"""Title and text where the account wants no words in a push; an app that has a better text shows its own."""

CLOSINGS: Final = {
    "answered": "It was answered.",
    "cancelled": "It was withdrawn.",
    "expired": "Nobody answered in time.",
}


@dataclass(frozen=True, slots=True)
class Action:
    """A button on the notification: `answer` is what the request takes, `title` what is on the button."""

    answer: str | bool
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """`id` is the request's, and the collapse id, tag and topic: a later message about it takes the earlier's place.

    `urgent` makes a sound and wakes the screen. `reply` says whether a text typed into the notification is an answer.
    """

    id: UUID
    op: Op
    deadline: dt.datetime
    urgent: bool = True
    title: str
    body: str
    actions: tuple[Action, ...] = ()
    reply: bool = False
    outcome: str = ""
    count: int = 0
    sealed: Mapping[str, Any] | None = None
    """What is sealed, for the device to open; and `agent_id`, whose key it looks for."""
    agent_id: UUID | None = None

    def facts(self) -> dict[str, Any]:
        """Return what an app reads, whoever brought it."""
        facts: dict[str, Any] = {
            "v": VERSION,
            "op": self.op.value,
            "id": str(self.id),
            "deadline": iso(self.deadline),
        }
        if self.actions:
            facts["actions"] = [{"answer": action.answer, "title": action.title} for action in self.actions]
        if self.reply:
            facts["reply"] = True
        if self.outcome:
            facts["outcome"] = self.outcome
        if self.count:
            facts["count"] = self.count
        if self.sealed:
            facts["sealed"] = self.sealed
            facts["agent_id"] = str(self.agent_id)
        return facts

    @property
    def tag(self) -> str:
        """32 characters of base16: what every vendor takes as a collapse id, Web Push as a Topic (RFC 8030 5.4)."""
        return self.id.hex

    def seconds_left(self, now: dt.datetime) -> int:
        return max(0, int((self.deadline - now).total_seconds()))

    def fitting(self, form: Callable[["Message"], bytes], most: int) -> "Message":
        """Return it with its ciphertext if a vendor's form of that has at most so many bytes, else without.

        The device fetches what is left out. How long a ciphertext gets in JSON its agent decides, so it is measured.
        """
        return self if not self.sealed or len(form(self)) <= most else replace(self, sealed=None)
