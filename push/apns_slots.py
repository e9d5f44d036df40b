"""How many streams an HTTP/2 connection may have open, as the server says and changes it (RFC 9113 5.1.2)."""

import asyncio
from collections import deque
from typing import Final

FIRST: Final = 1
"""APNs allows one stream until it has seen a valid token, then a thousand."""


class Slots:
    """First come, first served. aioapns' own semaphore loses all but one of the slots that a larger limit brings."""

    def __init__(self) -> None:
        self._limit = FIRST
        self._used = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    @property
    def bound(self) -> int:
        """The name under which aioapns' connection sets the server's limit."""
        return self._limit

    @bound.setter
    def bound(self, limit: int) -> None:
        self._limit = limit
        self._admit()

    @property
    def load(self) -> int:
        return self._used + len(self._waiting)

    async def acquire(self) -> None:
        """Wait for a slot. Raises what `destroy` was given."""
        if self._used < self._limit and not self._waiting:
            self._used += 1
            return
        turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled() and turn.exception() is None:
                self.release()  # admitted and cancelled in the same instant
            raise

    def release(self) -> None:
        self._used -= 1
        self._admit()

    def destroy(self, error: Exception) -> None:
        """The connection is over: whoever waits goes elsewhere."""
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_exception(error)

    def _admit(self) -> None:
        while self._waiting and self._used < self._limit:
            turn = self._waiting.popleft()
            if not turn.done():
                self._used += 1
                turn.set_result(None)
