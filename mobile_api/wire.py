"""What devices send and see. `docs/protocol/device.asyncapi.json` is generated from these classes.

Every frame is a JSON object with a tag `t`. To add one: write the class, add it to its union, run `make docs`.
"""

import datetime as dt
from typing import Annotated, Any, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, TypeAdapter

from mobile_api.said import AnswerValue, Said
from relay.domain.ids import DeviceId
from relay.domain.log_entry import EntryType
from relay.domain.parties import Device
from relay.domain.request import MAX_WAIT, Claim, Content, Priority, Request
from relay.domain.sealed import Sealed
from relay.hub import Happening
from relay.kernel.body import WireModel, id_text, iso

Base64: TypeAlias = Annotated[str, Field(min_length=44, max_length=44)]
Name: TypeAlias = Annotated[
    str, Field(min_length=1, max_length=80, pattern=r"^[^\x00-\x1f\x7f]*[^\s\x00-\x1f\x7f][^\x00-\x1f\x7f]*$")
]

CEILING_S = int(MAX_WAIT / dt.timedelta(seconds=1))

PRIORITY_NAMES = {priority: priority.name.lower() for priority in Priority}


# From the device


class Hello(WireModel):
    """Who is there. First on the socket; nothing else is heard before.

    `token` is absent where a cookie signed the upgrade request; `cursor` is the number of the last event seen.
    """

    t: Literal["hello"] = "hello"
    token: Annotated[str, Field(max_length=200)] | None = None
    device_id: UUID
    cursor: Annotated[int, Field(ge=0)] | None = None


class AnswerFrame(Said):
    """The human's answer. The same `answer_id` sent again is the same answer."""

    t: Literal["answer"] = "answer"
    request_id: UUID


class Displayed(WireModel):
    """The card is on a screen that is on."""

    t: Literal["displayed"] = "displayed"
    request_id: UUID


class Seen(WireModel):
    """The human opened the card."""

    t: Literal["seen"] = "seen"
    request_id: UUID


class ClaimFrame(WireModel):
    """Hold the request while working on it."""

    t: Literal["claim"] = "claim"
    request_id: UUID
    seconds: Annotated[int, Field(ge=1, le=300)] = 300


class ReleaseFrame(WireModel):
    """Give the request back."""

    t: Literal["release"] = "release"
    request_id: UUID


class Ping(WireModel):
    """Ask for the server's time, and whether the way is open."""

    t: Literal["ping"] = "ping"
    n: int | None = None


FromDevice: TypeAlias = Annotated[
    Hello | AnswerFrame | Displayed | Seen | ClaimFrame | ReleaseFrame | Ping, Field(discriminator="t")
]
from_device: TypeAdapter[FromDevice] = TypeAdapter(FromDevice)


# To the device


class Choices(WireModel):
    type: Literal["choice"] = "choice"
    options: list[str]
    multiple: bool


class TextField(WireModel):
    type: Literal["text"] = "text"
    min_length: int
    max_length: int
    placeholder: str


class NumberField(WireModel):
    type: Literal["number"] = "number"
    minimum: float | None
    maximum: float | None
    integer: bool


class RatingField(WireModel):
    type: Literal["rating"] = "rating"
    minimum: int
    maximum: int


class BooleanField(WireModel):
    type: Literal["boolean"] = "boolean"


class AgentRef(WireModel):
    id: str
    name: str


class ActionShown(WireModel):
    tool: str
    arguments: dict[str, Any]


class ClaimShown(WireModel):
    by: str
    until: str


class Outcome(WireModel):
    value: Annotated[AnswerValue | None, Field(description="Null when the answer is sealed.")]
    comment: str
    sealed: Annotated[str | None, Field(description="The envelope, which the account's devices and the agent open.")]
    receipt: Annotated[dict[str, Any] | None, Field(description="What the answering device signed, as it sent it.")]
    by: str
    by_name: str
    device_id: str | None
    device_name: str
    at: str


class SealedShown(WireModel):
    payload: Annotated[str, Field(description="The ciphertext; empty a day after the request settled.")]
    version: int
    reply: Literal["json", "text"]


class Card(WireModel):
    """A request as a human sees it. A sealed one has no words here: whoever has the keys finds them in `sealed`."""

    id: str
    org_id: Annotated[str, Field(description="The organization it is asked in: one of the account's.")]
    kind: Literal["input", "approval", "completion", "notification"]
    prompt: str
    context: str
    form: Annotated[
        Choices | TextField | NumberField | RatingField | BooleanField | None,
        Field(description="The kind of answer that is wanted; null for a notification."),
    ]
    danger: bool
    action: ActionShown | None
    priority: Literal["low", "normal", "high", "urgent"]
    agent: AgentRef
    created_at: str
    expires_at: str
    status: Literal["pending", "answered", "cancelled", "expired", "posted"]
    default: AnswerValue | None
    claim: ClaimShown | None
    answer: Outcome | None
    settled_at: str | None
    sealed: SealedShown | None
    agent_away: Annotated[bool, Field(description="The agent hung up; it may come back for the answer.")]


class Welcome(WireModel):
    """The relay knows the device. `resync`: forget all cards, an inbox follows; else the events after the cursor do."""

    t: Literal["welcome"] = "welcome"
    server_time: str
    cursor: int
    ceiling_s: int
    resync: bool
    account: AgentRef
    device: AgentRef


class InboxFrame(WireModel):
    """Part of the pending requests; `more` says whether another part follows."""

    t: Literal["inbox"] = "inbox"
    requests: list[Card]
    more: bool


