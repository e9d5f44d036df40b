"""How often: limits, and who has used up how much of them.

The generic cell rate algorithm (GCRA, ITU-T I.371): a bucket is one number, the moment at which it will be full again,
so a check is a look-up, a comparison and a store. Counted in this process; several processes together allow so many
times as much.
"""

from collections.abc import Hashable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

MOST_BUCKETS: Final = 65_536
"""Of one limit: some 10 MB. A flood from more addresses than that forgets the ones quiet longest, and still pays the
limits that hold for everybody together."""

MINUTE: Final = 60.0
HOUR: Final = 3600.0
DAY: Final = 86400.0


class By(Enum):
    """Whose bucket: one for each …"""

    ADDRESS = auto()
    """… address a call comes from (IPv6: each /64)."""
    CREDENTIAL = auto()
    """… API key, session or grant."""
    AGENT = auto()
    """… agent; for callers that are none, each account."""
    ACCOUNT = auto()
    """… account: a human with all their agents and devices."""
    CLIENT = auto()
    """… OAuth client, whoever connected it; for callers that are none, each credential."""
    ALL = auto()
    """One bucket for everybody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """`calls` within `per_s` seconds, all at once if need be. `name` is shown in headers: lower case and dashes."""

    name: str
    calls: int
    per_s: float
    by: By


@dataclass(frozen=True, slots=True)
class Refusal:
    """A call too many: try again in `retry_s` seconds."""

    limit: Limit
    retry_s: float


class Buckets:
    """The buckets of one limit.

    Two generations: a bucket that was not touched for a whole period is full again, which is what an absent one is.
    So whole generations are forgotten, and nothing is ever searched.
    """

    __slots__ = ("_each_s", "_most_s", "_old", "_turn_at", "_young", "limit")

    def __init__(self, limit: Limit) -> None:
        self.limit = limit
        self._each_s = limit.per_s / limit.calls
        # A little of a call more, so that rounding never takes the last one away.
        self._most_s = limit.per_s + self._each_s / 20
        self._young: dict[Hashable, float] = {}
        self._old: dict[Hashable, float] = {}
        self._turn_at = 0.0

    def count(self) -> int:
        """Return how many buckets are kept."""
        return len(self._young) + len(self._old)

    def take(self, whose: Hashable, now: float) -> Refusal | None:
        """Count a call at `now`, in seconds that only go forward; return a refusal when there is none left."""
        full_at = self._young.get(whose)
        if full_at is None:
            full_at = self._earlier(whose, now)
        if full_at < now:  # noqa: PLR1730 - `max` would be half of what this costs
            full_at = now
        full_at += self._each_s
        if full_at - now > self._most_s:
            return Refusal(self.limit, full_at - now - self.limit.per_s)
        self._young[whose] = full_at
        return None

    def spent(self, whose: Hashable, now: float) -> Refusal | None:
        """Return the refusal a call would get, without counting one."""
        full_at = self._young.get(whose, self._old.get(whose, now))
        over = full_at + self._each_s - now
        return Refusal(self.limit, over - self.limit.per_s) if over > self._most_s else None

    def _earlier(self, whose: Hashable, now: float) -> float:
        """Return what the older generation knows; the younger one is about to grow, so see whether it is its turn."""
        full_at = self._old.get(whose, now)
        if now >= self._turn_at or len(self._young) >= MOST_BUCKETS // 2:
            self._old, self._young = self._young, {}
            self._turn_at = now + self.limit.per_s
        return full_at
