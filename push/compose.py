"""From a claimed row to the message its device gets. The only place that looks into a request."""

import datetime as dt
from collections.abc import Mapping
from typing import Final
from uuid import UUID, uuid5

from push.message import CLOSINGS, TEXTS, Action, Message, Op
from push.policy import is_urgent
from push.store.outbox import About, Due, Wanted
from relay.domain.ids import DeviceId
from relay.domain.request import Kind
from relay.domain.sealed import Sealed

MAX_ACTIONS: Final = 2
"""What Firefox, Chromium and Android's collapsed form show."""

MAX_TITLE: Final = 60
MAX_BODY: Final = 300
MAX_CHOICE: Final = 40
"""Characters; what a lock screen shows, and three of four bytes stay far below the vendors' 4 kB."""

_SUMMARY: Final = UUID("6f1a4a80-6c1c-4b8e-9b0a-2d53a1f3b7c4")
"""Name space of the ids under which each device keeps its one summary."""


def message_for(due: Due, about: About) -> Message:
    """Say what the row's request is on this device now: a question, a message, or settled."""
    if due.wanted is Wanted.CLOSED:
        return _closing(due, about)
    op = Op.NOTIFY if about.kind is Kind.NOTIFICATION else Op.ASK
    title, body = TEXTS[op]
    if about.prompt:
        title, body = _cut(about.agent_name or title, MAX_TITLE), _cut(about.prompt, MAX_BODY)
    actions, reply = _ways_to_answer(about) if _is_whole(about) else ((), False)
    return Message(
        id=due.request_id,
        op=op,
        deadline=about.expires_at,
        urgent=is_urgent(about.kind, about.priority),
        title=title,
        body=body,
        actions=actions,
        reply=reply,
        sealed=_ciphertext(about.sealed) if about.sealed else None,
        agent_id=about.agent_id if about.sealed else None,
    )


def summary_for(device: DeviceId, waiting: int, deadline: dt.datetime, *, urgent: bool) -> Message:
    title, body = TEXTS[Op.SUMMARY]
    if waiting:
        title = f"{waiting} questions are waiting" if waiting > 1 else "A question is waiting"
    else:
        title, body = "Nothing is waiting", "All questions are settled."
    return Message(
        id=uuid5(_SUMMARY, str(device)),
        op=Op.SUMMARY,
        deadline=deadline,
        urgent=urgent and waiting > 0,
        title=title,
        body=body,
        count=waiting,
    )


def trial(id: UUID, deadline: dt.datetime) -> Message:
    title, body = TEXTS[Op.TEST]
    return Message(id=id, op=Op.TEST, deadline=deadline, title=title, body=body)


def _closing(due: Due, about: About) -> Message:
    outcome = about.state.value
    body = CLOSINGS.get(outcome, "It is settled.")
    return Message(
        id=due.request_id,
        op=Op.CLOSED,
        deadline=due.until,
        urgent=False,
        title="No answer is needed any more",
        body=body,
        outcome=outcome,
    )


def _is_whole(about: About) -> bool:
    """Whether the notification shows all that is decided on. Half of it is not enough, nor is danger."""
    return bool(about.prompt) and len(about.prompt) <= MAX_BODY and not (about.danger or about.more)


def _ciphertext(sealed: Sealed) -> Mapping[str, str | int]:
    return {"payload": sealed.payload, "version": sealed.version, "reply": sealed.reply.value}


def _ways_to_answer(about: About) -> tuple[tuple[Action, ...], bool]:
    """Return the buttons, and whether a typed text will do."""
    form = about.form or {}
    match form.get("type"):
        case "boolean":
            return (Action(answer=True, title="Yes"), Action(answer=False, title="No")), False
        case "choice" if not form["multiple"] and len(form["options"]) <= MAX_ACTIONS:
            return tuple(Action(answer=option, title=_cut(option, MAX_CHOICE)) for option in form["options"]), False
        case "text":
            return (), True
        case _:
            return (), False


def _cut(text: str, most: int) -> str:
    """Return one line that fits; what is left out is marked."""
    line = " ".join(text.split())
    return line if len(line) <= most else line[: most - 1] + "…"
