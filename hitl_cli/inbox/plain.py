"""The inbox in lines: for screen readers, dumb terminals and scripts. What is printed is never taken back.

#1 [14:32] deploy-bot: Deploy? 1) Yes 2) No
1 2
#1 accepted
"""

import asyncio
import json
import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Final, TextIO

from hitl_cli.inbox.card import Boolean, Choice, Closed, Form, Number, Rating, Text, Unknown, WrongAnswer, spoken
from hitl_cli.inbox.link import Link
from hitl_cli.inbox.model import Arrived, Effect, Item, Phase, Rejected, Settled, Told
from hitl_cli.inbox.view import countdown
from hitl_cli.safe_text import one_line, visible
from hitl_cli.wire import Answer

TICK_S: Final = 1.0

HELP: Final = """\
<number> <answer>   answer that question: 1 2, 1 yes, 1 some text
show <number>       the whole question, its context and its action
comment <number> <text>   goes along with the answer
list                what is open
q                   quit"""


class Plain:
    """The inbox on a pair of streams.

    Lines for a question that is not there yet are kept until it comes, so that a script may write its answer first.
    """

    def __init__(self, link: Link, *, once: bool, lines: Callable[[], str] = sys.stdin.readline) -> None:
        self._link = link
        self._once = once
        self._readline = lines
        self._out: TextIO = sys.stdout
        self._held: dict[int, list[str]] = {}
        self._confirming: dict[int, Answer] = {}
        self._announced: set[int] = set()
        self._changed = asyncio.Event()
        self._done = False
        self._ended = False
        self._online = True
        self._typed_by_hand = sys.stdin.isatty()

    def observe(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Arrived(item=item):
                    self._arrived(item)
                case Settled(item=item):
                    self._settled(item)
                case Rejected(item=item):
                    self._say(f"#{item.number} refused: {one_line(item.note)}")
                case Told():
                    self._say(f"{one_line(effect.agent)} says: {one_line(effect.message)}")
                case _:
                    pass
        self._tell_connection()
        self._changed.set()

    async def run(self) -> None:
        loop = asyncio.get_running_loop()
        # A thread, because a regular file cannot be watched for input; a daemon, because nothing interrupts a read.
        threading.Thread(target=self._read, args=(loop,), daemon=True).start()
        for item in self._link.inbox.items():
            self._arrived(item)
        while not self._finished():
            self._changed.clear()
            self._link.apply(self._link.inbox.tick(self._link.now()))
            self._link.inbox.release(self._link.now())
            if self._finished():
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(self._changed.wait(), TICK_S)

    def _finished(self) -> bool:
        """After the last line there is nothing more to wait for than answers on their way."""
        busy = self._held or any(item.phase is Phase.SENDING for item in self._link.inbox.items())
        return self._done or (self._ended and not busy)

    def _read(self, loop: asyncio.AbstractEventLoop) -> None:
        with suppress(RuntimeError):  # the loop may be closed while a read is still waiting
            while line := self._readline():
                loop.call_soon_threadsafe(self._typed, line.rstrip("\r\n"))
            loop.call_soon_threadsafe(self._end)

    def _end(self) -> None:
        self._ended = True
        self._changed.set()

    def _typed(self, line: str) -> None:
        word, _, rest = line.strip().partition(" ")
        match word:
            case "":
                pass
            case "q" | "quit":
                self._done = True
            case "?" | "help":
                self._say(HELP)
            case "list":
                self._list()
            case "show":
                self._about(rest.strip(), self._show)
            case "comment":
                number, _, comment = rest.strip().partition(" ")
                self._about(number, lambda item: self._comment(item, comment))
            case _:
                self._answer_line(word, rest)
        self._changed.set()

    def _answer_line(self, word: str, rest: str) -> None:
        number = _number(word)
        if number is None:
            self._say("type a number and an answer, or ? for help")
            return
        item = self._link.inbox.numbered(number)
        if item is None and not self._typed_by_hand and number > self._link.inbox.numbered_so_far:
            self._held.setdefault(number, []).append(rest)
        elif item is None or item.settled:
            self._say(f"#{number} is not open")
        else:
            self._answer(item, rest)

    def _answer(self, item: Item, typed: str) -> None:
        confirmed = self._confirming.pop(item.number, None)
        if confirmed is not None and typed.strip().casefold() == "yes":
            self._link.apply(self._link.inbox.answer(item, confirmed))
            return
        if item.phase is Phase.SENDING:
            self._say(f"#{item.number} is being sent")
            return
        try:
            value = _parsed(item.card.form, typed)
        except WrongAnswer as wrong:
            self._say(f"#{item.number} wanted: {wrong}")
            return
        if item.card.needs_confirmation(value):
            self._confirming[item.number] = value
            self._say(f'#{item.number} is dangerous; to answer "{one_line(spoken(value))}" type: {item.number} yes')
            return
        self._link.apply(self._link.inbox.answer(item, value))

    def _arrived(self, item: Item) -> None:
        if item.number in self._announced:
            return
        self._announced.add(item.number)
        self._say(self._headline(item))
        for typed in self._held.pop(item.number, ()):
            self._answer(item, typed)

    def _settled(self, item: Item) -> None:
        self._say(f"#{item.number} {one_line(item.note)}")
        self._confirming.pop(item.number, None)
        self._done = self._done or (self._once and item.phase is Phase.ACCEPTED)

    def _headline(self, item: Item) -> str:
        card = item.card
        marks = [card.priority.upper()] if card.priority in {"urgent", "high"} else []
        marks += ["DANGER"] if card.danger else []
        marks += [f"({card.trust})"] if card.trust else []
        left = countdown(self._link.inbox.left_s(card, self._link.now()))
        more = f" (more: show {item.number})" if card.context or card.action else ""
        choices = _choices(card.form)
        head = " ".join([f"#{item.number}", f"[{left}]", *marks, one_line(card.agent)])
        return f"{head}: {one_line(card.prompt)}{more}{choices}"

    def _about(self, number: str, act: Callable[[Item], None]) -> None:
        item = self._link.inbox.numbered(_number(number) or 0)
        if item:
            act(item)
        else:
            self._say("there is no such question")

    def _show(self, item: Item) -> None:
        card = item.card
        self._say(f"#{item.number} {one_line(card.agent)}")
        self._say(_indented(visible(card.prompt)))
        if card.action:
            written = json.dumps(card.action, ensure_ascii=False, indent=2, sort_keys=True)
            self._say(_indented(visible(written, strict=True)))
        if card.context:
            self._say(_indented(visible(card.context)))

    def _comment(self, item: Item, comment: str) -> None:
        item.comment.set(comment)
        self._say(f"#{item.number} comment kept; it goes along with the answer")

    def _list(self) -> None:
        for item in self._link.inbox.items():
            if not item.settled:
                self._say(self._headline(item))

    def _tell_connection(self) -> None:
        inbox = self._link.inbox
        if inbox.trouble and self._online:
            self._say(f"offline: {one_line(inbox.trouble)}")
            self._online = False
        elif inbox.online and not self._online:
            self._say("online again")
            self._online = True

    def _say(self, line: str) -> None:
        self._out.write(line + "\n")
        self._out.flush()


def _number(word: str) -> int | None:
    word = word.removeprefix("#")
    return int(word) if word.isascii() and word.isdigit() and len(word) < 10 else None


def _parsed(form: Form, typed: str) -> Answer:
    if not typed.strip():
        raise WrongAnswer("an answer after the number")
    return form.parse(typed if isinstance(form, Text) else typed.strip())


def _choices(form: Form) -> str:
    match form:
        case Choice(options=options, multiple=multiple):
            listed = " ".join(f"{number}) {one_line(option)}" for number, option in enumerate(options, 1))
            return f" {listed}{' (several: 1,2)' if multiple else ''}"
        case Boolean():
            return " yes/no"
        case Number() | Rating():
            return f" ({form.hint})"
        case Text(placeholder=placeholder):
            return f" ({one_line(placeholder)})" if placeholder else ""
        case Unknown() | Closed():
            return " (answer this one on another device)"


def _indented(text: str) -> str:
    """Indent, so that no line of a prompt can pass for one of ours."""
    return "\n".join(f"    {line}" for line in text.split("\n"))
