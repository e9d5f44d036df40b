"""So many at a time: work of a fraction of a millisecond each; a hundred at once would stall the loop."""

import asyncio
from typing import Final

from relay.kernel.loops import pause

AT_ONCE: Final = 16
"""Beginnings in one turn of the loop; sealing or signing a push takes up to half a millisecond."""


class Turnstile:
    def __init__(self) -> None:
        self._left = AT_ONCE

    async def enter(self) -> None:
        """Return in a turn of the loop that has room."""
        while not self._left:
            await pause(0)
        if self._left == AT_ONCE:
            asyncio.get_running_loop().call_soon(self._open)
        self._left -= 1

    def _open(self) -> None:
        self._left = AT_ONCE
