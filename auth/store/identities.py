"""Identities at other providers, in PostgreSQL, found by issuer and subject."""

import datetime as dt
from typing import Final
from uuid import UUID

from auth.entities import Identity
from relay.domain.ids import AccountId
from relay.kernel.sql import load_queries
from relay.store.database import Database

SQL: Final = load_queries("auth.store", "sql/identities.sql")


class IdentityStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, identity: Identity) -> bool:
        """Save an identity; return False when some account has it already."""
        i = identity
        names = (i.id, i.account_id, i.issuer, i.subject, i.email, i.created_at)
        return await self._database.value(SQL["add"], *names) is not None

    async def used(self, issuer: str, subject: str, at: dt.datetime, email: str) -> AccountId | None:
        """Note a use; return whose identity it is, if anybody's."""
        found = await self._database.value(SQL["used"], issuer, subject, at, email)
        return AccountId(found) if found else None

    async def of_account(self, account: AccountId) -> list[Identity]:
        return [Identity(**row) for row in await self._database.fetch(SQL["list"], account)]

    async def remove(self, account: AccountId, id: UUID) -> bool:
        return await self._database.value(SQL["remove"], account, id) is not None
