"""When and from where each credential was last used, written together once a minute instead of once a request."""

import datetime as dt
from collections.abc import Callable
from typing import Final, TypeAlias
from uuid import UUID

from auth.principal import CredentialKind, Principal
from auth.store.api_keys import ApiKeyStore
from auth.store.oauth_grants import GrantStore
from auth.store.sessions import SessionStore
from auth.visits import network_of
from relay.domain.ids import AgentId
from relay.store.parties import AgentStore

FLUSH_EVERY_S: Final = 60.0

Address: TypeAlias = Callable[[], str | None]


class Usage:
    def __init__(self, *, sessions: SessionStore, keys: ApiKeyStore, grants: GrantStore, agents: AgentStore) -> None:
        self._keys = keys
        self._touch: Final = {
            CredentialKind.SESSION: sessions.touch,
            CredentialKind.ACCESS_TOKEN: grants.touch,
        }
        self._agents = agents
        self._seen: dict[UUID, tuple[Principal, dt.datetime, str | None]] = {}

    def touch(self, principal: Principal, now: dt.datetime, address: Address) -> None:
        """Note a use. The address is asked for once between two flushes: working it out costs more than the rest."""
        seen = self._seen.get(principal.credential_id)
        self._seen[principal.credential_id] = (principal, now, seen[2] if seen else address())

    async def flush(self) -> None:
        """Write what gathered. What a lost database does not take is dropped: the next use tells the same."""
        seen, self._seen = self._seen, {}
        times: dict[CredentialKind, dict[UUID, dt.datetime]] = {}
        keys: dict[UUID, tuple[dt.datetime, str]] = {}
        agents: dict[AgentId, dt.datetime] = {}
        for principal, at, address in seen.values():
            if principal.kind in self._touch:
                times.setdefault(principal.kind, {})[principal.credential_id] = at
            else:
                keys[principal.credential_id] = at, network_of(address)
            if principal.agent_id:
                agents[principal.agent_id] = at
        for kind, when in times.items():
            await self._touch[kind](when)
        if keys:
            await self._keys.touch(keys)
        if agents:
            await self._agents.seen(agents)
