"""So many at a time: work of a fraction of a millisecond each; a hundred at once would stall the loop."""

import asyncio
from collections import deque
from typing import Final

AT_ONCE: Final = 16
"""Beginnings in one turn of the loop; sealing or signing a push takes up to half a millisecond."""


class Turnstile:
    """First come, first served. Who waits sleeps until it is its turn, instead of asking in every turn of the loop."""

    def __init__(self) -> None:
        self._left = AT_ONCE
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def enter(self) -> None:
        """Return in a turn of the loop that has room."""
        loop = asyncio.get_running_loop()
        if self._left == AT_ONCE:
            loop.call_soon(self._open)
        if self._left and not self._waiting:
            self._left -= 1
            return
        turn: asyncio.Future[None] = loop.create_future()
        self._waiting.append(turn)
        await turn

    def _open(self) -> None:
        self._left = AT_ONCE
        while self._waiting and self._left:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                self._left -= 1
        if self._left < AT_ONCE:
            asyncio.get_running_loop().call_soon(self._open)
