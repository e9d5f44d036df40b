"""Signing keys in PostgreSQL; the private halves are sealed under a secret that is not there."""

import datetime as dt
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from auth.oauth.signing_keys import KeyState, SigningKey
from relay.kernel.sql import load_queries
from relay.store.database import Connection, Database, Record

SQL: Final = load_queries("auth.store", "sql/signing_keys.sql")

ROTATION_LOCK: Final = 0x6B657973
"""The advisory lock under which keys change: "keys" in ASCII."""


class SigningKeyStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def all(self) -> list[SigningKey]:
        return [_key_of(row) for row in await self._database.fetch(SQL["all"])]

    @asynccontextmanager
    async def changing(self) -> "AsyncIterator[KeyChanges]":
        """Let one process at a time change the keys; all of it is written, or nothing."""
        async with self._database.transaction() as connection:
            await connection.execute(SQL["lock"], ROTATION_LOCK)
            yield KeyChanges(connection)


class KeyChanges:
    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def all(self) -> list[SigningKey]:
        return [_key_of(row) for row in await self._connection.fetch(SQL["all"])]

    async def add(self, key: SigningKey) -> None:
        values = (key.kid, key.public, key.sealed, key.state.value, key.created_at, key.activated_at)
        await self._connection.execute(SQL["add"], *values)

    async def retire(self, key: SigningKey, shown_until: dt.datetime) -> None:
        await self._connection.execute(SQL["retire"], key.kid, shown_until)

    async def activate(self, key: SigningKey, at: dt.datetime) -> None:
        await self._connection.execute(SQL["activate"], key.kid, at)

    async def forget(self, now: dt.datetime) -> None:
        """Delete the retired keys that nothing verifies by any more."""
        await self._connection.execute(SQL["forget"], now)


def _key_of(row: Record) -> SigningKey:
    return SigningKey(
        kid=row["kid"],
        public=row["public_key"],
        sealed=row["sealed_key"],
        state=KeyState(row["state"]),
        created_at=row["created_at"],
        activated_at=row["activated_at"],
        shown_until=row["shown_until"],
    )
