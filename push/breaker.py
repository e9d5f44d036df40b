"""When not to send: a provider that is down is left alone for a while, and a wave of dead tokens is not believed."""

import datetime as dt
from collections import deque
from dataclasses import dataclass
from typing import Final

from push.results import Result, Verdict

FAILURES: Final = 5
"""In a row: one or two happen to everybody."""

FIRST_PAUSE: Final = dt.timedelta(seconds=5)
LONGEST_PAUSE: Final = dt.timedelta(seconds=60)

VALVE_PERIOD: Final = dt.timedelta(minutes=5)
VALVE_SHARE: Final = 0.2
VALVE_SAMPLE: Final = 20
"""Of fewer sends a fifth is chance."""


class Breaker:
    """Closed: everything goes. Open: nothing, until `until`; then one goes, and decides."""

    def __init__(self) -> None:
        self.until: dt.datetime | None = None
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._probing = False

    @property
    def is_open(self) -> bool:
        return self.until is not None

    def admits(self, now: dt.datetime) -> bool:
        if self.until is None:
            return True
        if now < self.until or self._probing:
            return False
        self._probing = True
        return True

    def note(self, result: Result, now: dt.datetime) -> bool:
        """Take an outcome in; return whether it opened a closed breaker."""
        failed = result.outage or result.verdict is Verdict.CONFIG
        was_open, probe = self.is_open, self._probing
        self._probing = False
        if not failed:
            self._failures, self._pause, self.until = 0, FIRST_PAUSE, None
            return False
        self._failures += 1
        if result.verdict is Verdict.CONFIG or self._failures >= FAILURES or probe:
            self._pause = min(self._pause * 2, LONGEST_PAUSE) if probe else self._pause
            self.until = now + self._pause
        return self.is_open and not was_open

    def retry_at(self, now: dt.datetime) -> dt.datetime:
        """Return when to come back with what was not admitted; a little later than the one that tries first."""
        return max(self.until or now, now) + dt.timedelta(seconds=1)


@dataclass(slots=True)
class _Minute:
    at: dt.datetime
    sends: int = 0
    dead: int = 0


class Valve:
    """Whether to believe that a token is dead. A wrong environment or key looks like every token dying at once."""

    def __init__(self) -> None:
        self._minutes: deque[_Minute] = deque()

    def lets(self, result: Result, now: dt.datetime) -> bool:
        """Count an outcome; return whether its token may be retired."""
        while self._minutes and self._minutes[0].at <= now - VALVE_PERIOD:
            self._minutes.popleft()
        if not self._minutes or now - self._minutes[-1].at >= dt.timedelta(minutes=1):
            self._minutes.append(_Minute(now))
        self._minutes[-1].sends += 1
        if result.verdict is not Verdict.DEAD:
            return False
        self._minutes[-1].dead += 1
        sends, dead = sum(m.sends for m in self._minutes), sum(m.dead for m in self._minutes)
        return sends < VALVE_SAMPLE or dead <= VALVE_SHARE * sends
