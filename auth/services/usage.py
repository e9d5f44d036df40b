"""When each credential was last used, written together once a minute instead of once a request."""

import datetime as dt
from typing import Final
from uuid import UUID

from auth.principal import CredentialKind, Principal
from auth.store.api_keys import ApiKeyStore
from auth.store.oauth_grants import GrantStore
from auth.store.sessions import SessionStore
from relay.domain.ids import AgentId
from relay.store.parties import AgentStore

FLUSH_EVERY_S: Final = 60.0


class Usage:
    def __init__(self, *, sessions: SessionStore, keys: ApiKeyStore, grants: GrantStore, agents: AgentStore) -> None:
        self._touch: Final = {
            CredentialKind.SESSION: sessions.touch,
            CredentialKind.API_KEY: keys.touch,
            CredentialKind.ACCESS_TOKEN: grants.touch,
        }
        self._agents = agents
        self._seen: dict[UUID, tuple[Principal, dt.datetime]] = {}

    def touch(self, principal: Principal, now: dt.datetime) -> None:
        self._seen[principal.credential_id] = (principal, now)

    async def flush(self) -> None:
        """Write what gathered. What a lost database does not take is dropped: the next use tells the same."""
        seen, self._seen = self._seen, {}
        used: dict[CredentialKind, dict[UUID, dt.datetime]] = {}
        agents: dict[AgentId, dt.datetime] = {}
        for principal, at in seen.values():
            used.setdefault(principal.kind, {})[principal.credential_id] = at
            if principal.agent_id:
                agents[principal.agent_id] = at
        for kind, when in used.items():
            await self._touch[kind](when)
        if agents:
            await self._agents.seen(agents)
