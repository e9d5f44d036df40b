"""Messages of the HITL Relay dialect.

The published client fixes `prompt`, `choices`, `placeholder_text`, `message`, `summary`, `response` and `status`;
it sends `choices: []` and `""` where it means nothing. Everything else is ours.
"""

import datetime as dt
import json
from collections.abc import Callable
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import AfterValidator, Field

from relay.domain.errors import InvalidInput
from relay.domain.form import MAX_CHOICE, MAX_CHOICES, MAX_TEXT, Boolean, Choice, Form, Number, Rating, Text
from relay.domain.request import MAX_CONTEXT, MAX_PROMPT, Action, Content, Kind, Priority, Request, State
from relay.domain.sealed import MAX_SEALED, Reply, Sealed
from relay.kernel.body import WireModel, id_text, iso
from relay.services.ask import Question
from relay.services.reach import Delivery

Value: TypeAlias = bool | int | float | str | list[str]
Prompt: TypeAlias = Annotated[str, Field(min_length=1, max_length=MAX_PROMPT, pattern=r"\S")]
Context: TypeAlias = Annotated[str, Field(max_length=MAX_CONTEXT, description="Markdown shown below the prompt.")]
PriorityName: TypeAlias = Literal["low", "normal", "high", "urgent"]
IdempotencyKey: TypeAlias = Annotated[str, Field(min_length=1, max_length=200)]

APPROVAL: tuple[str, ...] = ("Approve", "Deny")

FAR_S = 10**9
"""More seconds than anybody means; the ceiling cuts anything above 900 anyway."""


def _json(arguments: dict[str, Any]) -> dict[str, Any]:
    """Refuse NaN and infinities, which the parser lets through and JSON (RFC 8259 6) does not have."""
    try:
        json.dumps(arguments, allow_nan=False)
    except ValueError:
        raise ValueError("must hold finite numbers only") from None
    return arguments


def _approval() -> Choice:
    return Choice(options=APPROVAL)


class NumberBody(WireModel):
    minimum: float | None = None
    maximum: float | None = None
    integer: bool = False


class RatingBody(WireModel):
    minimum: int = 1
    maximum: int = 5


class TextBody(WireModel):
    min_length: int = 0
    max_length: int = MAX_TEXT


class ActionBody(WireModel):
    """What the agent wants to do, exactly: the human is shown these arguments."""

    tool: Annotated[str, Field(min_length=1, max_length=200)]
    arguments: Annotated[dict[str, Any], Field(default_factory=dict), AfterValidator(_json)]


class _Asking(WireModel):
    """What an ask and a completion share."""

    choices: Annotated[list[Annotated[str, Field(max_length=MAX_CHOICE)]] | None, Field(max_length=MAX_CHOICES)] = None
    multiple: bool = False
    boolean: bool = False
    number: NumberBody | None = None
    rating: RatingBody | None = None
    text: TextBody | None = None
    placeholder_text: Annotated[str | None, Field(max_length=500)] = None
    context: Context = ""
    priority: PriorityName = "normal"
    default_response: Value | None = None
    timeout_seconds: Annotated[
        int | None, Field(ge=1, le=FAR_S, description="How long it may be answered; more than 900 is cut to 900.")
    ] = None
    wait: Annotated[
        int | None, Field(ge=0, le=FAR_S, description="Seconds this call waits; 0 returns at once; absent: to the end.")
    ] = None
    idempotency_key: IdempotencyKey | None = None
    audience: Annotated[UUID | None, Field(description="The account to ask; absent: the agent's owner.")] = None

    def form(self, usual: Callable[[], Form]) -> Form:
        """Return the one form the body describes, or the usual one."""
        if self.choices:
            self._no_other("choices", self.boolean, self.number, self.rating, self.text)
            return Choice(options=tuple(self.choices), multiple=self.multiple)
        if self.multiple:
            raise InvalidInput("needs choices", "/multiple")
        if self.boolean:
            self._no_other("boolean", self.number, self.rating, self.text)
            return Boolean()
        if self.number:
            self._no_other("number", self.rating, self.text)
            return Number(minimum=self.number.minimum, maximum=self.number.maximum, integer=self.number.integer)
        if self.rating:
            self._no_other("rating", self.text)
            return Rating(minimum=self.rating.minimum, maximum=self.rating.maximum)
        if self.text:
            placeholder = self.placeholder_text or ""
            return Text(min_length=self.text.min_length, max_length=self.text.max_length, placeholder=placeholder)
        return usual()

    def _no_other(self, name: str, *others: object) -> None:
        if any(others):
            raise InvalidInput("goes with no other kind of answer", f"/{name}")

    def free_text(self) -> Text:
        return Text(placeholder=self.placeholder_text or "")

    def duration(self) -> dt.timedelta | None:
        return dt.timedelta(seconds=self.timeout_seconds) if self.timeout_seconds else None


