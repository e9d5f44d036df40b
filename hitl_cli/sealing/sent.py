"""Which envelopes are under way, so that an answer can be tied to its question, by another process too.

    open --answer taken--> answered --its time is over--> forgotten

An answer counts once. Two calls that wait for the same question both get it, but a call that is made after it was
taken does not: a relay could otherwise answer today's question with yesterday's yes.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from hitl_cli.errors import HitlError
from hitl_cli.files import config_folder, exclusively, read_private, write_private
from hitl_cli.sealed.question import SKEW_S, Sent
from hitl_cli.sealed.wrong import Wrong, refused

MEND: Final = "delete it: answers to questions that are open now will then be refused"


@dataclass(frozen=True, slots=True)
class Record:
    """One envelope. `asked` says what it asks, to nobody who lacks the agent's key."""

    account: str
    agent: str
    asked: str
    key: str
    name: str
    root: str
    expires: int
    answered: int | None = None
    """The turn at which its answer was taken."""


@dataclass(frozen=True, slots=True)
class Ticket:
    """One call that waits: for its own envelope, or for an earlier one that asks the same."""

    record: Record
    turn: int


class SentRecords:
    def __init__(self, env: Mapping[str, str], now: Callable[[], float]) -> None:
        self._path = config_folder(env) / "sent.json"
        self._now = now

    def begin(self, sent: Sent, record: Record) -> Ticket:
        """Note an envelope before it is sent."""
        with self._changing() as state:
            state.records[sent.id] = record
            state.turn += 1
            return Ticket(record, state.turn)

    @contextmanager
    def answering(self, ticket: Ticket, id: str) -> Iterator[Record]:
        """Give the envelope that an answer claims to answer; when the block ends well, the answer was taken."""
        with self._changing() as state:
            record = state.records.get(id)
            if record is None or not _asks_the_same(record, ticket.record):
                raise refused(Wrong.OTHER_QUESTION, "it is the answer to a question that was not asked here")
            if record.answered is not None and record.answered <= ticket.turn and not _same_key(record, ticket.record):
                raise refused(Wrong.REPLAYED, "this answer was taken before the question was asked again")
            yield record
            if record.answered is None:
                state.turn += 1
                state.records[id] = replace(record, answered=state.turn)

    @contextmanager
    def _changing(self) -> Iterator["_State"]:
        with exclusively(self._path.with_suffix(".lock")):
            state = _State.read(self._path)
            yield state
            state.forget(self._now())
            state.write(self._path)


def _asks_the_same(record: Record, asked: Record) -> bool:
    return (record.account, record.agent, record.asked, record.root) == (
        asked.account,
        asked.agent,
        asked.asked,
        asked.root,
    )


def _same_key(record: Record, asked: Record) -> bool:
    """The caller itself says that it is one question: a step that runs again after a crash wants its answer again."""
    return bool(asked.key) and record.key == asked.key


@dataclass
class _State:
    turn: int
    records: dict[str, Record]

    @classmethod
    def read(cls, path: Path) -> "_State":
        stored = read_private(path, MEND)
        if stored is None:
            return cls(0, {})
        try:
            return cls(int(stored["turn"]), {name: Record(**record) for name, record in stored["sent"].items()})
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise HitlError(f"{path} cannot be read; {MEND}") from error

    def forget(self, now: float) -> None:
        """Drop what no relay could still answer: an unknown envelope is refused as well."""
        self.records = {name: record for name, record in self.records.items() if now <= record.expires + SKEW_S}

    def write(self, path: Path) -> None:
        sent: dict[str, Any] = {name: asdict(record) for name, record in self.records.items()}
        write_private(path, {"turn": self.turn, "sent": sent})
