"""API keys: made once and shown once, rotated with a grace, revoked at once."""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.entities import ApiKey, KeyKind
from auth.principal import Principal
from auth.scopes import AGENT_SCOPES
from auth.secrets import API_KEY_PREFIX, digest_of, new_token
from auth.services.auth_cache import AuthCache, Revocation
from auth.store.api_keys import ApiKeyStore, Successor
from relay.domain.clock import Clock
from relay.domain.errors import Conflict, NotFound
from relay.domain.ids import Chance, uuid7
from relay.domain.log_entry import EntryType
from relay.domain.parties import Agent
from relay.services.journal import Journal

SHOWN: Final = len(API_KEY_PREFIX) + 1
"""How much of a key's beginning is kept for people: the kind, and one character."""


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key and its secret, which exists nowhere else."""

    secret: str
    key: ApiKey


class ApiKeyService:
    def __init__(self, *, store: ApiKeyStore, journal: Journal, cache: AuthCache, clock: Clock, chance: Chance) -> None:
        self._store = store
        self._journal = journal
        self._cache = cache
        self._clock = clock
        self._chance = chance

    async def create(
        self, principal: Principal, agent: Agent, *, description: str, life: dt.timedelta | None
    ) -> NewKey:
        """Make a key with which a program acts as `agent`."""
        now = self._clock.now()
        secret = new_token(API_KEY_PREFIX, self._chance)
        key = ApiKey(
            id=uuid7(now, self._chance),
            org_id=principal.org_id,
            agent_id=agent.id,
            account_id=principal.account_id,
            kind=KeyKind.AGENT,
            prefix=secret[:SHOWN],
            last4=secret[-4:],
            scopes=AGENT_SCOPES,
            description=description,
            created_at=now,
            expires_at=now + life if life else None,
        )
        await self._store.add(key, digest_of(secret))
        await self._note(principal, EntryType.KEY_CREATED, key.id)
        return NewKey(secret, key)

    async def of_org(self, principal: Principal) -> list[ApiKey]:
        return await self._store.of_org(principal.org_id)

    async def rotate(self, principal: Principal, id: UUID, grace: dt.timedelta) -> NewKey:
        """Make a successor with the same powers and life; the key itself works on until the grace is over."""
        now = self._clock.now()
        secret = new_token(API_KEY_PREFIX, self._chance)
        successor = Successor(
            id=uuid7(now, self._chance),
            prefix=secret[:SHOWN],
            last4=secret[-4:],
            digest=digest_of(secret),
            made_by=principal.account_id,
            at=now,
        )
        key = await self._store.rotate(principal.org_id, id, successor, now + grace)
        if key is None:
            raise await self._not_rotated(principal, id)
        # With a grace the old key only has to be read again; without one it has ended like a revoked key.
        end = self._cache.forget if grace else self._cache.revoked
        end(Revocation(credential_id=id))
        await self._note(principal, EntryType.KEY_ROTATED, id)
        return NewKey(secret, key)

    async def revoke(self, principal: Principal, id: UUID) -> None:
        """End a key now; whatever it holds open is closed."""
        if not await self._store.revoke(principal.org_id, id, self._clock.now()):
            raise _missing()
        self._cache.revoked(Revocation(credential_id=id))
        await self._note(principal, EntryType.KEY_REVOKED, id)

    async def _not_rotated(self, principal: Principal, id: UUID) -> Exception:
        if await self._store.by_id(principal.org_id, id) is None:
            return _missing()
        return Conflict("this key was rotated or revoked before, or has expired; make a new one")

    async def _note(self, principal: Principal, type: EntryType, id: UUID) -> None:
        await self._journal.note(principal.account_id, type, id, actor=principal.account_id, device=principal.device_id)


def _missing() -> NotFound:
    return NotFound("there is no such key, or it is not yours")
