"""What concerns an organization in the logs of all accounts, found by the organization."""

import datetime as dt
from dataclasses import dataclass
from typing import Final, TypeAlias
from uuid import UUID

from relay.domain.ids import AccountId, OrgId
from relay.domain.log_entry import LogEntry
from relay.kernel.sql import load_queries
from relay.store.database import Database
from relay.store.rows import entry_of

SQL: Final = load_queries("relay.store", "sql/audit.sql")

Place: TypeAlias = tuple[dt.datetime, AccountId, int]
"""Of an entry among those of all accounts: its time, its account, its number there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """From `since` up to but without `until`. `kind` is a type, or its first word: `key` is all that befell keys."""

    since: dt.datetime
    until: dt.datetime
    actor: UUID | None = None
    kind: str | None = None


class AuditStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, org: OrgId, wanted: AuditFilter, *, below: Place | None, limit: int) -> list[LogEntry]:
        """Return the next entries, newest first."""
        at, account, seq = below or (None, None, None)
        values = (wanted.since, wanted.until, wanted.actor, wanted.kind, at, account, seq, limit)
        return [entry_of(row) for row in await self._database.fetch(SQL["entries"], org, *values)]
