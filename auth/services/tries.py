"""A few tries within a while, then a pause: for codes short enough to be guessed."""

import datetime as dt
from collections import OrderedDict, deque
from typing import Final

from relay.domain.clock import Clock
from relay.domain.errors import TooManyRequests

REMEMBERED: Final = 4096
"""Who tried, in this process; more of them push out the oldest."""


class Tries:
    def __init__(self, clock: Clock, *, most: int, within: dt.timedelta) -> None:
        self._clock = clock
        self._most = most
        self._within = within
        self._tried: OrderedDict[str, deque[dt.datetime]] = OrderedDict()

    def check(self, key: str) -> None:
        """Refuse who has tried too often of late."""
        tried = self._tried.get(key)
        if tried is None or len(tried) < self._most:
            return
        wait = tried[0] + self._within - self._clock.now()
        if wait > dt.timedelta():
            raise TooManyRequests("too many wrong codes; wait a while and try again", int(wait.total_seconds()) + 1)

    def count(self, key: str) -> None:
        self._tried.setdefault(key, deque(maxlen=self._most)).append(self._clock.now())
        self._tried.move_to_end(key)
        if len(self._tried) > REMEMBERED:
            self._tried.popitem(last=False)
