"""What little is remembered of the sessions of the handshake protocols, in this process.

Calls carry all they need, so nothing here is needed to serve one: it lets a client cancel a call by its id, and be
told that a session it ended has ended.
"""

from collections import OrderedDict
from typing import Final, TypeAlias
from uuid import UUID

from mcp_endpoint.call import Call
from mcp_endpoint.jsonrpc import RpcId

REMEMBERED: Final = 10_000
"""Ended sessions; whoever still calls with an older one is simply served."""

CallName: TypeAlias = tuple[UUID, str, str]
"""Credential, session label and JSON-RPC id: two clients of one credential both count from 0."""


Names: TypeAlias = list[tuple[CallName, Call]]


class Sessions:
    def __init__(self) -> None:
        self._waiting: dict[CallName, Call] = {}
        self._ended: OrderedDict[tuple[UUID, str], None] = OrderedDict()

    def enter(self, names: Names) -> None:
        """Let the calls of these names be cancelled until `leave`; plain calls, for a waiting one keeps every frame."""
        self._waiting.update(names)

    def leave(self, names: Names) -> None:
        for name, call in names:
            if self._waiting.get(name) is call:
                del self._waiting[name]

    def cancel(self, name: CallName) -> None:
        if call := self._waiting.get(name):
            call.cancel()

    def end(self, credential: UUID, label: str) -> None:
        self._ended[credential, label] = None
        if len(self._ended) > REMEMBERED:
            self._ended.popitem(last=False)

    def has_ended(self, credential: UUID, label: str) -> bool:
        return (credential, label) in self._ended


def call_name(credential: UUID, label: str, id: RpcId) -> CallName:
    # "7" and 7 are one id: some clients send back a number as text.
    return credential, label, str(id)
