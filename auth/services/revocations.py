"""Hear what any process revoked, within a second; be deaf aloud.

A short poll, not LISTEN: a connection that only listens does not notice that it is dead, so it has to be asked every
second anyway; it is one more PostgreSQL backend in every process; and through a pooler like pgbouncer it hears nothing
and says nothing. The poll is one indexed look at a table that is nearly always empty.
"""

import asyncio
import datetime as dt
from typing import Final

from auth.services.auth_cache import AuthCache
from auth.store.revocations import OVERLAP, Heard, RevocationStore
from relay.domain.clock import Clock
from relay.domain.errors import Unavailable
from relay.kernel.log import get_logger

log = get_logger(__name__)

LISTEN_EVERY_S: Final = 0.25
HEARD_WITHIN_S: Final = 0.5
"""One that takes longer counts as not heard. With the pause before it, well within the second that is promised."""

BELIEVED_FOR: Final = dt.timedelta(seconds=1)
"""After so long without a word from the database nobody is believed who has not been looked up."""

RETRY_AFTER: Final = dt.timedelta(seconds=1)


class Revocations:
    def __init__(self, *, store: RevocationStore, cache: AuthCache, clock: Clock) -> None:
        self._store = store
        self._cache = cache
        self._clock = clock
        self._upto = dt.datetime.min.replace(tzinfo=dt.UTC)
        self._applied: dict[int, dt.datetime] = {}
        self._deaf_since: dt.datetime | None = None

    async def start(self) -> None:
        """Begin to hear. What was revoked before is in nobody's cache yet."""
        begun = self._clock.now()
        self._upto = await self._store.now()
        self._cache.believed_until = begun + BELIEVED_FOR

    async def listen(self) -> None:
        """Apply what other processes revoked. Without the database the cache is not believed until it is back."""
        begun = self._clock.now()
        if self._deaf_since and begun - self._deaf_since < RETRY_AFTER:
            return
        try:
            async with asyncio.timeout(HEARD_WITHIN_S):
                heard = await self._store.after(self._upto)
        except (Unavailable, TimeoutError):
            self._deaf(begun)
            return
        self._apply(heard)
        # Everything that was committed before the question was asked has been heard.
        self._cache.believed_until = begun + BELIEVED_FOR
        if self._deaf_since:
            self._deaf_since = None
            log.info("revocations_heard_again")

    async def forget(self) -> None:
        """Delete what every process has heard long ago."""
        await self._store.forget()

    def _apply(self, heard: list[Heard]) -> None:
        for line in heard:
            if line.id in self._applied:
                continue
            self._applied[line.id] = line.at
            self._upto = max(self._upto, line.at)
            (self._cache.revoked if line.ends else self._cache.forget)(line.gone)
        read_again = self._upto - OVERLAP
        for id in [id for id, at in self._applied.items() if at <= read_again]:  # noqa: A001 - the right word
            del self._applied[id]

    def _deaf(self, at: dt.datetime) -> None:
        if self._deaf_since is None:
            log.warning("revocations_unheard")
        self._deaf_since = at
