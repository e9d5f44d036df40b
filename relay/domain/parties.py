"""Who asks and who answers: agents and devices."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId


class AgentStatus(StrEnum):
    ACTIVE = "active"
    PAUSED = "paused"
    """Its credentials are refused until it is resumed."""
    ARCHIVED = "archived"
    """The same, and lists leave it out: it is kept for its history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Agent:
    """A named caller. `account_id` is the human it asks unless it names another."""

    id: AgentId
    org_id: OrgId
    account_id: AccountId
    name: str
    created_at: dt.datetime
    last_seen_at: dt.datetime | None = None
    status: AgentStatus = AgentStatus.ACTIVE


class DeviceKind(StrEnum):
    PHONE = "phone"
    BROWSER = "browser"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Device:
    """Somewhere a human can be reached and can answer. Keys are raw 32-byte public keys."""

    id: DeviceId
    account_id: AccountId
    name: str
    kind: DeviceKind
    created_at: dt.datetime
    ed25519: bytes | None = None
    x25519: bytes | None = None
    last_seen_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentKey:
    """A public box key an agent registered; devices need it to open what the agent seals."""

    agent_id: AgentId
    public_key: bytes
    key_type: str
    created_at: dt.datetime
