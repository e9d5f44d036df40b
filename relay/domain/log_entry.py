"""The account's log: one gap-free sequence of everything that happened, followed by devices and kept for audit.

An entry names ids, never words: what was asked or answered stays in the request, and goes with it. The log is sealed
by a chain of digests; `relay/store/sql/journal.sql` says over which bytes.
"""

import datetime as dt
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
    PASSWORD_CHANGED = "password.changed"  # noqa: S105 - a word for what happened
    PASSKEY_DEMANDED = "passkey.demanded"
    RECOVERY_CODES_MADE = "recovery.codes_made"
    RECOVERED = "recovery.used"
    RESET_LINK_MADE = "recovery.link_made"
    IDENTITY_LINKED = "identity.linked"
    IDENTITY_UNLINKED = "identity.unlinked"
    PASSKEY_ADDED = "passkey.added"
    PASSKEY_REMOVED = "passkey.removed"
    SIGNED_IN = "session.created"
    CONFIRMED = "session.confirmed"
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
