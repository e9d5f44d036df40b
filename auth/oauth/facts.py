"""What one request to the authorization server may know, and what it wants changed.

authlib's core is synchronous and asks for clients, codes and tokens as it goes. All it can ask for is named by the
request itself, so the facts are read first, under the lock of their grant, the core decides, and what it wants written
is written after: one transaction, and no database inside the rules.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from auth.oauth.changes import Change
from auth.oauth.entities import Client, Code, DeviceCode, Grant, RefreshToken
from auth.oauth.policy import Policy
from auth.oauth.signing_keys import Signer
from relay.domain.ids import Chance


@dataclass(slots=True, kw_only=True)
class Facts:
    """`grant` is the one that the code or token of the request belongs to."""

    client: Client | None = None
    grant: Grant | None = None
    code: Code | None = None
    refresh: RefreshToken | None = None
    device: DeviceCode | None = None
    changes: list[Change] = field(default_factory=list)

    def want(self, change: Change) -> None:
        self.changes.append(change)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request: its parameters, and what else decides about it."""

    parameters: Mapping[str, str]
    policy: Policy
    now: dt.datetime
    chance: Chance
    basic: str = ""
    """The `Authorization` header, with which a client may authenticate itself."""
    agent_name: str = ""
    """How the program calls its agent, already made plain."""
    signer: Signer | None = None
    """Absent where no token is issued."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An OAuth answer before it is HTTP. A refusal's body is that of RFC 6749 5.2."""

    status: int
    body: Mapping[str, object]
    headers: Mapping[str, str] = field(default_factory=dict)
