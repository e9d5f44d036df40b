"""Hints between processes: something happened in an account, go and look.

The bus is a hint, the database is the truth: a lost hint costs latency, never an answer. `LocalBus` serves one
process; the Protocol is what PostgreSQL's NOTIFY and NATS will fill when there are several.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from relay.domain.ids import AccountId
from relay.domain.log_entry import LogEntry
from relay.domain.quick import quick
from relay.domain.request import Request


@quick
@dataclass(frozen=True, slots=True)
class Hint:
    """`entry` and `request` are there when it happened in this process, so that nobody need read them back.

    Without `entry` the receiver reads the account's log itself.
    """

    account_id: AccountId
    entry: LogEntry | None = None
    request: Request | None = None


Listener = Callable[[Hint], None]


class Bus(Protocol):
    reliable: bool
    """Whether every published hint arrives; if not, receivers look for themselves more often."""

    def publish(self, hint: Hint) -> None:
        """Tell every process that follows the account. Never blocks, never raises."""

    def listen(self, listener: Listener) -> None:
        """Call `listener` for every hint; it must not block."""


class LocalBus:
    """One process: publishing is calling."""

    reliable = True

    def __init__(self) -> None:
        self._listeners: list[Listener] = []

    def publish(self, hint: Hint) -> None:
        for listener in self._listeners:
            listener(hint)

    def listen(self, listener: Listener) -> None:
        self._listeners.append(listener)
