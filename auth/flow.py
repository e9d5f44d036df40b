"""A way of signing in that was begun and is not ended: a challenge given, a letter sent, a browser sent elsewhere.

It lives for minutes and is ended once. What comes back (`hash` in the table) is kept as a digest only.
"""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from uuid import UUID

from relay.domain.ids import AccountId


class FlowKind(StrEnum):
    PASSKEY_NEW = "passkey_new"
    """A challenge for making a passkey."""
    PASSKEY_USE = "passkey_use"
    """A challenge for using one: to sign in, or to confirm."""
    IDENTITY = "identity"
    """A browser sent to an identity provider."""
    SIGN_UP = "sign_up"
    """An account whose address is not proved yet."""
    RESET = "reset"
    """A link to a new password."""
    LETTER = "letter"
    """A code and a link sent by e-mail."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """`browser` is the digest of the cookie of the browser that began it, where only that one may end it."""

    id: UUID
    kind: FlowKind
    browser: bytes | None = None
    account_id: AccountId | None = None
    facts: Mapping[str, str] = field(default_factory=dict)
    attempts: int = 0
    created_at: dt.datetime
    expires_at: dt.datetime
