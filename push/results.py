"""What became of a push, whichever provider took it. Every provider's answers are translated into these six."""

import datetime as dt
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from enum import StrEnum


class Verdict(StrEnum):
    SENT = "sent"
    """The provider accepted it."""
    DEAD = "dead"
    """This token will never work again."""
    RETRY = "retry"
    """The provider did not act on it; the same push may be sent again."""
    UNKNOWN = "unknown"
    """It may have been delivered. Sent again under the same collapse id it is at worst shown twice in one place."""
    DROP = "drop"
    """This push can never succeed; the token is fine."""
    CONFIG = "config"
    """Our own key, topic or project is wrong. It says nothing about the token."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """`code` is the provider's own word, never an address or a token.

    `dead_since`: a token that was registered again after this is alive. `outage`: the provider as a whole is in
    trouble, not this push.
    """

    verdict: Verdict
    code: str = ""
    retry_after: dt.timedelta | None = None
    dead_since: dt.datetime | None = None
    outage: bool = False


def retry_after(header: str | None, now: dt.datetime) -> dt.timedelta | None:
    """Read Retry-After (RFC 9110 10.2.3): seconds, or a date. Anything else counts as absent."""
    if not header:
        return None
    if header.isascii() and header.isdigit():
        return dt.timedelta(seconds=min(int(header), _DAY_S))
    try:
        at = parsedate_to_datetime(header)
    except ValueError:
        return None
    if at.tzinfo is None:
        return None
    return max(dt.timedelta(), at - now)


_DAY_S = 86_400
"""A longer wait is past every deadline here, and its sum with a time could be no time at all."""
