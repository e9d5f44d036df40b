"""From an access token to its grant: the signature says what it is for, the database whether that still holds."""

from auth.oauth.access_tokens import AccessToken, key_id, looks_like_one, read
from auth.oauth.entities import Grant
from auth.oauth.policy import Policy
from auth.services.signing_keys import SigningKeys
from auth.store.oauth_grants import GrantHolder, GrantStore
from relay.domain.clock import Clock


class AccessTokens:
    def __init__(self, *, keys: SigningKeys, grants: GrantStore, policy: Policy, clock: Clock) -> None:
        self._keys = keys
        self._grants = grants
        self._policy = policy
        self._clock = clock

    async def read(self, token: str) -> AccessToken | None:
        """Return what a token of ours says; None when it is none, or over."""
        kid = key_id(token) if looks_like_one(token) else None
        key = await self._keys.verifier(kid) if kid else None
        if key is None:
            return None
        return read(token, key, issuer=self._policy.issuer, audiences=self._policy.resources, now=self._clock.now())

    async def holder(self, token: str) -> tuple[AccessToken, GrantHolder] | None:
        """Return a good token with the grant behind it, which still holds."""
        said = await self.read(token)
        found = await self._grants.holder(said.grant_id) if said else None
        if said is None or found is None or not found.grant.holds(self._clock.now()):
            return None
        return said, found

    async def grant_of(self, token: str) -> Grant | None:
        found = await self.holder(token)
        return found[1].grant if found else None