class Event(WireModel):
    """An entry of the account's log. Numbers have no gaps; what has a known number or type may be skipped.

    `request` comes with `request.created` and `notification`; `request_id` and its facts with the other `request.*`;
    `subject` with everything else.
    """

    t: Literal["event"] = "event"
    seq: int
    type: str
    at: str
    request: Card | None = None
    request_id: str | None = None
    status: str | None = None
    answered_by: str | None = None
    answered_by_name: str | None = None
    device_id: str | None = None
    device_name: str | None = None
    answered_at: str | None = None
    by: str | None = None
    until: str | None = None
    subject: str | None = None


class Accepted(WireModel):
    """What the device did is done and safe."""

    t: Literal["accepted"] = "accepted"
    what: Literal["answer", "claim", "release"]
    request_id: str
    answer_id: str | None = None


class RefusedFrame(WireModel):
    """What the device did was not taken: why, and, if somebody else decided, who and when."""

    t: Literal["refused"] = "refused"
    what: Literal["answer", "claim", "release"]
    request_id: str
    answer_id: str | None = None
    code: str
    detail: str
    pointer: str | None = None
    state: str | None = None
    at: str | None = None
    by: str | None = None
    device: str | None = None
    until: str | None = None


class Pong(WireModel):
    """The way is open, and this is the time."""

    t: Literal["pong"] = "pong"
    n: int | None = None
    server_time: str


ToDevice: TypeAlias = Welcome | InboxFrame | Event | Accepted | RefusedFrame | Pong


def card(request: Request) -> dict[str, Any]:
    """Return the card as JSON. Built by hand: it is sent for every request, and `Card` documents it."""
    return {
        "id": id_text(request.id),
        "org_id": id_text(request.org_id),
        "kind": request.kind.value,
        **_words(request.content),
        "priority": PRIORITY_NAMES[request.priority],
        "agent": {"id": id_text(request.agent_id), "name": request.content.agent_name},
        "created_at": iso(request.created_at),
        "expires_at": iso(request.expires_at),
        "status": request.state.value,
        "claim": claim_shown(request.claim) if request.claim else None,
        "answer": _outcome(request),
        "settled_at": iso(request.settled_at) if request.settled_at else None,
        "agent_away": request.away,
    }


def _words(content: Content | Sealed) -> dict[str, Any]:
    if isinstance(content, Sealed):
        sealed = {"payload": content.payload, "version": content.version, "reply": content.reply.value}
        return _NO_WORDS | {"sealed": sealed}
    return {
        "prompt": content.prompt,
        "context": content.context,
        "form": content.form.to_json() if content.form else None,
        "danger": content.danger,
        "action": {"tool": content.action.tool, "arguments": content.action.arguments} if content.action else None,
        "default": content.default,
        "sealed": None,
    }


_NO_WORDS = {"prompt": "", "context": "", "form": None, "danger": False, "action": None, "default": None}


def claim_shown(claim: Claim) -> dict[str, str]:
    return {"by": str(claim.by), "until": iso(claim.until)}


def _outcome(request: Request) -> dict[str, Any] | None:
    answer = request.answer
    if answer is None:
        return None
    return {
        "value": answer.value,
        "comment": answer.comment,
        "sealed": answer.sealed,
        "receipt": answer.receipt,
        "by": id_text(answer.by),
        "by_name": answer.by_name,
        "device_id": _text(answer.device),
        "device_name": answer.device_name,
        "at": iso(answer.at),
    }


def event(happening: Happening) -> dict[str, Any]:
    """Return an entry of the log as the device sees it; `Event` documents the members."""
    entry, request = happening.entry, happening.request
    shown: dict[str, Any] = {"t": "event", "seq": entry.seq, "type": entry.type.value, "at": iso(entry.at)}
    subject = id_text(entry.subject)
    match entry.type:
        case EntryType.REQUEST_CREATED | EntryType.NOTIFICATION:
            # A request that retention has taken leaves its number behind, and nothing to show.
            shown["request"] = card(request) if request else None
            shown["request_id"] = subject
        case EntryType.REQUEST_RESOLVED:
            shown["request_id"] = subject
            shown.update(_resolution(request))
        case EntryType.REQUEST_CLAIMED:
            shown["request_id"], shown["device_id"] = subject, _text(entry.device)
            if request and request.claim:
                shown.update(claim_shown(request.claim))
        case EntryType.REQUEST_RELEASED | EntryType.AGENT_AWAY | EntryType.AGENT_BACK:
            shown["request_id"] = subject
        case _:
            shown["subject"] = subject
    return shown


def _resolution(request: Request | None) -> dict[str, Any]:
    answer = request.answer if request else None
    if answer is None:
        nobody = dict.fromkeys(("answered_by", "answered_by_name", "device_id", "device_name", "answered_at"))
        return {"status": request.state.value if request else "expired", **nobody}
    return {
        "status": request.state.value if request else "expired",
        "answered_by": id_text(answer.by),
        "answered_by_name": answer.by_name,
        "device_id": _text(answer.device),
        "device_name": answer.device_name,
        "answered_at": iso(answer.at),
    }


def device_shown(device: Device, *, connected: set[DeviceId], current: DeviceId | None) -> dict[str, Any]:
    return {
        "device_id": str(device.id),
        "name": device.name,
        "kind": device.kind.value,
        "created_at": iso(device.created_at),
        "last_seen_at": iso(device.last_seen_at) if device.last_seen_at else None,
        "connected": device.id in connected,
        "current": device.id == current,
    }


def _text(value: UUID | None) -> str | None:
    return id_text(value) if value else None
