"""What the authorization server keeps. No field holds a secret, only digests of one."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from relay.domain.ids import AccountId, AgentId, OrgId

AUTHORIZATION_CODE: Final = "authorization_code"
REFRESH_TOKEN: Final = "refresh_token"  # noqa: S105 - the name of a grant type, not a secret
DEVICE_CODE: Final = "urn:ietf:params:oauth:grant-type:device_code"
GRANT_TYPES: Final = (AUTHORIZATION_CODE, REFRESH_TOKEN, DEVICE_CODE)

CODE_LIFE: Final = dt.timedelta(seconds=60)
"""A program exchanges its code in the same second; RFC 6749 4.1.2 allows ten minutes at most."""

GRANT_LIFE: Final = dt.timedelta(days=90)
"""A consent ends, however often it is used (OWASP ASVS 10.4.8); also a CHECK in the schema."""

REFRESH_IDLE: Final = dt.timedelta(days=30)
"""A program nobody started for a month asks its human again."""

SHORT_LIFE: Final = dt.timedelta(minutes=15)
"""Of an access token whose program renews it."""

DEVICE_LIFE: Final = dt.timedelta(minutes=15)
"""Long enough to find a browser, too short to send somebody the code by mail (RFC 10027); also a CHECK."""

POLL_EVERY: Final = dt.timedelta(seconds=5)
"""Of a waiting device, and what it is slowed down by (RFC 8628 3.5)."""


class ClientKind(StrEnum):
    REGISTERED = "registered"
    """Made itself known (RFC 7591): its name is its own claim."""
    DOCUMENT = "document"
    """Its id is the address of a document about it: the host of that address is proved, the name is not."""


class AuthMethod(StrEnum):
    NONE = "none"
    POST = "client_secret_post"
    BASIC = "client_secret_basic"


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """A program. `renews`: it said that it uses refresh tokens, so its access tokens may be short."""

    id: str
    kind: ClientKind
    name: str
    auth_method: AuthMethod
    secret_hash: bytes | None
    redirect_uris: tuple[str, ...]
    grant_types: frozenset[str]
    scopes: tuple[str, ...]
    renews: bool
    created_at: dt.datetime
    read_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """One consent of one human to one program, acting as one agent: everything issued from it dies with it.

    `names_itself`: the human left it to the program to name its new agent when it first connects.
    """

    id: UUID
    account_id: AccountId
    org_id: OrgId
    client_id: str
    agent_id: AgentId | None
    agent_name: str
    names_itself: bool
    scopes: tuple[str, ...]
    resource: str | None
    created_at: dt.datetime
    expires_at: dt.datetime
    last_used_at: dt.datetime | None = None
    revoked_at: dt.datetime | None = None

    def holds(self, at: dt.datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    digest: bytes
    grant_id: UUID
    redirect_uri: str
    challenge: str
    expires_at: dt.datetime
    used_at: dt.datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RefreshToken:
    """`salt` is there from its use until its successor's use: as long as a repeated use can be answered again."""

    digest: bytes
    grant_id: UUID
    expires_at: dt.datetime
    used_at: dt.datetime | None = None
    salt: bytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceCode:
    """What a program without a browser waits with. `asked_from` is the network it asked from, shown to the human."""

    digest: bytes
    user_code_digest: bytes
    client_id: str
    scopes: tuple[str, ...]
    resource: str | None
    asked_from: str
    created_at: dt.datetime
    expires_at: dt.datetime
    interval: dt.timedelta
    polled_at: dt.datetime | None = None
    denied_at: dt.datetime | None = None
    grant_id: UUID | None = None
    used_at: dt.datetime | None = None

    def is_open(self, at: dt.datetime) -> bool:
        """Return whether a human can still decide about it."""
        return self.grant_id is None and self.denied_at is None and at < self.expires_at
