"""API keys in PostgreSQL, found by the digest of the key."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.entities import ApiKey, KeyKind
from relay.domain.ids import AccountId, AgentId, OrgId
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record
from relay.store.gathered import Gathered

SQL: Final = load_queries("auth.store", "sql/api_keys.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """What a rotation needs of the new key; the rest is the old one's."""

    id: UUID
    prefix: str
    last4: str
    digest: bytes
    made_by: AccountId
    at: dt.datetime


class ApiKeyStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_hash = Gathered[bytes, ApiKey](self._read)

    async def add(self, key: ApiKey, digest: bytes) -> None:
        names = (key.id, key.org_id, key.agent_id, key.account_id, key.kind.value, key.prefix, key.last4)
        more = (digest, sorted(key.scopes), key.description, key.created_at, key.expires_at)
        await self._database.execute(SQL["add"], *names, *more)

    async def by_hash(self, digest: bytes) -> ApiKey | None:
        """Return a key that was not revoked and whose maker is not disabled; it may be over by time."""
        return await self._by_hash.get(digest)

    async def _read(self, digests: list[bytes]) -> dict[bytes, ApiKey]:
        return {row["hash"]: _key_of(row) for row in await self._database.fetch(SQL["by_hash"], digests)}

    async def by_id(self, org: OrgId, id: UUID) -> ApiKey | None:
        row = await self._database.row(SQL["by_id"], org, id)
        return _key_of(row) if row else None

    async def of_org(self, org: OrgId) -> list[ApiKey]:
        return [_key_of(row) for row in await self._database.fetch(SQL["list"], org)]

    async def rotate(self, org: OrgId, id: UUID, new: Successor, grace_until: dt.datetime) -> ApiKey | None:
        """Add a key's successor and end the key after its grace; None when the key is not there to be rotated."""
        row = await self._database.row(
            SQL["rotate"], org, id, grace_until, new.id, new.last4, new.digest, new.at, new.made_by, new.prefix
        )
        return _key_of(row) if row else None

    async def revoke(self, org: OrgId, id: UUID, at: dt.datetime) -> bool:
        return await self._database.value(SQL["revoke"], org, id, at) is not None

    async def end_of_agent(self, org: OrgId, agent: AgentId, at: dt.datetime) -> None:
        await self._database.execute(SQL["end_of_agent"], org, agent, at)

    async def touch(self, when: Mapping[UUID, tuple[dt.datetime, str]]) -> None:
        """Note when each key was used last, and from which network."""
        times, networks = zip(*when.values(), strict=True)
        await self._database.execute(SQL["touch"], [*when], [*times], [*networks])


def _key_of(row: Record) -> ApiKey:
    return ApiKey(
        id=row["id"],
        org_id=OrgId(row["org_id"]),
        agent_id=AgentId(row["agent_id"]) if row["agent_id"] else None,
        account_id=AccountId(row["account_id"]),
        kind=KeyKind(row["kind"]),
        prefix=row["prefix"],
        last4=row["last4"],
        scopes=frozenset(row["scopes"]),
        description=row["description"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
        last_used_at=row["last_used_at"],
        last_used_from=row["last_used_from"],
        rotated_from=row["rotated_from"],
        grace_until=row["grace_until"],
        revoked_at=row["revoked_at"],
    )
