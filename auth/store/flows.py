"""What was begun and is not ended, in PostgreSQL: found by the digest of the secret that comes back."""

import datetime as dt
import json
from typing import Final
from uuid import UUID

from auth.flow import Flow, FlowKind
from relay.domain.ids import AccountId
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record

SQL: Final = load_queries("auth.store", "sql/flows.sql")


class FlowStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, flow: Flow, digest: bytes) -> None:
        facts = json.dumps(dict(flow.facts))
        await self._database.execute(
            SQL["add"],
            flow.id,
            flow.kind.value,
            digest,
            flow.browser,
            flow.account_id,
            facts,
            flow.created_at,
            flow.expires_at,
        )

    async def look(self, kind: FlowKind, digest: bytes, at: dt.datetime) -> Flow | None:
        """Return a flow that is not too old, and leave it."""
        row = await self._database.row(SQL["look"], kind.value, digest, at)
        return _flow_of(row) if row else None

    async def take(self, kind: FlowKind, digest: bytes, at: dt.datetime) -> Flow | None:
        """Return a flow that is not too old; nobody gets it again."""
        row = await self._database.row(SQL["take"], kind.value, digest, at)
        return _flow_of(row) if row else None

    async def attempt(self, kind: FlowKind, browser: bytes, at: dt.datetime, most: int) -> list[Flow]:
        """Return a browser's flows, one attempt counted at each; those with too many are left out."""
        rows = await self._database.fetch(SQL["attempt"], kind.value, browser, at, most)
        return [_flow_of(row) for row in rows]

    async def delete(self, id: UUID) -> bool:
        return await self._database.value(SQL["delete"], id) is not None

    async def forget(self, at: dt.datetime) -> None:
        """Delete what is too old."""
        await self._database.execute(SQL["forget"], at)


def _flow_of(row: Record) -> Flow:
    return Flow(
        id=row["id"],
        kind=FlowKind(row["kind"]),
        browser=row["browser"],
        account_id=AccountId(row["account_id"]) if row["account_id"] else None,
        facts=json.loads(row["facts"]),
        attempts=row["attempts"],
        created_at=row["created_at"],
        expires_at=row["expires_at"],
    )
