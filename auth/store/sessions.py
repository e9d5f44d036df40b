"""Sessions in PostgreSQL, found by the digest of their token."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.entities import SESSION_IDLE, Role, Session
from relay.domain.ids import AccountId, DeviceId, OrgId
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record
from relay.store.gathered import Gathered

SQL: Final = load_queries("auth.store", "sql/sessions.sql")


@dataclass(frozen=True, slots=True)
class Holder:
    """A session with what the guard needs to know about its human."""

    session: Session
    account_name: str
    role: Role


class SessionStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_token = Gathered[bytes, Holder](self._read)

    async def add(self, session: Session, digest: bytes) -> None:
        s = session
        values = (s.id, s.account_id, s.org_id, digest, s.user_agent, s.created_at, s.expires_at, s.network)
        await self._database.execute(SQL["add"], *values, s.authenticated_at, s.device_id)

    async def by_token(self, digest: bytes) -> Holder | None:
        """Return a session that was not revoked and whose account is not disabled; it may be over by time."""
        return await self._by_token.get(digest)

    async def _read(self, digests: list[bytes]) -> dict[bytes, Holder]:
        rows = await self._database.fetch(SQL["by_token"], digests)
        return {row["token_hash"]: Holder(_session_of(row), row["account_name"], Role(row["role"])) for row in rows}

    async def of_account(self, account: AccountId, at: dt.datetime) -> list[Session]:
        rows = await self._database.fetch(SQL["list"], account, at, at - SESSION_IDLE)
        return [_session_of(row) for row in rows]

    async def bind(self, id: UUID, device: DeviceId) -> None:
        await self._database.execute(SQL["bind"], id, device)

    async def revoke(self, account: AccountId, id: UUID, at: dt.datetime) -> bool:
        return await self._database.value(SQL["revoke"], id, account, at) is not None

    async def renew(self, id: UUID, digest: bytes, at: dt.datetime) -> bool:
        """Give a session another token and note that its human proved who they are."""
        return await self._database.value(SQL["renew"], id, digest, at) is not None

    async def revoke_others(self, account: AccountId, kept: UUID | None, at: dt.datetime) -> list[UUID]:
        """End every session of an account but one, or all of them; return which."""
        return [row["id"] for row in await self._database.fetch(SQL["revoke_others"], account, kept, at)]

    async def revoke_device(self, device: DeviceId, at: dt.datetime) -> list[UUID]:
        return [row["id"] for row in await self._database.fetch(SQL["revoke_device"], device, at)]

    async def touch(self, when: Mapping[UUID, dt.datetime]) -> None:
        await self._database.execute(SQL["touch"], [*when], [*when.values()])

    async def forget(self, ended_before: dt.datetime) -> None:
        """Delete the sessions that ended before then, whatever ended them."""
        await self._database.execute(SQL["forget"], ended_before, SESSION_IDLE)


def _session_of(row: Record) -> Session:
    return Session(
        id=row["id"],
        account_id=AccountId(row["account_id"]),
        org_id=OrgId(row["org_id"]),
        device_id=DeviceId(row["device_id"]) if row["device_id"] else None,
        user_agent=row["user_agent"],
        network=row["network"],
        created_at=row["created_at"],
        authenticated_at=row["authenticated_at"],
        last_seen_at=row["last_seen_at"],
        expires_at=row["expires_at"],
    )
