"""What is on the screen, and what a key does to it. Pure: keys in, effects out, time passed in."""

from collections.abc import Iterable
from enum import StrEnum
from typing import Final

from hitl_cli.inbox.card import NO_WORDS, YES_WORDS, Boolean, Choice, Number, Rating, Text, WrongAnswer
from hitl_cli.inbox.key import Key
from hitl_cli.inbox.line import Line
from hitl_cli.inbox.model import Effect, Inbox, Item, Phase, Rejected, Send, Settled
from hitl_cli.wire import Answer

GUARD_S: Final = 0.7
"""When the list moves under the fingers, a key meant for one card must not answer the one that took its place."""

CONFIRMATION: Final = "yes"
DIGIT_OPTIONS: Final = 9
"""With more options than this a digit may be the first of two, so a number is typed and ended with Enter."""


class Mode(StrEnum):
    LIST = "list"
    CARD = "card"
    HELP = "help"


class Editing(StrEnum):
    ANSWER = "answer"
    COMMENT = "comment"
    CONFIRM = "confirm"


class Controls:
    """The hands on an inbox."""

    def __init__(self, inbox: Inbox, *, once: bool = False) -> None:
        self.inbox = inbox
        self.mode = Mode.LIST
        self.editing: Editing | None = None
        self.confirmation = Line()
        self.message = ""
        self.scroll = 0
        self.done = False
        self._once = once
        self._selected: str | None = None
        self._confirming: Answer | None = None
        self._before_help = Mode.LIST
        self._moved_at = float("-inf")

    @property
    def item(self) -> Item | None:
        return self.inbox.item(self._selected)

    @property
    def confirming(self) -> Answer | None:
        return self._confirming

    def line(self) -> Line | None:
        """Return the text being edited."""
        match self.editing, self.item:
            case Editing.CONFIRM, _:
                return self.confirmation
            case Editing.ANSWER, Item(draft=draft):
                return draft
            case Editing.COMMENT, Item(comment=comment):
                return comment
            case _:
                return None

    def observe(self, effects: Iterable[Effect], now: float) -> None:
        """Follow what the relay did: leave answered cards, keep the selection on its card."""
        for effect in effects:
            match effect:
                case Settled(item=item):
                    self._after_settling(item)
                case Rejected(item=item) if item is self.item:
                    self.editing = self._natural_editing(item)
                case _:
                    pass
        reading = self.mode is Mode.CARD or (self.mode is Mode.HELP and self._before_help is Mode.CARD)
        self.inbox.release(now, held=self._selected if reading else None)
        if not reading:
            self._keep_selection(now)

    def press(self, key: Key, now: float) -> list[Effect]:
        if key.name == "ctrl-c":
            self.done = True
            return []
        self.message = ""
        if self.mode is Mode.HELP:
            self.mode = self._before_help
            return []
        effects = self._press(key, now)
        self.observe((), now)
        return effects

    def _press(self, key: Key, now: float) -> list[Effect]:
        if self.editing and self.item:
            return self._edit(self.item, key, now)
        match key.text:
            case "q":
                self.done = True
                return []
            case "?":
                self._before_help, self.mode = self.mode, Mode.HELP
                return []
            case _:
                pass
        if self.mode is Mode.CARD:
            return self._in_card(key, now)
        return self._in_list(key, now)

    def _in_list(self, key: Key, now: float) -> list[Effect]:
        item = self.item
        match key.name, key.text:
            case ("up", _) | (_, "k"):
                self._move(-1)
            case ("down", _) | (_, "j"):
                self._move(1)
            case (("enter" | "right"), _) if item:
                return self._open(item)
            case _ if item:
                return self._shortcut(item, key, now)
            case _:
                pass
        return []

    def _in_card(self, key: Key, now: float) -> list[Effect]:
        item = self.item
        if item is None or key.name in {"esc", "left"}:
            self._close()
            return []
        form = item.card.form
        match key.name, key.text:
            case ("page-up", _):
                self.scroll = max(0, self.scroll - 5)
            case ("page-down", _):
                self.scroll += 5
            case ("up", _) | (_, "k"):
                self._step(item, -1)
            case ("down", _) | (_, "j"):
                self._step(item, 1)
            case (_, " ") if isinstance(form, Choice) and form.multiple:
                self._toggle(item, item.highlighted)
            case ("enter", _):
                return self._enter(item, now)
            case _:
                return self._shortcut(item, key, now)
        return []

    def _shortcut(self, item: Item, key: Key, now: float) -> list[Effect]:
        """Answer with one key, or start typing the answer."""
        if item.settled or item.phase is Phase.SENDING:
            return []
        form, typed = item.card.form, key.text
        if typed == "c":
            return self._edit_in_card(item, Editing.COMMENT)
        if isinstance(form, Boolean) and typed in {"y", "n"}:
            return self._submit(item, typed == "y", now)
        if isinstance(form, Choice):
            return self._pick(item, form, typed, now)
        if isinstance(form, Number | Rating) and typed and typed in "0123456789-.,":
            effects = self._edit_in_card(item, Editing.ANSWER)
            item.draft.apply(key)
            return effects
        return []

    def _pick(self, item: Item, form: Choice, typed: str, now: float) -> list[Effect]:
        if typed in {"y", "n"} and not form.multiple:
            meant = form.meaning(YES_WORDS if typed == "y" else NO_WORDS)
            return self._submit(item, form.options[meant], now) if meant is not None else []
        if not typed.isdigit() or not typed.isascii():
            return []
        if len(form.options) > DIGIT_OPTIONS:
            item.draft.set(typed)
            return self._edit_in_card(item, Editing.ANSWER)
        if not 1 <= int(typed) <= len(form.options):
            return []
        item.highlighted = int(typed) - 1
        if not form.multiple:
            return self._submit(item, form.options[item.highlighted], now)
        self._toggle(item, item.highlighted)
        return self._open(item) if self.mode is Mode.LIST else []

    def _enter(self, item: Item, now: float) -> list[Effect]:
        form = item.card.form
        if item.settled:
            self._close()
        elif item.phase is Phase.SENDING:
            pass
        elif isinstance(form, Choice):
            try:
                value = form.chosen(item.picked) if form.multiple else form.options[item.highlighted]
            except WrongAnswer as wrong:
                self.message = str(wrong)
                return []
            return self._submit(item, value, now)
        else:
            self.editing = self._natural_editing(item)
        return []

    def _submit(self, item: Item, value: Answer, now: float) -> list[Effect]:
        if self.mode is Mode.LIST and now - self._moved_at < GUARD_S:
            self.message = "the list has just moved: look, and press again"
            return []
        if not item.card.needs_confirmation(value):
            self.editing = None
            return self.inbox.answer(item, value)
        effects = self._edit_in_card(item, Editing.CONFIRM)
        self._confirming = value
        self.confirmation = Line()
        return effects

    def _edit(self, item: Item, key: Key, now: float) -> list[Effect]:
        match key.name:
            case "esc":
                self.editing = self._natural_editing(item) if self.editing is Editing.CONFIRM else None
                self._confirming = None
            case "enter":
                return self._commit(item, now)
            case "page-up" | "up":
                self.scroll = max(0, self.scroll - 1)
            case "page-down" | "down":
                self.scroll += 1
            case _:
                if (line := self.line()) and not item.settled:
                    line.apply(key)
        return []

    def _commit(self, item: Item, now: float) -> list[Effect]:
        if item.phase is not Phase.OPEN:
            self.message = item.note or "not sent yet"
            return []
        match self.editing:
            case Editing.COMMENT:
                self.editing = self._natural_editing(item)
            case Editing.CONFIRM if self._confirming is not None:
                return self._confirm(item, self._confirming)
            case _:
                return self._parse(item, now)
        return []

    def _confirm(self, item: Item, value: Answer) -> list[Effect]:
        if self.confirmation.text.strip().casefold() != CONFIRMATION:
            self.message = f"type {CONFIRMATION} in full, or Esc to go back"
            return []
        self.editing, self._confirming = None, None
        return self.inbox.answer(item, value)

    def _parse(self, item: Item, now: float) -> list[Effect]:
        form, typed = item.card.form, item.draft.text
        if not typed.strip():
            self.message = "nothing is typed yet"
            return []
        try:
            value = form.parse(typed if isinstance(form, Text) else typed.strip())
        except WrongAnswer as wrong:
            self.message = f"wanted: {wrong}"
            return []
        return self._submit(item, value, now)

    def _open(self, item: Item) -> list[Effect]:
        if self.mode is Mode.CARD:
            return []
        self.mode, self.scroll = Mode.CARD, 0
        self.editing = self._natural_editing(item)
        return [Send({"t": "seen", "request_id": item.card.id})]

    def _edit_in_card(self, item: Item, editing: Editing) -> list[Effect]:
        effects = self._open(item)
        self.editing = editing
        return effects

    def _close(self) -> None:
        self.mode, self.editing, self._confirming = Mode.LIST, None, None

    def _natural_editing(self, item: Item) -> Editing | None:
        typed = isinstance(item.card.form, Text | Number | Rating)
        return Editing.ANSWER if typed and item.phase is Phase.OPEN else None

    def _toggle(self, item: Item, index: int) -> None:
        if item.phase is Phase.OPEN:
            item.picked ^= {index}

    def _step(self, item: Item, by: int) -> None:
        if isinstance(item.card.form, Choice):
            item.highlighted = (item.highlighted + by) % len(item.card.form.options)
        else:
            self.scroll = max(0, self.scroll + by)

    def _move(self, by: int) -> None:
        ids = [item.card.id for item in self.inbox.items()]
        if self._selected in ids:
            self._selected = ids[max(0, min(len(ids) - 1, ids.index(self._selected) + by))]

    def _after_settling(self, item: Item) -> None:
        self.done = self.done or (self._once and item.phase is Phase.ACCEPTED)
        if item is self.item and item.phase is Phase.ACCEPTED and self.mode is Mode.CARD:
            self._close()

    def _keep_selection(self, now: float) -> None:
        """Stay on a card that can be answered: the one after the settled one, else the one before."""
        items = self.inbox.items()
        current = self.item
        if current and not current.settled:
            return
        place = current.card.order if current else (-1, 0.0, "")
        open_items = [item for item in items if not item.settled]
        after = [item for item in open_items if item.card.order > place]
        chosen = (after or open_items[-1:] or items)[:1]
        selected = chosen[0].card.id if chosen else None
        if selected != self._selected:
            self._selected, self._moved_at = selected, now
