"""What little is remembered of the sessions of the handshake protocols, in this process.

Calls carry all they need, so nothing here is needed to serve one: it lets a client cancel a call by its id, and be
told that a session it ended has ended.
"""

from collections import OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final, TypeAlias
from uuid import UUID

from mcp_endpoint.jsonrpc import RpcId

REMEMBERED: Final = 10_000
"""Ended sessions; whoever still calls with an older one is simply served."""

CallName: TypeAlias = tuple[UUID, str, str]
"""Credential, session label and JSON-RPC id: two clients of one credential both count from 0."""


class Sessions:
    def __init__(self) -> None:
        self._waiting: dict[CallName, Callable[[], None]] = {}
        self._ended: OrderedDict[tuple[UUID, str], None] = OrderedDict()

    @contextmanager
    def cancellable(self, name: CallName, cancel: Callable[[], None]) -> Iterator[None]:
        """Let `cancel` be called for this call while it waits."""
        self._waiting[name] = cancel
        try:
            yield
        finally:
            if self._waiting.get(name) is cancel:
                del self._waiting[name]

    def cancel(self, name: CallName) -> None:
        if cancel := self._waiting.get(name):
            cancel()

    def end(self, credential: UUID, label: str) -> None:
        self._ended[credential, label] = None
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

    def has_ended(self, credential: UUID, label: str) -> bool:
        return (credential, label) in self._ended


def call_name(credential: UUID, label: str, id: RpcId) -> CallName:
    # "7" and 7 are one id: some clients send back a number as text.
    return credential, label, str(id)
