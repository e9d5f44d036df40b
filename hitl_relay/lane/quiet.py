"""Connections on which nothing happens: closed, or handed over, when their time is up. One timer for all of them."""

import asyncio
import itertools
from collections.abc import Callable
from typing import Final, Generic, TypeVar

C = TypeVar("C")

LOOK_EVERY_S: Final = 0.5


class Quiet(Generic[C]):
    """Calls `on_end` with whoever has been in here for `patience_s`; it has left when it is called."""

    def __init__(self, loop: asyncio.AbstractEventLoop, patience_s: float, on_end: Callable[[C], None]) -> None:
        self._loop = loop
        self._patience_s = patience_s
        self._on_end = on_end
        # In the order of coming, so only the first ones need looking at.
        self._since: dict[C, float] = {}
        self._timer: asyncio.TimerHandle | None = None

    def __len__(self) -> int:
        return len(self._since)

    def enter(self, connection: C) -> None:
        """Start its time; who is in here already keeps the time it has."""
        if connection in self._since:
            return
        self._since[connection] = self._loop.time()
        self._wind()

    def leave(self, connection: C) -> None:
        self._since.pop(connection, None)

    def _look(self) -> None:
        self._timer = None
        end = self._loop.time() - self._patience_s
        for connection in list(itertools.takewhile(lambda c: self._since[c] <= end, self._since)):
            self.leave(connection)
            self._on_end(connection)
        if self._since:
            self._wind()

    def _wind(self) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(min(LOOK_EVERY_S, self._patience_s), self._look)
