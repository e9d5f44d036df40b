"""Frames and cards as a relay would send them."""

import datetime as dt
from itertools import count
from typing import Any

from hitl_cli.inbox.controls import Controls
from hitl_cli.inbox.key import Key, typed
from hitl_cli.inbox.model import Effect, Inbox, Send

DEVICE = "device-1"
ACCOUNT = "account-1"
NOON = dt.datetime(2026, 11, 21, 12, tzinfo=dt.UTC)
"""The relay's time when this machine's monotonic clock shows 0."""

CHOICE = {"type": "choice", "options": ["Yes", "No"], "multiple": False}
TEXT = {"type": "text", "min_length": 0, "max_length": 10_000, "placeholder": "a name"}
NUMBER = {"type": "number", "minimum": 1, "maximum": 9, "integer": True}
BOOLEAN = {"type": "boolean"}


def at(seconds: float) -> str:
    return (NOON + dt.timedelta(seconds=seconds)).isoformat().replace("+00:00", "Z")


def a_card(id: str = "r1", **over: Any) -> dict[str, Any]:
    left_s = over.pop("left_s", 900)
    return {
        "id": id,
        "kind": "input",
        "prompt": f"Question {id}?",
        "context": "",
        "form": CHOICE,
        "danger": False,
        "action": None,
        "priority": "normal",
        "agent": {"id": "a1", "name": "deploy-bot"},
        "created_at": at(0),
        "expires_at": at(left_s),
        "status": "pending",
        "default": None,
        "claim": None,
        **over,
    }


def welcome(*, cursor: int = 10, resync: bool = False, at_s: float = 0) -> dict[str, Any]:
    return {
        "t": "welcome",
        "server_time": at(at_s),
        "cursor": cursor,
        "ceiling_s": 900,
        "resync": resync,
        "account": {"id": ACCOUNT, "name": "Ann"},
        "device": {"id": DEVICE, "name": "laptop"},
    }


def created(seq: int, card: dict[str, Any] | None) -> dict[str, Any]:
    return {"t": "event", "seq": seq, "type": "request.created", "at": at(0), "request": card}


def resolved(seq: int, id: str = "r1", status: str = "answered", **facts: Any) -> dict[str, Any]:
    return {"t": "event", "seq": seq, "type": "request.resolved", "request_id": id, "status": status, **facts}


def an_inbox(*cards: dict[str, Any]) -> Inbox:
    """An online inbox at monotonic time 0 that shows these cards."""
    numbers = count(1)
    inbox = Inbox(DEVICE, None, new_id=lambda: f"answer-{next(numbers)}")
    inbox.load({"cursor": 10, "server_time": at(0), "requests": list(cards)}, 0)
    inbox.receive(welcome(), 0)
    return inbox


def some_controls(*cards: dict[str, Any], once: bool = False) -> Controls:
    """The same under somebody's hands, late enough that the list does not count as just moved."""
    controls = Controls(an_inbox(*cards), once=once)
    controls.observe((), 0)
    return controls


LATER = 100.0
"""A monotonic time when nothing has moved for a while."""

NAMED = {"enter", "esc", "up", "down", "left", "right", "newline", "page-down", "page-up", "ctrl-c", "backspace"}


def press(controls: Controls, *keys: str, now: float = LATER) -> list[Effect]:
    """Press keys by name, or type a text."""
    effects: list[Effect] = []
    for key in keys:
        for one in [Key(key)] if key in NAMED else typed(key):
            effects += controls.press(one, now)
    return effects


def answers(effects: list[Effect]) -> list[Any]:
    return [effect.frame["answer"] for effect in effects if isinstance(effect, Send) and effect.frame["t"] == "answer"]
