"""The tokens of one answer. All of them follow from one seed, so the same seed makes the same answer again."""

import datetime as dt
import hashlib
import hmac
from dataclasses import dataclass
from typing import Final

from auth.oauth import access_tokens
from auth.oauth.changes import AddRefresh
from auth.oauth.entities import REFRESH_IDLE, SHORT_LIFE, Client, Grant, RefreshToken
from auth.oauth.facts import Asked, Facts
from auth.oauth.signing_keys import Signer
from auth.secrets import REFRESH_PREFIX, digest_of, new_token
from relay.kernel.body import Json

SEED: Final = 32
"""Bytes: 256 bits, of which each token is a digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    asked: Asked
    facts: Facts
    grant: Grant
    audience: str
    at: dt.datetime
    seed: bytes
    again: bool = False
    """Whether this was issued before: then everything about it is written already."""

    @property
    def refresh_token(self) -> str:
        return new_token(REFRESH_PREFIX, lambda size: self._derived(b"refresh")[:size])

    def tokens(self, client: Client, scopes: tuple[str, ...], *, renewable: bool) -> Json:
        """Return the body of the answer (RFC 6749 5.1), and want its refresh token kept."""
        life = min(SHORT_LIFE if client.renews else self.asked.policy.long_life, self.grant.expires_at - self.at)
        body: Json = {
            "access_token": access_tokens.sign(
                self.grant,
                _needed(self.asked.signer),
                issuer=self.asked.policy.issuer,
                audience=self.audience,
                scopes=scopes,
                at=self.at,
                life=life,
                id=self._derived(b"access").hex(),
            ),
            "token_type": "Bearer",
            "expires_in": int(life.total_seconds()),
            "scope": " ".join(scopes),
        }
        if renewable:
            body["refresh_token"] = self.refresh_token
            if not self.again:
                self.facts.want(AddRefresh(self._kept()))
        return body

    def _kept(self) -> RefreshToken:
        return RefreshToken(
            digest=digest_of(self.refresh_token),
            grant_id=self.grant.id,
            expires_at=min(self.at + REFRESH_IDLE, self.grant.expires_at),
        )

    def _derived(self, purpose: bytes) -> bytes:
        return hmac.digest(self.seed, purpose, hashlib.sha256)


def seed_after(token: str, salt: bytes) -> bytes:
    """Return the seed of what follows a refresh token: nobody finds it without the token itself."""
    return hmac.digest(token.encode(errors="surrogateescape"), salt, hashlib.sha256)


def _needed(signer: Signer | None) -> Signer:
    if signer is None:
        raise TypeError("tokens are issued where there is a key to sign them with")
    return signer
