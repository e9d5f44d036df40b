"""Passkeys in PostgreSQL, found by the id their authenticator gave them."""

import datetime as dt
from typing import Final
from uuid import UUID

from auth.entities import Passkey
from relay.domain.errors import Conflict
from relay.domain.ids import AccountId
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record

SQL: Final = load_queries("auth.store", "sql/passkeys.sql")


class PasskeyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, passkey: Passkey) -> bool:
        """Save a passkey; return False when it is known already, to whomever."""
        p = passkey
        names = (p.id, p.account_id, p.credential_id, p.public_key, p.sign_count, p.synced, p.name, p.created_at)
        return await self._database.value(SQL["add"], *names) is not None

    async def by_credential(self, credential_id: bytes) -> Passkey | None:
        row = await self._database.row(SQL["by_credential"], credential_id)
        return _passkey_of(row) if row else None

    async def of_account(self, account: AccountId) -> list[Passkey]:
        return [_passkey_of(row) for row in await self._database.fetch(SQL["list"], account)]

    async def used(self, id: UUID, sign_count: int, at: dt.datetime) -> bool:
        """Note a use; return False when another use with this count or a later one came before."""
        return await self._database.value(SQL["used"], id, sign_count, at) is not None

    async def rename(self, account: AccountId, id: UUID, name: str) -> Passkey | None:
        row = await self._database.row(SQL["rename"], account, id, name)
        return _passkey_of(row) if row else None

    async def remove(self, account: AccountId, id: UUID) -> bool:
        """Delete a passkey; return False when it is not there. Raises `Conflict` for the last way in."""
        async with self._database.transaction() as connection:
            await connection.execute(SQL["lock"], account)  # two at once would each see the other's passkey
            if await connection.fetchval(SQL["is_last_demanded"], account, id):
                raise Conflict(
                    "this account demands a passkey, and this is its last: "
                    "add another before, or let the other ways in again"
                )
            return await connection.fetchval(SQL["remove"], account, id) is not None


def _passkey_of(row: Record) -> Passkey:
    return Passkey(
        id=row["id"],
        account_id=AccountId(row["account_id"]),
        credential_id=row["credential_id"],
        public_key=row["public_key"],
        sign_count=row["sign_count"],
        synced=row["synced"],
        name=row["name"],
        created_at=row["created_at"],
        last_used_at=row["last_used_at"],
    )
