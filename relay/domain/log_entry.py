"""The account's log: one gap-free sequence of everything that happened, followed by devices and kept for audit.

An entry names ids, never words: what was asked or answered stays in the request, and goes with it.
"""

import datetime as dt
import hashlib
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from relay.domain.ids import AccountId, DeviceId


class EntryType(StrEnum):
    REQUEST_CREATED = "request.created"
    REQUEST_RESOLVED = "request.resolved"
    REQUEST_CLAIMED = "request.claimed"
    REQUEST_RELEASED = "request.released"
    NOTIFICATION = "notification"
    DEVICE_REGISTERED = "device.registered"
    DEVICE_RENAMED = "device.renamed"
    DEVICE_REVOKED = "device.revoked"
    AGENT_CREATED = "agent.created"
    KEY_CREATED = "key.created"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    AGENT_KEY_REGISTERED = "key.registered"
    ACCOUNT_CREATED = "account.created"
    SIGNED_IN = "session.created"
    SIGNED_OUT = "session.ended"


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """`actor` is the account, agent or device that did it; absent when time did (expiry)."""

    account_id: AccountId
    seq: int
    type: EntryType
    subject: UUID
    actor: UUID | None
    device: DeviceId | None
    digest: bytes | None
    at: dt.datetime

    def canonical(self) -> bytes:
        """Return the bytes a seal is computed over: fixed order, unambiguous, the same on every machine."""
        parts = (
            str(self.account_id),
            str(self.seq),
            self.type.value,
            str(self.subject),
            str(self.actor or ""),
            str(self.device or ""),
            self.digest.hex() if self.digest else "",
            self.at.astimezone(dt.UTC).isoformat(timespec="microseconds"),
        )
        return "\n".join(parts).encode()


def seal(previous: bytes, entries: list[LogEntry]) -> bytes:
    """Chain `entries` to the seal before them; changing, dropping or adding any of them changes every later seal."""
    chain = previous
    for entry in entries:
        chain = hashlib.sha256(chain + entry.canonical()).digest()
    return chain
