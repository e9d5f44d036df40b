"""The account's log: one gap-free sequence of everything that happened, followed by devices and kept for audit.

An entry names ids, never words: what was asked or answered stays in the request, and goes with it. The log is sealed
by a chain of digests; `relay/store/sql/journal.sql` says over which bytes.
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from relay.domain.ids import AccountId, DeviceId, OrgId
from relay.domain.quick import quick


class EntryType(StrEnum):
    REQUEST_CREATED = "request.created"
    REQUEST_RESOLVED = "request.resolved"
    REQUEST_CLAIMED = "request.claimed"
    REQUEST_RELEASED = "request.released"
    AGENT_AWAY = "request.agent_away"
    AGENT_BACK = "request.agent_back"
    NOTIFICATION = "notification"
    DEVICE_REGISTERED = "device.registered"
    DEVICE_RENAMED = "device.renamed"
    DEVICE_REVOKED = "device.revoked"
    DEVICE_LOG_APPENDED = "device_log.appended"
    PAIRING_JOINED = "pairing.joined"
    AGENT_CREATED = "agent.created"
    AGENT_RENAMED = "agent.renamed"
    AGENT_ASSIGNED = "agent.assigned"
    AGENT_PAUSED = "agent.paused"
    AGENT_RESUMED = "agent.resumed"
    AGENT_ARCHIVED = "agent.archived"
    AGENT_DELETED = "agent.deleted"
    KEY_CREATED = "key.created"
    KEY_ROTATED = "key.rotated"
    KEY_REVOKED = "key.revoked"
    GRANT_CREATED = "grant.created"
    GRANT_REVOKED = "grant.revoked"
    AGENT_KEY_REGISTERED = "key.registered"
    ACCOUNT_CREATED = "account.created"
    DELETION_ASKED = "account.deletion_asked"
    DELETION_UNDONE = "account.kept"
    ACCOUNT_EXPORTED = "account.exported"
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
    ORG_CREATED = "org.created"
    ORG_RENAMED = "org.renamed"
    ORG_ENTERED = "org.entered"
    ORG_DELETED = "org.deleted"
    MEMBER_JOINED = "member.joined"
    MEMBER_MADE_OWNER = "member.made_owner"
    MEMBER_MADE_ADMIN = "member.made_admin"
    MEMBER_MADE_OPERATOR = "member.made_operator"
    MEMBER_REMOVED = "member.removed"
    MEMBER_LEFT = "member.left"
    INVITE_CREATED = "invite.created"
    INVITE_REVOKED = "invite.revoked"
    AUDIT_EXPORTED = "audit.exported"


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """`actor` is the account, agent or device that did it; absent when time did (expiry).

    `org_id` is the organization whose audit has the entry too; requests are not audited, so theirs have none.
    """

    account_id: AccountId
    seq: int
    type: EntryType
    subject: UUID
    actor: UUID | None
    device: DeviceId | None
    digest: bytes | None
    at: dt.datetime
    org_id: OrgId | None = None
