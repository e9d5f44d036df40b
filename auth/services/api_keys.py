"""API keys: made once and shown once, rotated with a grace, revoked at once."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.entities import ApiKey, KeyKind
from auth.principal import Principal
from auth.scopes import KEY_SCOPES
from auth.secrets import API_KEY_PREFIX, ORG_TOKEN_PREFIX, digest_of, new_token
from auth.services.auth_cache import AuthCache, Revocation
from auth.services.notes import Notes
from auth.store.api_keys import ApiKeyStore, Successor
from relay.domain.clock import Clock
from relay.domain.errors import Conflict, InvalidInput, NotFound
from relay.domain.ids import Chance, uuid7
from relay.domain.log_entry import EntryType
from relay.domain.parties import Agent, AgentStatus

PREFIX: Final[Mapping[KeyKind, str]] = {KeyKind.AGENT: API_KEY_PREFIX, KeyKind.ORG: ORG_TOKEN_PREFIX}


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and its secret, which exists nowhere else."""

    secret: str
    key: ApiKey


class ApiKeyService:
    def __init__(self, *, store: ApiKeyStore, notes: Notes, cache: AuthCache, clock: Clock, chance: Chance) -> None:
        self._store = store
        self._notes = notes
        self._cache = cache
        self._clock = clock
        self._chance = chance

    async def create(
        self,
        principal: Principal,
        agent: Agent | None,
        *,
        description: str,
        life: dt.timedelta | None,
        scopes: frozenset[str] | None = None,
    ) -> NewKey:
        """Make a key with which a program acts as `agent`, or, without one, for the organization.

        `scopes` is what it may do, of what its kind and its maker may; without it that is all of it.
        """
        if agent and agent.status is AgentStatus.ARCHIVED:
            raise Conflict("this agent is archived; resume it first")
        kind = KeyKind.AGENT if agent else KeyKind.ORG
        now = self._clock.now()
        secret = new_token(PREFIX[kind], self._chance)
        key = ApiKey(
            id=uuid7(now, self._chance),
            org_id=principal.org_id,
            agent_id=agent.id if agent else None,
            account_id=principal.account_id,
            kind=kind,
            prefix=_shown(secret, kind),
            last4=secret[-4:],
            scopes=_granted(principal, kind, scopes),
            description=description,
            created_at=now,
            expires_at=now + life if life else None,
        )
        await self._store.add(key, digest_of(secret))
        await self._notes.by(principal, EntryType.KEY_CREATED, key.id)
        return NewKey(secret, key)

    async def of_org(self, principal: Principal) -> list[ApiKey]:
        return await self._store.of_org(principal.org_id)

    async def rotate(self, principal: Principal, id: UUID, grace: dt.timedelta) -> NewKey:
        """Make a successor with the same powers and life; the key itself works on until the grace is over."""
        old = await self._store.by_id(principal.org_id, id)
        if old is None:
            raise _missing()
        now = self._clock.now()
        secret = new_token(PREFIX[old.kind], self._chance)
        successor = Successor(
            id=uuid7(now, self._chance),
            prefix=_shown(secret, old.kind),
            last4=secret[-4:],
            digest=digest_of(secret),
            made_by=principal.account_id,
            at=now,
        )
        key = await self._store.rotate(principal.org_id, id, successor, now + grace)
        if key is None:
            raise Conflict("this key was rotated or revoked before, or has expired; make a new one")
        # With a grace the old key only has to be read again; without one it has ended like a revoked key.
        end = self._cache.forget if grace else self._cache.revoked
        end(Revocation(credential_id=id))
        await self._notes.by(principal, EntryType.KEY_ROTATED, id)
        return NewKey(secret, key)

    async def revoke(self, principal: Principal, id: UUID) -> None:
        """End a key now; whatever it holds open is closed."""
        if not await self._store.revoke(principal.org_id, id, self._clock.now()):
            raise _missing()
        self._cache.revoked(Revocation(credential_id=id))
        await self._notes.by(principal, EntryType.KEY_REVOKED, id)


def _granted(principal: Principal, kind: KeyKind, asked: frozenset[str] | None) -> frozenset[str]:
    most = KEY_SCOPES[kind] & principal.scopes
    if asked is None:
        return most
    if not asked <= most:
        raise InvalidInput(f"may hold only {', '.join(sorted(most))}", "/scopes")
    return asked


def _shown(secret: str, kind: KeyKind) -> str:
    """Return how much of a key's beginning is kept for people: the kind, and one character."""
    return secret[: len(PREFIX[kind]) + 1]


def _missing() -> NotFound:
    return NotFound("there is no such key, or it is not yours")