class AskBody(_Asking):
    """`POST /api/v1/hitl/request`"""

    prompt: Prompt
    kind: Literal["input", "approval"] = "input"
    danger: Annotated[bool, Field(description="Irreversible: devices ask for a deliberate gesture.")] = False
    action: ActionBody | None = None

    def question(self, agent_name: str, key: str | None) -> Question:
        approval = self.kind == "approval"
        content = Content(
            prompt=self.prompt,
            form=self.form(_approval if approval else self.free_text),
            agent_name=agent_name,
            context=self.context,
            action=Action(tool=self.action.tool, arguments=self.action.arguments) if self.action else None,
            danger=self.danger,
            default=self.default_response,
        )
        kind = Kind.APPROVAL if approval else Kind.INPUT
        priority = Priority[self.priority.upper()]
        return Question(content=content, kind=kind, priority=priority, wait=self.duration(), idempotency_key=key)


class CompleteBody(_Asking):
    """`POST /api/v1/hitl/complete`: the agent is done; what next?"""

    summary: Prompt

    def question(self, agent_name: str, key: str | None) -> Question:
        content = Content(
            prompt=self.summary,
            form=self.form(self.free_text),
            agent_name=agent_name,
            context=self.context,
            default=self.default_response,
        )
        priority = Priority[self.priority.upper()]
        return Question(
            content=content, kind=Kind.COMPLETION, priority=priority, wait=self.duration(), idempotency_key=key
        )


class NotifyBody(WireModel):
    """`POST /api/v1/hitl/notify`: the human is told; nothing is awaited."""

    message: Prompt
    context: Context = ""
    priority: PriorityName = "normal"
    idempotency_key: IdempotencyKey | None = None
    audience: UUID | None = None

    def question(self, agent_name: str, key: str | None) -> Question:
        content = Content(prompt=self.message, form=None, agent_name=agent_name, context=self.context)
        priority = Priority[self.priority.upper()]
        return Question(content=content, kind=Kind.NOTIFICATION, priority=priority, idempotency_key=key)


class SealedNotifyBody(WireModel):
    """`POST /api/v1/hitl/notify/e2ee`: what the human is told, as a ciphertext (docs/protocol/sealed.md)."""

    encrypted_payload: Annotated[str, Field(max_length=MAX_SEALED, description="A version 1 box or an envelope.")]
    priority: PriorityName = "normal"
    idempotency_key: IdempotencyKey | None = None
    audience: UUID | None = None

    def question(self, agent_name: str, key: str | None) -> Question:
        content = Sealed.of(self.encrypted_payload, reply=Reply.JSON, agent_name=agent_name)
        priority = Priority[self.priority.upper()]
        return Question(content=content, kind=Kind.NOTIFICATION, priority=priority, idempotency_key=key)


