"""Recovery codes, and whether an account demands a passkey, in PostgreSQL."""

import datetime as dt
from collections.abc import Sequence
from typing import Final

from relay.domain.ids import AccountId
from relay.kernel.sql import load_queries
from relay.store.database import Database

SQL: Final = load_queries("auth.store", "sql/recovery.sql")


class RecoveryStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def replace(self, account: AccountId, digests: Sequence[bytes], at: dt.datetime) -> None:
        """Keep these codes; those before them stop working. Two at once take turns: one set is left."""
        async with self._database.transaction() as connection:
            await connection.execute(SQL["lock"], account)
            await connection.execute(SQL["forget_codes"], account)
            await connection.execute(SQL["add_codes"], account, list(digests), at)

    async def left(self, account: AccountId) -> int:
        count: int = await self._database.value(SQL["count"], account)
        return count

    async def has(self, account: AccountId, digest: bytes) -> bool:
        found: bool = await self._database.value(SQL["has"], account, digest)
        return found

    async def spend(self, account: AccountId, digest: bytes) -> bool:
        return await self._database.value(SQL["spend"], account, digest) is not None

    async def is_passkey_only(self, account: AccountId) -> bool:
        return await self._database.value(SQL["is_passkey_only"], account) is True

    async def demand_passkey(self, account: AccountId, *, demanded: bool) -> bool:
        """Let only passkeys in, or others too; return False when there is no passkey to demand."""
        async with self._database.transaction() as connection:
            # A passkey that is being removed would still be seen.
            await connection.execute(SQL["lock"], account)
            return await connection.fetchval(SQL["demand_passkey"], account, demanded) is not None
