"""Access tokens: JSON Web Tokens as RFC 9068 has them, for whoever verifies them, this relay included."""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

import jwt
from jwt import PyJWK

from auth.oauth.entities import Grant
from auth.oauth.signing_keys import ALGORITHM, Signer

TYPE: Final = "at+jwt"
SKEW: Final = dt.timedelta(seconds=5)
"""What the clocks of two processes of one relay may differ by."""

REQUIRED: Final = ("iss", "aud", "sub", "client_id", "scope", "iat", "exp", "jti", "agent_id", "gid", "org")
LONGEST: Final = 4096
"""A few times the size of ours: anything longer is not worth parsing."""


@dataclass(frozen=True, slots=True)
class AccessToken:
    """What a good token says. `grant_id` names the consent, whose state the token cannot know.

    `resource` is the path of what it is for, without a slash at its end: nothing, where it is for the whole relay.
    """

    grant_id: UUID
    scopes: frozenset[str]
    resource: str
    expires_at: dt.datetime
    claims: Mapping[str, Any]


def sign(
    grant: Grant,
    signer: Signer,
    *,
    issuer: str,
    audience: str,
    scopes: tuple[str, ...],
    at: dt.datetime,
    life: dt.timedelta,
    id: str,
) -> str:
    """Return a token for the grant's agent; `life` ends with the grant. The same arguments give the same token."""
    claims = {
        "iss": issuer,
        "aud": audience,
        "sub": str(grant.account_id),
        "client_id": grant.client_id,
        "scope": " ".join(scopes),
        "iat": _seconds(at),
        "exp": _seconds(at + life),
        "jti": id,
        "agent_id": str(grant.agent_id),
        "gid": str(grant.id),
        "org": str(grant.org_id),
    }
    return signer.sign(json.dumps(claims, separators=(",", ":")).encode(), TYPE)


def looks_like_one(token: str) -> bool:
    return token.count(".") == 2 and len(token) <= LONGEST


def key_id(token: str) -> str | None:
    """Return the `kid` of a token whose header is as ours are. Keys it brings along or points to are not looked at."""
    try:
        header = jwt.get_unverified_header(token)
    except jwt.InvalidTokenError:
        return None
    kid = header.get("kid")
    fits = header.get("alg") == ALGORITHM and str(header.get("typ")).lower() in {TYPE, f"application/{TYPE}"}
    return kid if fits and isinstance(kid, str) else None


def read(token: str, key: PyJWK, *, issuer: str, audiences: frozenset[str], now: dt.datetime) -> AccessToken | None:
    """Return what the token says; None whatever is wrong with it. PyJWT would ask the system for the time."""
    try:
        claims = jwt.decode(
            token,
            key,
            algorithms=[ALGORITHM],
            issuer=issuer,
            audience=list(audiences),
            options={"require": list(REQUIRED), "verify_exp": False, "verify_iat": False, "verify_nbf": False},
        )
        issued, ends = _time(claims["iat"]), _time(claims["exp"])
        resource = claims["aud"].removeprefix(issuer).rstrip("/")
        found = AccessToken(UUID(claims["gid"]), frozenset(claims["scope"].split()), resource, ends, claims)
    except (jwt.InvalidTokenError, ValueError, TypeError, AttributeError, OverflowError):
        return None
    return found if issued <= now + SKEW and now < ends else None


def _seconds(at: dt.datetime) -> int:
    return int(at.timestamp())


def _time(claim: object) -> dt.datetime:
    if not isinstance(claim, int) or isinstance(claim, bool):
        raise TypeError("a NumericDate is a number")
    return dt.datetime.fromtimestamp(claim, dt.UTC)
