"""What is kept about an account beside its lists, in PostgreSQL: rows as they are, without what is secret in them."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final

from relay.domain.ids import AccountId
from relay.kernel.sql import load_queries
from relay.store.database import Database

SQL: Final = load_queries("auth.store", "sql/data_export.sql")

QUERIES: Final[Mapping[str, str]] = {
    "agent": "agents",
    "api_key": "api_keys",
    "grant": "grants",
    "invite": "invites",
    "recovery_code": "recovery_codes",
    "device_log_entry": "device_log_entries",
    "inbox_wrap": "inbox_wraps",
    "push_target": "push_targets",
    "push_preference": "push_preferences",
}
"""The query of each kind of row."""


class ExportStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def rows_of(self, account: AccountId) -> AsyncIterator[tuple[str, dict[str, Any]]]:
        """Yield each row with its kind; of no kind has an account more than some thousands."""
        for kind, query in QUERIES.items():
            for row in await self._database.fetch(SQL[query], account):
                yield kind, dict(row)
