"""Verified credentials, remembered for a short while so that a request costs a digest and a look-up, not a query."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Final

from auth.principal import Principal
from auth.revocation import Revocation, covering

__all__ = ["FRESH", "SIZE", "AuthCache", "Revocation"]

SIZE: Final = 4096
FRESH: Final = dt.timedelta(seconds=30)
"""How long a credential is believed without asking again."""


ENDED_KEPT: Final = 4096
"""The latest that ended, for calls that were admitted before and open something after."""

Listener = Callable[[Revocation], None]


class AuthCache:
    """Least recently used out first. `epoch` changes with every revocation.

    A look-up that was under way while something was revoked may have read the row before: `put` takes the epoch from
    before the look-up and keeps nothing when it has changed.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[Principal, dt.datetime]] = OrderedDict()
        self._listeners: list[Listener] = []
        self._ended: OrderedDict[Hashable, int] = OrderedDict()
        self.epoch = 0
        self.believed_until = dt.datetime.max.replace(tzinfo=dt.UTC)
        """Until then every revocation of every process would have been heard; whoever listens moves it on."""

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, digest: bytes, now: dt.datetime) -> Principal | None:
        """Return whose credential this is, if that is known for certain; else it must be looked up."""
        entry = self._entries.get(digest)
        if entry is None or now >= self.believed_until:
            return None
        if now >= entry[1]:
            del self._entries[digest]
            return None
        self._entries.move_to_end(digest)
        return entry[0]

    def put(
        self, digest: bytes, principal: Principal, *, now: dt.datetime, ends_at: dt.datetime | None, epoch: int
    ) -> None:
        if epoch != self.epoch:
            return
        fresh_until = now + FRESH
        self._entries[digest] = (principal, min(fresh_until, ends_at) if ends_at else fresh_until)
        if len(self._entries) > SIZE:
            self._entries.popitem(last=False)

    def forget(self, gone: Revocation) -> None:
        """Have the covered credentials looked up again; what they hold open stays open."""
        self.epoch += 1
        for digest in [d for d, (principal, _) in self._entries.items() if gone.covers(principal)]:
            del self._entries[digest]

    def on_revoked(self, listener: Listener) -> None:
        """Call `listener` for every revocation: whoever holds sockets or waits open closes them. It must not block."""
        self._listeners.append(listener)

    def revoked(self, gone: Revocation) -> None:
        """Drop the covered credentials now. Services call it here, `Revocations` for what other processes revoked."""
        self.forget(gone)
        self._ended[gone.whose] = self.epoch
        self._ended.move_to_end(gone.whose)
        if len(self._ended) > ENDED_KEPT:
            self._ended.popitem(last=False)
        for listener in self._listeners:
            listener(gone)

    def ended_since(self, epoch: int, principal: Principal) -> bool:
        """Return whether the credential ended after it was verified, which was not before `epoch`."""
        if epoch == self.epoch:
            return False
        return any(self._ended.get(whose, epoch) > epoch for whose in covering(principal))
