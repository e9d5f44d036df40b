"""From a token to a caller."""

import datetime as dt

from auth.entities import ApiKey
from auth.principal import CredentialKind, Principal
from auth.scopes import AGENT_SCOPES, ROLE_SCOPES
from auth.secrets import API_KEY_PREFIX, ORG_TOKEN_PREFIX, SESSION_PREFIX, digest_of, kind_of
from auth.services.access_tokens import AccessTokens
from auth.services.auth_cache import AuthCache
from auth.services.usage import Address, Usage
from auth.store.api_keys import ApiKeyStore
from auth.store.sessions import SessionStore
from relay.domain.clock import Clock
from relay.domain.errors import Forbidden, Unauthenticated
from relay.domain.parties import Agent, AgentStatus
from relay.store.parties import AgentStore


class Authenticator:
    def __init__(
        self,
        *,
        sessions: SessionStore,
        keys: ApiKeyStore,
        access_tokens: AccessTokens,
        agents: AgentStore,
        cache: AuthCache,
        usage: Usage,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._keys = keys
        self._access_tokens = access_tokens
        self._agents = agents
        self._cache = cache
        self._usage = usage
        self._clock = clock

    async def verify(self, token: str, address: Address = lambda: None) -> Principal:
        """Return who holds `token`. Every way in which it is not good gives the same answer.

        `address` says where the call came from, to be remembered with the time of the last use.
        """
        now = self._clock.now()
        digest = digest_of(token)
        principal = self._cache.get(digest, now)
        if principal is None:
            principal = await self._look_up(token, digest, now)
        self._usage.touch(principal, now, address)
        return principal

    def remembers(self, token: str) -> bool:
        """Return whether `verify` would need no look-up."""
        return self._cache.get(digest_of(token), self._clock.now()) is not None

    async def _look_up(self, token: str, digest: bytes, now: dt.datetime) -> Principal:
        epoch = self._cache.epoch
        found = None
        kind = kind_of(token)
        # Anything else is a typing error, or a guess: not worth a query.
        if kind in {API_KEY_PREFIX, ORG_TOKEN_PREFIX}:
            found = await self._key(digest, now)
        elif kind == SESSION_PREFIX:
            found = await self._session(digest, now)
        else:
            found = await self._access_token(token)
        if found is None:
            raise Unauthenticated("this credential is unknown, has expired or was revoked")
        principal, ends_at = found
        self._cache.put(digest, principal, now=now, ends_at=ends_at, epoch=epoch)
        return principal

    async def _key(self, digest: bytes, now: dt.datetime) -> tuple[Principal, dt.datetime | None] | None:
        key = await self._keys.by_hash(digest)
        if key is None or not key.works(now):
            return None
        if key.agent_id is None:
            return _organization(key), key.ends_at
        agent = await self._agents.by_id(key.org_id, key.agent_id)
        if agent is None:
            return None
        _check_active(agent)
        principal = Principal(
            org_id=key.org_id,
            account_id=agent.account_id,
            owner_id=key.account_id,
            agent_id=agent.id,
            agent_name=agent.name,
            scopes=key.scopes,
            credential_id=key.id,
            kind=CredentialKind.API_KEY,
        )
        return principal, key.ends_at

    async def _access_token(self, token: str) -> tuple[Principal, dt.datetime | None] | None:
        held = await self._access_tokens.holder(token)
        grant = held[1].grant if held else None
        if held is None or grant is None or grant.agent_id is None:
            return None
        agent = await self._agents.by_id(grant.org_id, grant.agent_id)
        if agent is None:
            return None
        _check_active(agent)
        principal = Principal(
            org_id=grant.org_id,
            account_id=agent.account_id,
            owner_id=grant.account_id,
            agent_id=agent.id,
            agent_name=agent.name,
            scopes=held[0].scopes & AGENT_SCOPES,
            credential_id=grant.id,
            client_id=grant.client_id,
            resource=held[0].resource,
            kind=CredentialKind.ACCESS_TOKEN,
        )
        return principal, held[0].expires_at

    async def _session(self, digest: bytes, now: dt.datetime) -> tuple[Principal, dt.datetime | None] | None:
        holder = await self._sessions.by_token(digest)
        if holder is None or now >= holder.session.ends_at:
            return None
        principal = Principal(
            org_id=holder.session.org_id,
            account_id=holder.session.account_id,
            owner_id=holder.session.account_id,
            account_name=holder.account_name,
            authenticated_at=holder.session.authenticated_at,
            scopes=ROLE_SCOPES[holder.role],
            credential_id=holder.session.id,
            device_id=holder.session.device_id,
            kind=CredentialKind.SESSION,
        )
        return principal, holder.session.ends_at


def _check_active(agent: Agent) -> None:
    if agent.status is not AgentStatus.ACTIVE:
        raise Forbidden(f"the agent of this credential is {agent.status.value}; its organization can resume it")


def _organization(key: ApiKey) -> Principal:
    return Principal(
        org_id=key.org_id,
        account_id=key.account_id,
        owner_id=key.account_id,
        scopes=key.scopes,
        credential_id=key.id,
        kind=CredentialKind.ORG_TOKEN,
    )