class SealedBody(WireModel):
    """`POST /api/v1/hitl/{request,complete}/e2ee`: what is asked, as a ciphertext (docs/protocol/sealed.md)."""

    encrypted_payload: Annotated[str, Field(max_length=MAX_SEALED, description="A version 1 box or an envelope.")]
    dedupe_key: Annotated[
        str | None,
        Field(
            min_length=1,
            max_length=200,
            description="The same one again is the same question, sealed anew; `idempotency_key` is then one call's.",
        ),
    ] = None
    reply: Annotated[
        Literal["json", "text"],
        Field(description='What a version 1 answer shall hold: `{"response": …}` or the bare text.'),
    ] = "json"
    kind: Annotated[Literal["input", "approval"], Field(description="Of a request; a completion is one.")] = "input"
    priority: PriorityName = "normal"
    timeout_seconds: Annotated[int | None, Field(ge=1, le=FAR_S)] = None
    wait: Annotated[int | None, Field(ge=0, le=FAR_S)] = None
    idempotency_key: IdempotencyKey | None = None
    audience: UUID | None = None

    def question(self, agent_name: str, key: str | None, *, kind: Kind | None = None) -> Question:
        return Question(
            content=Sealed.of(self.encrypted_payload, reply=Reply(self.reply), agent_name=agent_name),
            kind=kind or Kind(self.kind),
            priority=Priority[self.priority.upper()],
            wait=dt.timedelta(seconds=self.timeout_seconds) if self.timeout_seconds else None,
            # Who says what makes two questions one names with the other key the call, not the question.
            idempotency_key=key if self.dedupe_key is None else None,
            call_id=key if self.dedupe_key is not None else None,
            dedupe_key=self.dedupe_key,
        )


class NotifyReply(WireModel):
    status: Literal["sent"]
    request_id: str
    delivery: Delivery


class AnsweredBy(WireModel):
    account_id: str
    name: str
    device_id: str | None
    device_name: str


class Links(WireModel):
    self: str
    wait: str
    events: str


class StatusReply(WireModel):
    """A request as its agent sees it. `response` is the answer: a string, list, number or boolean, by form."""

    request_id: str
    kind: Literal["input", "approval", "completion", "notification"]
    status: Literal["pending", "answered", "cancelled", "expired", "posted"]
    response: Value | None
    comment: str
    answered_by: AnsweredBy | None
    answered_at: str | None
    default_applied: Annotated[bool, Field(description="Nobody answered; `response` is the caller's own default.")]
    created_at: str
    expires_at: str
    ceiling_applied: bool
    delivery: Annotated[
        Delivery, Field(description="Right now: a device is connected, one can be woken by a push, or neither.")
    ]
    detail: Annotated[str | None, Field(description="Why there is no answer, in a sentence.")]
    links: Links
    encrypted_response: Annotated[
        str | None, Field(description="The answer to a sealed request, for whoever has the key; `response` is null.")
    ]
    receipt: Annotated[dict[str, Any] | None, Field(description="What the answering device signed, as it sent it.")]
    reattached: Annotated[bool, Field(description="This call joined a request that an earlier one had made.")]


DETAILS = {
    State.EXPIRED: "nobody answered in time",
    State.CANCELLED: "the request was cancelled",
    State.PENDING: "nobody has answered yet; ask again, or follow links.wait",
}


def status_reply(
    request: Request, *, delivery: str, ceiling_applied: bool = False, reattached: bool = False
) -> dict[str, Any]:
    """Return a request as its agent sees it; `StatusReply` documents the members."""
    answer = request.answer
    default = request.default if request.state is State.EXPIRED else None
    name = id_text(request.id)
    path = f"/api/v1/requests/{name}"
    by = None
    if answer:
        device = id_text(answer.device) if answer.device else None
        by = {
            "account_id": id_text(answer.by),
            "name": answer.by_name,
            "device_id": device,
            "device_name": answer.device_name,
        }
    return {
        "request_id": name,
        "kind": request.kind.value,
        "status": request.state.value,
        "response": answer.value if answer else default,
        "comment": answer.comment if answer else "",
        "answered_by": by,
        "answered_at": iso(answer.at) if answer else None,
        "default_applied": default is not None,
        "created_at": iso(request.created_at),
        "expires_at": iso(request.expires_at),
        "ceiling_applied": ceiling_applied,
        "delivery": delivery,
        "detail": DETAILS.get(request.state),
        "links": {"self": path, "wait": f"{path}/wait", "events": f"{path}/events"},
        "encrypted_response": answer.sealed if answer else None,
        "receipt": answer.receipt if answer else None,
        "reattached": reattached,
    }
