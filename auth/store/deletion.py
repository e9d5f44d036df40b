"""The end of an account in PostgreSQL: scheduled, taken back, carried out."""

import datetime as dt
from typing import Final

from relay.domain.ids import AccountId
from relay.kernel.sql import load_queries
from relay.store.database import Database

SQL: Final = load_queries("auth.store", "sql/deletion.sql")


OF_ACCOUNT: Final = (
    "hand_over_agents",
    "delete_devices",
    "delete_device_logs",
    "delete_log_entries",
    "delete_wraps",
    "delete_pairings",
    "delete_preferences",
    "delete_account",
)
"""In the order they go."""


class DeletionStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def lone_orgs(self, account: AccountId) -> list[str]:
        """Return the names of organizations that would be left to members without an owner."""
        return [row["name"] for row in await self._database.fetch(SQL["lone_orgs"], account)]

    async def schedule(self, account: AccountId, at: dt.datetime) -> bool:
        """Set when the account goes; return False when that is set already."""
        return await self._database.value(SQL["schedule"], account, at) is not None

    async def undo(self, account: AccountId, now: dt.datetime) -> bool:
        return await self._database.value(SQL["undo"], account, now) is not None

    async def pending(self, account: AccountId) -> dt.datetime | None:
        at: dt.datetime | None = await self._database.value(SQL["pending"], account)
        return at

    async def due(self, now: dt.datetime) -> list[AccountId]:
        return [AccountId(row["id"]) for row in await self._database.fetch(SQL["due"], now)]

    async def delete(self, account: AccountId, now: dt.datetime) -> bool:
        """Delete an account that is due, with all that is only its own; return False when it is not (any more).

        What is left of it are ids in logs, which name nobody. Keys, sessions, passkeys and the rest go with its row.
        """
        async with self._database.transaction() as connection:
            if await connection.fetchval(SQL["lock_due"], account, now) is None:
                return False
            orgs = [row["org_id"] for row in await connection.fetch(SQL["own_orgs"], account)]
            for query in ("delete_requests", "delete_agents", "delete_orgs"):
                await connection.execute(SQL[query], orgs)
            for query in OF_ACCOUNT:
                await connection.execute(SQL[query], account)
        return True
