"""The real relay with a fault planted in it: `python -m tests.fault.launcher` serves like `hitl-relay serve`.

The environment variable FAULT holds a JSON object, which may have
    {"step": "SAVED", "nth": 3, "marker": "<file>"}   kill this process, once, when the step is reached so many times
    {"drop": 30, "seed": 7}                           lose that many per cent of the hints between services

Functions are wrapped from here, before the relay is built: nothing of it is in the relay's own code.
"""

import asyncio
import functools
import json
import os
import random  # noqa: TID251 - seeded: a failure must be repeatable
import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import relay.services.broker
import relay.store.requests
from hitl_relay.cli import main
from mobile_api.sockets import DeviceSocket
from relay.bus import Hint, LocalBus
from relay.domain.log_entry import EntryType
from relay.hub import Hub
from relay.kernel.waiting import WaitingReply
from relay.services.answer import AnswerService
from relay.services.ask import AskService
from relay.services.ledger import LedgerService
from relay.store.journal import JournalStore
from relay.store.ledger import LedgerStore
from relay.store.requests import RequestStore
from tests.fault.steps import Step

Matches = Callable[..., bool]


def _always(*_args: object, **_named: object) -> bool:
    return True


def _created(_bus: LocalBus, hint: Hint) -> bool:
    return hint.entry is not None and hint.entry.type is EntryType.REQUEST_CREATED


def _answered(_bus: LocalBus, hint: Hint) -> bool:
    return hint.request is not None and hint.request.answer is not None


def _shows_card(_socket: DeviceSocket, happening: Any) -> bool:
    return bool(happening.entry.type is EntryType.REQUEST_CREATED)


@dataclass(frozen=True, slots=True)
class Point:
    """A place in the code: before or after a function, on its `nth` call that matches."""

    owner: Any
    name: str
    after: bool = True
    matches: Matches = _always
    nth: int = 5


POINTS: Final[Mapping[Step, Point]] = {
    Step.RECEIVED: Point(AskService, "ask", after=False),
    Step.SAVED: Point(relay.store.requests, "_write_asks"),
    Step.SAVE_KNOWN: Point(LocalBus, "publish", after=False, matches=_created),
    Step.ANNOUNCED: Point(LocalBus, "publish", matches=_created),
    Step.SHOWN: Point(DeviceSocket, "show", matches=_shows_card),
    Step.LEDGER_SAVED: Point(LedgerStore, "_write", nth=3),
    Step.DISPLAYED: Point(LedgerService, "note", after=False),
    Step.REPLY_BEGUN: Point(WaitingReply, "begin", nth=2),
    Step.ANSWER_RECEIVED: Point(AnswerService, "answer", after=False),
    Step.ANSWER_SAVED: Point(relay.store.requests, "_write_answers"),
    Step.WAITER_TOLD: Point(Hub, "settle"),
    Step.ANSWER_ANNOUNCED: Point(LocalBus, "publish", matches=_answered),
    Step.ANSWER_ACCEPTED: Point(AnswerService, "answer"),
    Step.REPLY_STARTED: Point(WaitingReply, "finish", after=False),
    Step.REPLY_WRITTEN: Point(WaitingReply, "finish"),
    Step.COLLECTING: Point(RequestStore, "mark_collected", after=False, nth=2),
    Step.COLLECTED: Point(RequestStore, "mark_collected", nth=2),
    Step.EXPIRED: Point(RequestStore, "expire_due", nth=1),
    Step.CANCELLED: Point(RequestStore, "cancel", nth=2),
    Step.NOTIFIED: Point(AskService, "notify", nth=2),
    Step.SEALED: Point(JournalStore, "seal", nth=2),
}

SEAL_EVERY_S: Final = 0.3
"""The relay's own ten seconds are longer than a case."""


class _Trap:
    """Kills this process, without a word, on the nth call; a marker file says that it was done."""

    def __init__(self, nth: int, marker: Path) -> None:
        self._left = nth
        self._marker = marker

    def reached(self) -> None:
        self._left -= 1
        if self._left <= 0 and not self._marker.exists():
            self._marker.touch()
            os.kill(os.getpid(), signal.SIGKILL)


def plant(point: Point, trap: _Trap) -> None:
    """Put the trap before or after the function at `point`."""
    original = getattr(point.owner, point.name)

    @functools.wraps(original)
    def wrapped(*args: Any, **named: Any) -> Any:
        if not point.after and point.matches(*args, **named):
            trap.reached()
        result = original(*args, **named)
        if point.after and not asyncio.iscoroutine(result) and point.matches(*args, **named):
            trap.reached()
        return result

    @functools.wraps(original)
    async def awaited(*args: Any, **named: Any) -> Any:
        result = await wrapped(*args, **named)
        if point.after and _did_something(result) and point.matches(*args, **named):
            trap.reached()
        return result

    setattr(point.owner, point.name, awaited if asyncio.iscoroutinefunction(original) else wrapped)


def _did_something(result: object) -> bool:
    """An expiry that found nothing due is not the step."""
    return result != []


def lose_hints(per_cent: int, seed: int) -> None:
    """Make the bus what a network's bus may be."""
    chance, publish = random.Random(seed), LocalBus.publish  # noqa: S311 - seeded on purpose

    def lossy(bus: LocalBus, hint: Hint) -> None:
        if chance.randrange(100) >= per_cent:
            publish(bus, hint)

    LocalBus.publish = lossy  # type: ignore[method-assign]  # that is the fault
    LocalBus.reliable = False


def prepare(fault: Mapping[str, Any]) -> None:
    if "step" in fault:
        point = POINTS[Step[fault["step"]]]
        plant(point, _Trap(fault.get("nth", point.nth), Path(fault["marker"])))
        relay.services.broker.SEAL_EVERY_S = SEAL_EVERY_S  # type: ignore[misc]  # final for everybody else
    if "drop" in fault:
        lose_hints(fault["drop"], fault["seed"])


if __name__ == "__main__":
    prepare(json.loads(os.environ.get("FAULT", "{}")))
    main(["serve"])
