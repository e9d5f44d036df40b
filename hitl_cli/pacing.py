"""How long to wait before trying again."""

import asyncio
import time
from secrets import SystemRandom

FIRST_S = 0.25
CAP_S = 15.0
"""A relay that is back is noticed within a quarter of a minute."""


class Backoff:
    """Delays that double up to a cap, half of each left to chance.

    Without chance every client of a restarted relay would come back in the same moment.
    """

    def __init__(self, *, first_s: float = FIRST_S, cap_s: float = CAP_S) -> None:
        self._first_s = first_s
        self._cap_s = cap_s
        self._failures = 0

    def reset(self) -> None:
        self._failures = 0

    def next_s(self) -> float:
        ceiling: float = min(self._cap_s, self._first_s * 2 ** min(self._failures, 16))
        self._failures += 1
        return ceiling / 2 + SystemRandom().uniform(0, ceiling / 2)


async def pause(seconds: float) -> None:
    """Let time pass between two attempts. The one place of the client that does."""
    await asyncio.sleep(seconds)  # noqa: TID251 - a back-off is a duration, there is no condition to wait for


def wall_s() -> float:
    """Return the seconds since 1970: what tokens and signatures count in. The one place of the client that asks."""
    return time.time()  # noqa: TID251 - passed to whoever needs the time, so that tests can pass another
