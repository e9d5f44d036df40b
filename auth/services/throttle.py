"""Slow down who guesses passwords: a pause after ten failures, never a lock that a stranger could close for ever."""

import datetime as dt
from collections import OrderedDict, deque
from typing import Final

from auth.secrets import digest_of
from relay.domain.clock import Clock
from relay.domain.errors import TooManyRequests
from relay.kernel.network import address_of, counts_as_one

FAILURES: Final = 10
WINDOW: Final = dt.timedelta(minutes=15)
REMEMBERED: Final = 4096
"""Pairs of address and account; a flood from more of them pushes out the oldest and still pays for every hash."""


class Throttle:
    """Counts in this process: several processes together allow so many times as much."""

    def __init__(self, clock: Clock, *, most: int = FAILURES) -> None:
        self._clock = clock
        self._most = most
        self._failures: OrderedDict[bytes, deque[dt.datetime]] = OrderedDict()

    def check(self, email: str, address: str | None) -> None:
        failures = self._failures.get(_pair(email, address))
        if failures is None or len(failures) < self._most:
            return
        wait = failures[0] + WINDOW - self._clock.now()
        if wait > dt.timedelta():
            raise TooManyRequests("too many failed attempts; wait a while and try again", int(wait.total_seconds()) + 1)

    def allows(self, email: str) -> bool:
        """Count one for an account wherever it comes from; return whether it is not one too many."""
        try:
            self.check(email, None)
        except TooManyRequests:
            return False
        self.failed(email, None)
        return True

    def failed(self, email: str, address: str | None) -> None:
        pair = _pair(email, address)
        self._failures.setdefault(pair, deque(maxlen=self._most)).append(self._clock.now())
        self._failures.move_to_end(pair)
        if len(self._failures) > REMEMBERED:
            self._failures.popitem(last=False)

    def succeeded(self, email: str, address: str | None) -> None:
        self._failures.pop(_pair(email, address), None)


def _pair(email: str, address: str | None) -> bytes:
    return digest_of(f"{email.strip().lower()} {counts_as_one(address_of(address))}")
