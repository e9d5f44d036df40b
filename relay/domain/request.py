"""A request: what is put before a human, and the only ways it may end.

    pending --answer--> answered
       |----cancel----> cancelled
       '----expire----> expired          posted: a notification; nothing is awaited and nothing moves it

`MOVES` is total; SQL repeats it as a compare-and-set. A claim is a lease on a pending request, not a state.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any, Final, Self
from uuid import UUID

from relay.domain.errors import AlreadyDecided, InvalidInput
from relay.domain.form import Form, Value, form_from_json
from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId, RequestId
from relay.domain.quick import changed, quick
from relay.domain.sealed import Sealed, check

MAX_WAIT: Final = dt.timedelta(minutes=15)
"""The ceiling the seeds promise; also a CHECK in the schema."""

MIN_WAIT: Final = dt.timedelta(seconds=1)

MAX_PROMPT: Final = 100_000
MAX_CONTEXT: Final = 100_000
"""Characters; the longest of both still fit a request body, as long as most letters are of one or two bytes."""

MAX_COMMENT: Final = 2_000

MAX_CLAIM: Final = dt.timedelta(minutes=5)
"""A lease must end well before the ceiling, so that a forgotten claim costs minutes, not the request."""


class Kind(StrEnum):
    INPUT = "input"
    APPROVAL = "approval"
    COMPLETION = "completion"
    NOTIFICATION = "notification"


class Priority(IntEnum):
    """Stored as a number so that an inbox can be sorted by it."""

    LOW = 0
    NORMAL = 1
    HIGH = 2
    URGENT = 3


class State(StrEnum):
    PENDING = "pending"
    ANSWERED = "answered"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    POSTED = "posted"


class Move(StrEnum):
    ANSWER = "answer"
    CANCEL = "cancel"
    EXPIRE = "expire"


MOVES: Final[Mapping[State, Mapping[Move, State]]] = {
    State.PENDING: {Move.ANSWER: State.ANSWERED, Move.CANCEL: State.CANCELLED, Move.EXPIRE: State.EXPIRED},
    State.ANSWERED: {},
    State.CANCELLED: {},
    State.EXPIRED: {},
    State.POSTED: {},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """What an approval would let the agent do; shown from these arguments, never from prose."""

    tool: str
    arguments: Mapping[str, Any]


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What is asked. It never changes after it was asked."""

    prompt: str
    form: Form | None
    agent_name: str
    context: str = ""
    action: Action | None = None
    danger: bool = False
    default: Value | None = None

    def __post_init__(self) -> None:
        if self.default is not None and self.form is not None:
            try:
                self.form.check(self.default)
            except InvalidInput as error:
                raise InvalidInput(error.reason, "/default_response") from None

    @property
    def characters(self) -> int:
        """How much memory it holds, more or less."""
        return len(self.prompt) + len(self.context)

    def to_json(self) -> dict[str, Any]:
        return {
            "prompt": self.prompt,
            "form": self.form.to_json() if self.form else None,
            "agent_name": self.agent_name,
            "context": self.context,
            "action": {"tool": self.action.tool, "arguments": self.action.arguments} if self.action else None,
            "danger": self.danger,
            "default": self.default,
        }

    @classmethod
    def from_json(cls, given: Mapping[str, Any]) -> Self:
        return cls(
            prompt=given["prompt"],
            form=form_from_json(given["form"]) if given["form"] else None,
            agent_name=given["agent_name"],
            context=given["context"],
            action=Action(**given["action"]) if given["action"] else None,
            danger=given["danger"],
            default=given["default"],
        )


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the first human to decide said. `id` is the device's own, so that a repeated frame is recognised.

    To a sealed request it is `sealed`, value and comment with it, and only the agent and the devices can open it.
    """

    id: UUID
    value: Value | None
    comment: str
    by: AccountId
    by_name: str
    device: DeviceId | None
    device_name: str
    at: dt.datetime
    sealed: str | None = None
    receipt: Mapping[str, Any] | None = None
    """What the device signed about it, as it sent it; `relay.domain.receipt` has checked it."""


@dataclass(frozen=True, slots=True)
class Claim:
    by: AccountId
    until: dt.datetime


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    id: RequestId
    org_id: OrgId
    account_id: AccountId
    agent_id: AgentId
    kind: Kind
    priority: Priority
    content: Content | Sealed
    created_at: dt.datetime
    expires_at: dt.datetime
    state: State = State.PENDING
    settled_at: dt.datetime | None = None
    answer: Answer | None = None
    claim: Claim | None = None
    collected: bool = False
    away: bool = False
    """Whether the agent hung up while it waited; it may come back for the answer."""

    def answered(self, answer: Answer) -> Self:
        """Return the request as this answer settles it, or say why it cannot."""
        if answer.at >= self.expires_at and self.state is State.PENDING:
            raise AlreadyDecided(State.EXPIRED, self.expires_at)
        content = self.content
        if isinstance(content, Sealed):
            self._check_sealed(content, answer)
        elif content.form is None:
            raise _no_answer_wanted()
        elif answer.sealed is not None:
            raise InvalidInput("this request is not sealed: its answer must not be either", "/sealed")
        else:
            value = content.form.check(answer.value)
            if value is not answer.value:
                answer = changed(answer, value=value)
        return changed(self, state=self._after(Move.ANSWER), settled_at=answer.at, answer=answer, claim=None)

    def cancelled(self, at: dt.datetime) -> Self:
        return changed(self, state=self._after(Move.CANCEL), settled_at=at, claim=None)

    def expired(self, at: dt.datetime) -> Self:
        return changed(self, state=self._after(Move.EXPIRE), settled_at=at, claim=None)

    def refusal(self) -> AlreadyDecided:
        """Say how this settled request ended, to whoever came too late."""
        by, device = (self.answer.by, self.answer.device) if self.answer else (None, None)
        return AlreadyDecided(self.state, self.settled_at, by, device)

    @property
    def default(self) -> Value | None:
        """What the caller named for the case that nobody answers; in the clear only where the question is."""
        return self.content.default if isinstance(self.content, Content) else None

    def _check_sealed(self, content: Sealed, answer: Answer) -> None:
        """Whether the answer fits the question nobody here can say; that it is sealed as that was, anybody can."""
        if self.kind is Kind.NOTIFICATION:
            raise _no_answer_wanted()
        if answer.sealed is None or answer.value is not None or answer.comment:
            raise InvalidInput("this request is sealed: its answer must be too", "/sealed")
        if check(answer.sealed, "/sealed") != content.version:
            raise InvalidInput(f"must be of version {content.version}, as the question is", "/sealed")

    def _after(self, move: Move) -> State:
        try:
            return MOVES[self.state][move]
        except KeyError:
            raise self.refusal() from None


def _no_answer_wanted() -> InvalidInput:
    return InvalidInput("a notification takes no answer", "/request_id")


@quick
@dataclass(frozen=True, slots=True)
class Deadline:
    """When a request ends, and whether the ceiling cut the caller's wish short."""

    expires_at: dt.datetime
    ceiling_applied: bool

    @classmethod
    def after(cls, wish: dt.timedelta | None, *, start: dt.datetime) -> Self:
        if wish is None:
            return cls(start + MAX_WAIT, ceiling_applied=False)
        if wish < MIN_WAIT:
            raise InvalidInput("must be at least 1", "/timeout_seconds")
        return cls(start + min(wish, MAX_WAIT), ceiling_applied=wish > MAX_WAIT)
