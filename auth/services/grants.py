"""Grants, as their owners see them: which programs are connected, and an end to it."""

import datetime as dt
from typing import Final
from uuid import UUID

from auth.principal import Principal
from auth.services.access_tokens import AccessTokens
from auth.services.auth_cache import AuthCache, Revocation
from auth.services.notes import Notes
from auth.store.oauth_grants import GrantStore, ListedGrant
from relay.domain.clock import Clock
from relay.domain.errors import NotFound
from relay.domain.log_entry import EntryType
from relay.kernel.body import Json

KEEP_ENDED: Final = dt.timedelta(days=30)
"""So long one can still see, after an incident, what was connected, and that a token was used twice."""
UNUSED: Final = dt.timedelta(hours=1)
"""After which a consent that no program came for is forgotten: its code was good for a minute, a device's for 15."""


class GrantService:
    def __init__(
        self, *, store: GrantStore, access_tokens: AccessTokens, cache: AuthCache, notes: Notes, clock: Clock
    ) -> None:
        self._store = store
        self._access_tokens = access_tokens
        self._cache = cache
        self._notes = notes
        self._clock = clock

    async def of(self, principal: Principal) -> list[ListedGrant]:
        """Return what the caller has connected in the organization they are in."""
        return await self._store.of_account(principal.account_id, principal.org_id, self._clock.now())

    async def revoke(self, principal: Principal, id: UUID) -> None:
        """Disconnect a program now; whatever it holds open is closed."""
        if not await self._store.revoke(id, principal.account_id, principal.org_id, self._clock.now()):
            raise NotFound("there is no such connected app, or it is not yours")
        self._cache.revoked(Revocation(credential_id=id))
        await self._notes.by(principal, EntryType.GRANT_REVOKED, id)

    async def introspect(self, principal: Principal, token: str) -> Json:
        """Say what an access token is good for (RFC 7662 2.2): another organization's is good for nothing here."""
        found = await self._access_tokens.holder(token)
        if found is None or found[1].grant.org_id != principal.org_id:
            return {"active": False}
        said, holder = found
        return {"active": True, "token_type": "Bearer", "username": holder.agent_name, **said.claims}

    async def forget_ended(self) -> None:
        now = self._clock.now()
        await self._store.forget(ended_before=now - KEEP_ENDED, unused_before=now - UNUSED)
