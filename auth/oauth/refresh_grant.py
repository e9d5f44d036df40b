"""The refresh token grant: RFC 6749 6 with rotation (OAuth 2.1 4.3.1).

Each token works once and is answered with its successor. A program whose answer was lost on the way, or that has
several processes, comes with the same token again: within half a minute, and until the successor is used, it is given
the same answer. Nothing of that answer is stored: it follows from the presented token and a salt. Any other second use
means that somebody has a copy, and ends the whole family.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from authlib.oauth2.rfc6749.grants import RefreshTokenGrant

from auth.oauth.changes import Reason, RevokeGrant, SpendRefresh
from auth.oauth.entities import Grant, RefreshToken
from auth.oauth.issue import SEED, Issue, seed_after
from auth.oauth.server import AUTH_METHODS, KnownClient, Request, check_resource
from auth.secrets import digest_of

AGAIN_WITHIN: Final = dt.timedelta(seconds=30)
"""Between a lost answer and the next attempt of programs in use; longer would help a thief."""


class RefreshGrant(RefreshTokenGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    INCLUDE_NEW_REFRESH_TOKEN = True
    request: Request

    def authenticate_refresh_token(self, refresh_token: str) -> "_Refresh | None":
        asked, facts = self.request.asked, self.request.facts
        kept, grant = facts.refresh, facts.grant
        if kept is None or grant is None or facts.client is None or grant.client_id != facts.client.id:
            return None
        if asked.now >= kept.expires_at or not grant.holds(asked.now):
            return None
        if kept.used_at is not None and (kept.salt is None or asked.now >= kept.used_at + AGAIN_WITHIN):
            facts.want(RevokeGrant(grant, Reason.REFRESH_REUSED, asked.now))
            return None
        check_resource(asked, grant)
        return _Refresh(refresh_token, kept, grant)

    def authenticate_user(self, refresh_token: "_Refresh") -> Issue:
        asked, kept, grant = self.request.asked, refresh_token.kept, refresh_token.grant
        salt = kept.salt or asked.chance(SEED)
        issue = Issue(
            asked=asked,
            facts=self.request.facts,
            grant=grant,
            audience=check_resource(asked, grant),
            at=kept.used_at or asked.now,
            seed=seed_after(refresh_token.presented, salt),
            again=kept.used_at is not None,
        )
        if not issue.again:
            self.request.facts.want(SpendRefresh(kept.digest, asked.now, salt, digest_of(issue.refresh_token)))
        return issue

    def revoke_old_credential(self, refresh_token: "_Refresh") -> None:
        """Nothing to do: it was spent where its successor was made."""


@dataclass(frozen=True, slots=True)
class _Refresh:
    """A refresh token as authlib asks about it."""

    presented: str
    kept: RefreshToken
    grant: Grant

    def check_client(self, client: KnownClient) -> bool:
        return self.grant.client_id == client.get_client_id()

    def get_scope(self) -> str:
        return " ".join(self.grant.scopes)
