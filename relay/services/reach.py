"""Whether an account's human can be reached, said at once to whoever asks.

Which accounts have a push address is kept in memory: it is asked with every reply. Push fills it; a process that did
not make a change itself learns of it within seconds.
"""

from collections.abc import Iterable
from typing import Final, Literal, TypeAlias

from relay.domain.ids import AccountId
from relay.hub import Hub

Delivery: TypeAlias = Literal["live", "push", "none"]

REFRESH_S: Final = 10.0


class Reach:
    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._pushable: set[AccountId] = set()

    def of(self, account: AccountId) -> Delivery:
        """Return `live` when a device is connected, `push` when one can be woken, `none` when nothing would arrive."""
        if self._hub.is_reached(account):
            return "live"
        return "push" if account in self._pushable else "none"

    def is_pushable(self, account: AccountId) -> bool:
        return account in self._pushable

    def replace(self, pushable: Iterable[AccountId]) -> None:
        self._pushable = set(pushable)

    def set(self, account: AccountId, *, pushable: bool) -> None:
        if pushable:
            self._pushable.add(account)
        else:
            self._pushable.discard(account)

    def __len__(self) -> int:
        return len(self._pushable)
