"""What auth keeps: accounts, organizations, sessions and API keys. No field holds a secret, only digests of one."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId

SESSION_IDLE: Final = dt.timedelta(days=30)
"""A browser nobody opened for a month is signed out."""

SESSION_LIFE: Final = dt.timedelta(days=90)
"""Even a session in daily use ends: a stolen token does not live for ever."""


INVITE_LIFE: Final = dt.timedelta(days=7)
"""Long enough for a holiday week-end, short enough that no forgotten link lies about; also a CHECK in the schema."""

RECENT: Final = dt.timedelta(minutes=10)
"""How long a proof of who one is counts for what a stolen session must not be able to do."""


class Role(StrEnum):
    OWNER = "owner"
    ADMIN = "admin"
    OPERATOR = "operator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Org:
    id: OrgId
    name: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    id: AccountId
    email: str
    name: str
    created_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An account seen from one of its organizations."""

    account: Account
    org: Org
    role: Role
    personal: bool = True
    """Whether it is the organization the account was made with, which it can neither leave nor lose."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Invite:
    """Lets one account join an organization, once. The code itself is not kept, only a digest."""

    id: UUID
    org: Org
    role: Role
    email: str | None
    """Only the account with this address may accept; anybody who has the code, when there is none."""
    invited_by: str
    """The inviter's name."""
    created_at: dt.datetime
    expires_at: dt.datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    id: UUID
    account_id: AccountId
    org_id: OrgId
    device_id: DeviceId | None
    user_agent: str
    network: str
    """Where it was begun, as a network: enough to recognise a place, too little to find a person."""
    created_at: dt.datetime
    authenticated_at: dt.datetime
    """When its human last proved who they are."""
    last_seen_at: dt.datetime
    expires_at: dt.datetime

    @property
    def ends_at(self) -> dt.datetime:
        """When it stops being good if nobody uses it again."""
        return min(self.expires_at, self.last_seen_at + SESSION_IDLE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Passkey:
    """`credential_id` and `public_key` come from the authenticator; `synced` says that it may be on several devices."""

    id: UUID
    account_id: AccountId
    credential_id: bytes
    public_key: bytes
    sign_count: int
    synced: bool
    name: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who an account is at another provider. `email` is what that one says; it identifies nobody."""

    id: UUID
    account_id: AccountId
    issuer: str
    subject: str
    email: str
    created_at: dt.datetime
    last_used_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """What somebody who signs in brings along."""

    user_agent: str
    address: str | None = None
    replaces: str | None = None
    """The token of the session this browser had before: it ends."""


class KeyKind(StrEnum):
    AGENT = "agent"
    """Acts as one agent and sees nothing else."""
    ORG = "org"
    """Belongs to the organization, and to no agent: for programs that make tasks and processes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """`prefix` and `last4` let a person recognise a key that is never shown again."""

    id: UUID
    org_id: OrgId
    agent_id: AgentId | None
    """Of a key of kind `agent`."""
    account_id: AccountId
    """Who made it; it ends with their membership."""
    kind: KeyKind
    prefix: str
    last4: str
    scopes: frozenset[str]
    description: str
    created_at: dt.datetime
    expires_at: dt.datetime | None = None
    last_used_at: dt.datetime | None = None
    last_used_from: str = ""
    """A network, not an address: enough to recognise one's own server."""
    rotated_from: UUID | None = None
    grace_until: dt.datetime | None = None
    revoked_at: dt.datetime | None = None

    @property
    def ends_at(self) -> dt.datetime | None:
        """When it stops working: at its expiry, or when the grace after a rotation is over; never, if neither."""
        ends = [end for end in (self.expires_at, self.grace_until, self.revoked_at) if end]
        return min(ends) if ends else None

    def works(self, at: dt.datetime) -> bool:
        return self.ends_at is None or at < self.ends_at
