"""The account's log in PostgreSQL: numbered without gaps, followed by devices, sealed for audit."""

import datetime as dt
from typing import Final
from uuid import UUID

from relay.domain.ids import AccountId, DeviceId, OrgId
from relay.domain.log_entry import EntryType, LogEntry
from relay.kernel.sql import load_queries
from relay.store.database import Database
from relay.store.gathered import Gathered
from relay.store.rows import entry_of

SQL: Final = load_queries("relay.store", "sql/journal.sql")


class JournalStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._head = Gathered[AccountId, int](self.heads)

    async def note(
        self,
        account: AccountId,
        type: EntryType,
        subject: UUID,
        *,
        actor: UUID | None,
        device: DeviceId | None,
        digest: bytes | None,
        at: dt.datetime,
        org: OrgId | None = None,
    ) -> int:
        """Append an entry; return its number."""
        values = (account, type.value, subject, actor, device, digest, at, org)
        seq: int = await self._database.value(SQL["note"], *values)
        return seq

    async def head(self, account: AccountId) -> int:
        """Return the number of the newest entry, 0 when nothing ever happened."""
        return await self._head.get(account) or 0

    async def heads(self, accounts: list[AccountId]) -> dict[AccountId, int]:
        rows = await self._database.fetch(SQL["heads"], accounts)
        return {AccountId(row["account_id"]): row["seq"] for row in rows}

    async def oldest(self, account: AccountId) -> int:
        seq: int | None = await self._database.value(SQL["oldest"], account)
        return seq or 0

    async def after(self, account: AccountId, seq: int, limit: int) -> list[LogEntry]:
        return [entry_of(row) for row in await self._database.fetch(SQL["entries_after"], account, seq, limit)]

    async def seal(self, accounts: int, entries: int, at: dt.datetime) -> int:
        """Seal what is new in up to so many accounts, so many entries each; return how many entries that were."""
        sealed: int = await self._database.value(SQL["seal"], accounts, entries, at)
        return sealed

    async def chained(self, account: AccountId, after: int, previous: bytes, *, upto: int) -> tuple[int, bytes]:
        """Compute the seal over the entries after `after` and up to `upto`; return (how many there are, the seal)."""
        row = await self._database.row(SQL["chained"], account, after, previous, upto)
        if row is None:
            raise RuntimeError("an aggregate always has a row")
        return row["entries"], row["seal"]

    async def seals(self, account: AccountId) -> list[tuple[int, bytes, dt.datetime]]:
        """Return (the number sealed up to, the seal, when), oldest first."""
        rows = await self._database.fetch(SQL["seals"], account)
        return [(row["upto"], row["seal"], row["at"]) for row in rows]

    async def accounts(self) -> list[AccountId]:
        return [AccountId(row["account_id"]) for row in await self._database.fetch(SQL["accounts"])]

    async def forget(self, before: dt.datetime) -> None:
        """Drop sealed entries and seals older than `before`."""
        await self._database.execute(SQL["forget_entries"], before)
        await self._database.execute(SQL["forget_seals"], before)
