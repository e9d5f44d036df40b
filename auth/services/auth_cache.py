"""Verified credentials, remembered for a short while so that a request costs a digest and a look-up, not a query."""

import datetime as dt
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.principal import Principal
from relay.domain.ids import AccountId, AgentId, DeviceId

SIZE: Final = 4096
FRESH: Final = dt.timedelta(seconds=30)
"""How long a credential is believed without asking; another process's revocation takes no longer than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Revocation:
    """Credentials that ended: one, or all of an agent, a device or an account."""

    credential_id: UUID | None = None
    agent_id: AgentId | None = None
    device_id: DeviceId | None = None
    account_id: AccountId | None = None

    def covers(self, principal: Principal) -> bool:
        return (
            (self.credential_id is not None and principal.credential_id == self.credential_id)
            or (self.agent_id is not None and principal.agent_id == self.agent_id)
            or (self.device_id is not None and principal.device_id == self.device_id)
            or (self.account_id is not None and principal.account_id == self.account_id)
        )


Listener = Callable[[Revocation], None]


class AuthCache:
    """Least recently used out first. `epoch` changes with every revocation.

    A look-up that was under way while something was revoked may have read the row before: `put` takes the epoch from
    before the look-up and keeps nothing when it has changed.
    """

    def __init__(self) -> None:
        self._entries: OrderedDict[bytes, tuple[Principal, dt.datetime]] = OrderedDict()
        self._listeners: list[Listener] = []
        self.epoch = 0

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, digest: bytes, now: dt.datetime) -> Principal | None:
        entry = self._entries.get(digest)
        if entry is None:
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
        """Drop the covered credentials now. Services call it here; a bus calls it for what other processes revoked."""
        self.forget(gone)
        for listener in self._listeners:
            listener(gone)
