"""What there is to answer, as the relay's frames tell it. Pure: frames in, effects out, time passed in.

    open ──answer──▸ sending ──accepted──▸ accepted
     │  ◂──refused────┘  │
     └───resolved, expired───────────────▸ gone

`now` is a monotonic time of this machine; deadlines are the relay's. The difference is learnt from every `welcome`
and `pong`, so that a wrong local clock changes nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Final, TypeAlias

from hitl_cli.inbox.card import Card, card_of
from hitl_cli.inbox.line import COMMENT_LIMIT, Line
from hitl_cli.wire import Answer, epoch_s

AGENT_AWAY: Final = "the agent hung up; it gets your answer if it comes back"

LINGER_S: Final = 4.0
"""How long a settled card stays readable before it leaves the list."""

NOTICES_KEPT: Final = 5

Frame: TypeAlias = Mapping[str, Any]


class Phase(StrEnum):
    OPEN = "open"
    SENDING = "sending"
    ACCEPTED = "accepted"
    GONE = "gone"


@dataclass(slots=True)
class Item:
    """A card and what this terminal did about it. Drafts live here, so that nothing typed depends on a socket."""

    card: Card
    number: int
    phase: Phase = Phase.OPEN
    note: str = ""
    draft: Line = field(default_factory=Line)
    comment: Line = field(default_factory=lambda: Line(limit=COMMENT_LIMIT))
    picked: set[int] = field(default_factory=set)
    highlighted: int = 0
    shown: bool = False
    sent: Frame | None = None
    settled_at: float | None = None

    @property
    def settled(self) -> bool:
        return self.phase in {Phase.ACCEPTED, Phase.GONE}


@dataclass(frozen=True, slots=True)
class Send:
    frame: Frame


@dataclass(frozen=True, slots=True)
class Arrived:
    item: Item


@dataclass(frozen=True, slots=True)
class Settled:
    item: Item


@dataclass(frozen=True, slots=True)
class Rejected:
    """The relay did not take the answer; the card is open again and `item.note` says why."""

    item: Item


@dataclass(frozen=True, slots=True)
class Told:
    """A notification: nothing to answer."""

    agent: str
    message: str


Effect: TypeAlias = Send | Arrived | Settled | Rejected | Told


class Inbox:
    """The pending cards of an account on this device."""

    def __init__(self, device_id: str, cursor: int | None = None, *, new_id: Callable[[], str]) -> None:
        self.device_id = device_id
        self.cursor = cursor
        self.account = ""
        self.online = False
        self.trouble = ""
        self.notices: list[Told] = []
        self._account_id: str | None = None
        self._items: dict[str, Item] = {}
        self._new_id = new_id
        self.numbered_so_far = 0
        self._ahead_s: float | None = None
        self._listed: set[str] | None = None
        self._snapshot_cursor = -1

    def __len__(self) -> int:
        return len(self._items)

    def items(self) -> list[Item]:
        return sorted(self._items.values(), key=lambda item: item.card.order)

    def item(self, id: str | None) -> Item | None:
        return self._items.get(id) if id else None

    def numbered(self, number: int) -> Item | None:
        return next((item for item in self._items.values() if item.number == number), None)

    def left_s(self, card: Card, now: float) -> float:
        """Return the seconds left by the relay's clock."""
        if self._ahead_s is None:
            return 0.0
        return max(0.0, card.expires_at - (now + self._ahead_s))

    def load(self, snapshot: Frame, now: float) -> list[Effect]:
        """Take what is pending from `GET inbox`. Events up to its cursor then have nothing to add but notices."""
        self._set_clock(snapshot, now)
        self._snapshot_cursor = snapshot["cursor"]
        if self.cursor is None:
            self.cursor = self._snapshot_cursor
        return self._add_all(snapshot["requests"])

    def receive(self, frame: Frame, now: float) -> list[Effect]:
        match frame.get("t"):
            case "welcome":
                return self._welcomed(frame, now)
            case "inbox":
                return self._resynced(frame, now)
            case "event":
                return self._event(frame, now)
            case "accepted" if frame.get("what") == "answer":
                return self._accepted(frame, now)
            case "refused":
                return self._refused(frame, now)
            case "pong":
                self._set_clock(frame, now)
            case _:
                pass
        return []  # what this client does not know is for newer ones

    def disconnected(self, reason: str) -> None:
        self.online = False
        self.trouble = reason

    def answer(self, item: Item, value: Answer) -> list[Effect]:
        """Send an answer. The frame is kept as it is until the relay says what became of it."""
        if item.phase is not Phase.OPEN:
            return []
        frame = {"t": "answer", "request_id": item.card.id, "answer_id": self._new_id(), "answer": value}
        if item.comment.text:
            frame["comment"] = item.comment.text
        item.phase, item.note, item.sent = Phase.SENDING, "", frame
        return [Send(frame)]

    def tick(self, now: float) -> list[Effect]:
        """Expire what ran out, and let go of what has been settled for a while."""
        effects: list[Effect] = []
        for item in self.items():
            if item.phase is Phase.OPEN and self._ahead_s is not None and self.left_s(item.card, now) <= 0:
                effects += self._settle(item, Phase.GONE, "expired", now)
        return effects

    def release(self, now: float, *, held: str | None = None) -> None:
        """Drop cards settled long enough ago; the one `held` open is being read."""
        for request_id, item in list(self._items.items()):
            if item.settled_at is not None and now - item.settled_at >= LINGER_S and request_id != held:
                del self._items[request_id]

    def _set_clock(self, frame: Frame, now: float) -> None:
        self._ahead_s = epoch_s(frame["server_time"]) - now

    def _welcomed(self, frame: Frame, now: float) -> list[Effect]:
        self._set_clock(frame, now)
        self.online, self.trouble = True, ""
        account = frame.get("account") or {}
        self.account, self._account_id = account.get("name") or "", account.get("id")
        if frame.get("resync"):
            self.cursor = frame["cursor"]
            self._listed = set()
        waiting = (item for item in self._items.values() if item.phase is Phase.SENDING)
        return [*self._displayed(), *(Send(item.sent) for item in waiting if item.sent)]

    def _resynced(self, frame: Frame, now: float) -> list[Effect]:
        """Read the whole list again. Cards that stay keep their drafts; those not listed any more are gone."""
        listed = self._listed if self._listed is not None else set()
        listed |= {given["id"] for given in frame["requests"]}
        effects = self._add_all(frame["requests"])
        if frame.get("more"):
            return effects
        self._listed = None
        for request_id, item in self._items.items():
            # One being sent waits for the relay's own word: it may be our answer that settled it.
            if request_id not in listed and item.phase is Phase.OPEN:
                effects += self._settle(item, Phase.GONE, "settled while this terminal was away", now)
        return effects

    def _displayed(self) -> list[Effect]:
        """Tell the relay which cards are on this screen, once each and not before it listens."""
        fresh = [item for item in self._items.values() if self.online and not item.shown]
        for item in fresh:
            item.shown = True
        return [Send({"t": "displayed", "request_id": item.card.id}) for item in fresh]

    def _add_all(self, cards: Iterable[Frame]) -> list[Effect]:
        return [effect for given in cards for effect in self._add(given)]

    def _add(self, given: Frame | None) -> list[Effect]:
        if given is None or given.get("status", "pending") != "pending" or given["id"] in self._items:
            return []  # retention took it, or it was settled before this terminal heard of it
        card = card_of(given)
        self.numbered_so_far += 1
        item = self._items[card.id] = Item(card, self.numbered_so_far)
        if given.get("claim"):
            item.note = f"claimed by {self._who(given['claim'].get('by'))}"
        elif given.get("agent_away"):
            item.note = AGENT_AWAY
        return [Arrived(item), *self._displayed()]

    def _event(self, frame: Frame, now: float) -> list[Effect]:
        seq = frame["seq"]
        if self.cursor is not None and seq <= self.cursor:
            return []  # delivered at least once: this is the second time
        self.cursor = seq
        if frame["type"] == "notification":
            return self._notified(frame.get("request"))
        if seq <= self._snapshot_cursor:
            return []
        match frame["type"]:
            case "request.created":
                return self._add(frame.get("request"))
            case "request.resolved":
                return self._resolved(frame, now)
            case "request.claimed":
                self._noted(frame, f"claimed by {self._who(frame.get('by'))}")
            case "request.released" | "request.agent_back":
                self._noted(frame, "")
            case "request.agent_away":
                self._noted(frame, AGENT_AWAY)
            case _:
                pass
        return []

    def _notified(self, given: Frame | None) -> list[Effect]:
        if given is None:
            return []
        told = Told((given.get("agent") or {}).get("name") or "an agent", given.get("prompt") or "")
        self.notices = [*self.notices, told][-NOTICES_KEPT:]
        return [told]

    def _noted(self, frame: Frame, note: str) -> None:
        item = self.item(frame.get("request_id"))
        if item and item.phase is Phase.OPEN:
            item.note = note

    def _resolved(self, frame: Frame, now: float) -> list[Effect]:
        item = self.item(frame["request_id"])
        if item is None or item.settled:
            return []
        by = self._who(frame.get("answered_by"), frame.get("answered_by_name"))
        return self._decided(item, frame["status"], by, frame.get("device_id"), now)

    def _decided(self, item: Item, status: str, by: str, device: object, now: float) -> list[Effect]:
        if status != "answered":
            return self._settle(item, Phase.GONE, status, now)
        if item.sent and device == self.device_id:
            return self._settle(item, Phase.ACCEPTED, "accepted", now)
        return self._settle(item, Phase.GONE, f"answered elsewhere by {by}", now)

    def _who(self, account_id: object, name: object = None) -> str:
        if account_id is not None and account_id == self._account_id:
            return "you, on another device"
        return str(name) if name else "somebody else"

    def _accepted(self, frame: Frame, now: float) -> list[Effect]:
        item = self.item(frame["request_id"])
        if item is None or item.settled or item.sent is None:
            return []
        return self._settle(item, Phase.ACCEPTED, "accepted", now)

    def _refused(self, frame: Frame, now: float) -> list[Effect]:
        item = self.item(frame.get("request_id"))
        if item is None or item.phase is not Phase.SENDING:
            return []  # late, or about a frame that needs no answer
        if frame.get("code") == "already_decided":
            by = self._who(frame.get("by"), frame.get("by_name"))
            return self._decided(item, frame.get("state", "answered"), by, frame.get("device"), now)
        if frame.get("code") == "not_found":
            return self._settle(item, Phase.GONE, "no longer there", now)
        item.phase, item.sent = Phase.OPEN, None
        item.note = str(frame.get("detail") or frame.get("code") or "refused")
        return [Rejected(item)]

    def _settle(self, item: Item, phase: Phase, note: str, now: float) -> list[Effect]:
        item.phase, item.note, item.settled_at = phase, note, now
        return [Settled(item)]
