"""One decision of the authorization server: facts read, decided about, changes written, in one transaction."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Final

from auth.oauth.changes import (
    AddCode,
    AddDeviceCode,
    AddGrant,
    AddRefresh,
    Change,
    DecideDeviceCode,
    NameAgent,
    Poll,
    RevokeGrant,
    SpendCode,
    SpendDeviceCode,
    SpendRefresh,
)
from auth.oauth.entities import Client, Grant
from auth.oauth.facts import Facts
from auth.secrets import digest_of
from auth.store.oauth_clients import client_of
from auth.store.oauth_rows import code_of, device_of, grant_of, refresh_of
from relay.kernel.sql import load_queries
from relay.store.database import Connection, Database
from relay.store.parties import AGENTS

SQL: Final = load_queries("auth.store", "sql/oauth_exchange.sql")

MOST_NAMESAKES: Final = 1000
"""Agents of one name with a number behind it, before the grant's id is put there instead."""
LONGEST_NAME: Final = 80


class ExchangeStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def deciding(self, parameters: Mapping[str, str], client_id: str | None) -> AsyncIterator[Facts]:
        """Give the facts about what a request presents; write what was wanted when the block ends."""
        async with self._database.transaction() as connection:
            facts = await _facts(connection, parameters, client_id)
            yield facts
            await _write(connection, facts.changes)

    @asynccontextmanager
    async def deciding_device(self, user_code_digest: bytes) -> AsyncIterator[Facts]:
        """Give the facts about the code that a human typed."""
        async with self._database.transaction() as connection:
            facts = Facts()
            row = await connection.fetchrow(SQL["lock_device_code_by_user_code"], user_code_digest)
            if row:
                facts.device = device_of(row)
                facts.client = await _client(connection, facts.device.client_id)
            yield facts
            await _write(connection, facts.changes)


async def _facts(connection: Connection, parameters: Mapping[str, str], client_id: str | None) -> Facts:
    facts = Facts(client=await _client(connection, client_id) if client_id else None)
    if code := parameters.get("code"):
        digest = digest_of(code)
        facts.grant = await _grant(connection, "grant_of_code", digest)
        row = await connection.fetchrow(SQL["code"], digest)
        facts.code = code_of(row) if row else None
    elif token := parameters.get("refresh_token") or parameters.get("token"):
        digest = digest_of(token)
        facts.grant = await _grant(connection, "grant_of_refresh_token", digest)
        row = await connection.fetchrow(SQL["refresh_token"], digest)
        facts.refresh = refresh_of(row) if row else None
    elif device_code := parameters.get("device_code"):
        row = await connection.fetchrow(SQL["lock_device_code"], digest_of(device_code))
        facts.device = device_of(row) if row else None
        if facts.device and facts.device.grant_id:
            locked = await connection.fetchrow(SQL["lock_grant"], facts.device.grant_id)
            facts.grant = grant_of(locked) if locked else None
    return facts


async def _client(connection: Connection, id: str) -> Client | None:
    row = await connection.fetchrow(SQL["client"], id)
    return client_of(row) if row else None


async def _grant(connection: Connection, query: str, digest: bytes) -> Grant | None:
    row = await connection.fetchrow(SQL["lock_grant"], await connection.fetchval(SQL[query], digest))
    return grant_of(row) if row else None


async def _write(connection: Connection, changes: list[Change]) -> None:
    for change in changes:
        await _write_one(connection, change)


async def _write_one(connection: Connection, change: Change) -> None:  # noqa: C901 - one row a kind of change
    match change:
        case AddGrant(g):
            who = (g.id, g.account_id, g.org_id, g.client_id, g.agent_id, g.agent_name, g.names_itself)
            await connection.execute(SQL["add_grant"], *who, [*g.scopes], g.resource, g.created_at, g.expires_at)
        case AddCode(c):
            await connection.execute(SQL["add_code"], c.digest, c.grant_id, c.redirect_uri, c.challenge, c.expires_at)
        case SpendCode(digest, at):
            await connection.execute(SQL["spend_code"], digest, at)
        case AddRefresh(token):
            await connection.execute(SQL["add_refresh_token"], token.digest, token.grant_id, token.expires_at)
        case SpendRefresh(digest, at, salt, successor):
            await connection.execute(SQL["spend_refresh_token"], digest, at, salt, successor)
            await connection.execute(SQL["forget_salt"], digest)
        case RevokeGrant(grant, reason, at):
            await connection.execute(SQL["revoke_grant"], grant.id, at, reason.value)
        case NameAgent():
            await _name_agent(connection, change)
        case AddDeviceCode(d):
            what = (d.digest, d.user_code_digest, d.client_id, [*d.scopes], d.resource, d.asked_from)
            interval_s = int(d.interval.total_seconds())
            await connection.execute(SQL["add_device_code"], *what, d.created_at, d.expires_at, interval_s)
        case Poll(digest, at, interval):
            await connection.execute(SQL["poll"], digest, at, int(interval.total_seconds()))
        case SpendDeviceCode(digest, at):
            await connection.execute(SQL["spend_device_code"], digest, at)
        case DecideDeviceCode(digest, None, at):
            await connection.execute(SQL["deny_device_code"], digest, at)
        case DecideDeviceCode(digest, grant_id, _):
            await connection.execute(SQL["approve_device_code"], digest, grant_id)


async def _name_agent(connection: Connection, change: NameAgent) -> None:
    """Make the agent under the first name that is free."""
    grant = change.grant
    for name in _names(change):
        values = (change.agent_id, grant.org_id, grant.account_id, name, change.at)
        if await connection.fetchval(AGENTS["add_agent"], *values) is not None:
            await connection.execute(SQL["name_agent"], grant.id, change.agent_id, name)
            return


def _names(change: NameAgent) -> list[str]:
    endings = ["", *(f" {number}" for number in range(2, MOST_NAMESAKES)), f" {change.agent_id}"]
    return [change.name[: LONGEST_NAME - len(ending)] + ending for ending in endings]
