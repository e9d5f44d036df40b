"""OAuth clients in PostgreSQL."""

import datetime as dt
from typing import Final

from auth.oauth.entities import AuthMethod, Client, ClientKind
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record

SQL: Final = load_queries("auth.store", "sql/oauth_clients.sql")


class OAuthClientStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, client: Client) -> None:
        """Save a new client, or a document that was read again."""
        c = client
        what = (c.id, c.kind.value, c.name, c.auth_method.value, c.secret_hash, [*c.redirect_uris])
        more = (sorted(c.grant_types), [*c.scopes], c.renews, c.created_at, c.read_at)
        await self._database.execute(SQL["add"], *what, *more)

    async def by_id(self, id: str) -> Client | None:
        row = await self._database.row(SQL["by_id"], id)
        return client_of(row) if row else None

    async def asked(self, id: str, at: dt.datetime) -> None:
        """Remember that a client made use of its registration."""
        await self._database.execute(SQL["asked"], id, at)

    async def forget(self, *, unused_since: dt.datetime, without_consent_since: dt.datetime) -> None:
        await self._database.execute(SQL["forget"], unused_since, without_consent_since)


def client_of(row: Record) -> Client:
    return Client(
        id=row["id"],
        kind=ClientKind(row["kind"]),
        name=row["name"],
        auth_method=AuthMethod(row["auth_method"]),
        secret_hash=row["secret_hash"],
        redirect_uris=tuple(row["redirect_uris"]),
        grant_types=frozenset(row["grant_types"]),
        scopes=tuple(row["scopes"]),
        renews=row["renews"],
        created_at=row["created_at"],
        read_at=row["read_at"],
    )
