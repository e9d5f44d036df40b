"""When to wake a human, and when to try again. Pure: time and chance come in, times go out."""

import datetime as dt
from collections import OrderedDict, deque
from dataclasses import dataclass
from typing import Final
from zoneinfo import ZoneInfo

from push.results import Result, Verdict
from relay.domain.ids import Chance, DeviceId
from relay.domain.request import Kind, Priority

GRACE: Final = dt.timedelta(seconds=2)
"""A device on its socket has so long to show the card before it is woken all the same."""

MARGIN: Final = dt.timedelta(seconds=5)
"""With less time left nobody takes out a phone and answers."""

MAX_ATTEMPTS: Final = 6
MAX_UNKNOWN: Final = 2
"""What may have arrived is sent once more, not six times."""

BACKOFF: Final = dt.timedelta(seconds=1)
MAX_BACKOFF: Final = dt.timedelta(seconds=60)

FIRST_REMINDER: Final = 0.5
"""Of the time there is."""
LAST_REMINDER: Final = dt.timedelta(minutes=2)
REMINDER_SPACING: Final = dt.timedelta(seconds=30)

BURST: Final = 10
BURST_PERIOD: Final = dt.timedelta(minutes=1)
"""More notifications a minute on one device are one notification that counts."""

SUMMARY_EVERY: Final = dt.timedelta(seconds=10)
MAX_DEVICES: Final = 20_000
"""Whose last minute is remembered; a device forgotten starts with a full allowance."""

_DAY_MINUTES: Final = 24 * 60


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Minutes after midnight, local time; may go over midnight. The end is not quiet any more."""

    start_minute: int
    end_minute: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Preference:
    """How an account wants to be woken."""

    show_words: bool = False
    reminders: bool = False
    quiet: QuietHours | None = None
    time_zone: str = "UTC"


def quiet_until(wish: Preference, now: dt.datetime) -> dt.datetime | None:
    """Return when the quiet hours end that `now` is in, or None outside of them."""
    if wish.quiet is None:
        return None
    local = now.astimezone(ZoneInfo(wish.time_zone))
    minute = local.hour * 60 + local.minute
    start, end = wish.quiet.start_minute, wish.quiet.end_minute
    if not (minute - start) % _DAY_MINUTES < (end - start) % _DAY_MINUTES:
        return None
    ends_on = local.date() + dt.timedelta(days=1 if end <= minute else 0)
    ends = dt.datetime.combine(ends_on, dt.time(end // 60, end % 60), tzinfo=local.tzinfo)
    return ends.astimezone(dt.UTC)


def is_urgent(kind: Kind, priority: Priority) -> bool:
    """A question makes a sound, because somebody waits for it; a notification only if it says it is important."""
    return priority >= Priority.HIGH or (kind is not Kind.NOTIFICATION and priority >= Priority.NORMAL)


def breaks_quiet(priority: Priority) -> bool:
    return priority is Priority.URGENT


def next_attempt(
    now: dt.datetime, attempt: int, result: Result, until: dt.datetime, chance: Chance
) -> dt.datetime | None:
    """Return when to send again what was not taken: full jitter, never below Retry-After; None when it is no use."""
    most = MAX_UNKNOWN if result.verdict is Verdict.UNKNOWN else MAX_ATTEMPTS
    if attempt >= most or result.verdict in {Verdict.SENT, Verdict.DEAD, Verdict.DROP}:
        return None
    jitter = int.from_bytes(chance(4)) / (1 << 32)
    wait = max(min(MAX_BACKOFF, BACKOFF * 2**attempt) * jitter, result.retry_after or dt.timedelta())
    at = now + wait
    return at if at <= until - MARGIN else None


def next_reminder(created: dt.datetime, expires: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """Return when to remind: half way, and two minutes before the end, never twice within half a minute."""
    half = created + (expires - created) * FIRST_REMINDER
    for at in sorted((half, expires - LAST_REMINDER)):
        if at >= now + REMINDER_SPACING and at <= expires - MARGIN:
            return at
    return None


class Allowance:
    """How many notifications a device may still get this minute; what is beyond becomes a summary."""

    def __init__(self) -> None:
        self._sent: OrderedDict[DeviceId, deque[dt.datetime]] = OrderedDict()
        self._summaries: OrderedDict[DeviceId, dt.datetime] = OrderedDict()

    def is_left(self, device: DeviceId, now: dt.datetime) -> bool:
        return len(self._recent(device, now)) < BURST

    def take(self, device: DeviceId, now: dt.datetime) -> None:
        self._recent(device, now).append(now)

    def give_back(self, device: DeviceId, now: dt.datetime) -> None:
        """The notification was not sent after all."""
        if recent := self._recent(device, now):
            recent.pop()

    def summary_at(self, device: DeviceId, now: dt.datetime) -> dt.datetime:
        """Return when the device may get its next summary."""
        last = self._summaries.get(device)
        return max(now, last + SUMMARY_EVERY) if last else now

    def summarised(self, device: DeviceId, now: dt.datetime) -> None:
        self._summaries[device] = now
        if len(self._summaries) > MAX_DEVICES:
            self._summaries.popitem(last=False)

    def _recent(self, device: DeviceId, now: dt.datetime) -> deque[dt.datetime]:
        recent = self._sent.setdefault(device, deque(maxlen=BURST))
        self._sent.move_to_end(device)
        if len(self._sent) > MAX_DEVICES:
            self._sent.popitem(last=False)
        while recent and recent[0] <= now - BURST_PERIOD:
            recent.popleft()
        return recent
