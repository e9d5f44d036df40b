"""People, agents, keys and devices for the relay, by the thousand: straight into its tables.

Through the doors each would cost a password hash and several calls. The credentials are real ones: the guard finds
and checks them as it does any other.
"""

import datetime as dt
import json
import os
from collections.abc import Sequence
from typing import Any, TypeAlias
from uuid import UUID

import asyncpg

from auth.scopes import AGENT_SCOPES
from auth.secrets import API_KEY_PREFIX, SESSION_PREFIX, digest_of, new_token
from benchmarks.server import People
from relay.domain.ids import uuid7

MONTH = dt.timedelta(days=30)

Strangers: TypeAlias = Sequence[tuple[UUID, UUID, UUID]]
"""Organization, account and agent of people who take no part in the load."""

COLUMNS = {
    "org": ("id", "name", "created_at"),
    "account": ("id", "email", "name", "password_hash", "created_at"),
    "membership": ("org_id", "account_id", "role", "created_at"),
    "agent": ("id", "org_id", "account_id", "name", "created_at"),
    "api_key": (
        *("id", "org_id", "agent_id", "account_id", "kind", "prefix", "last4", "hash"),
        *("scopes", "description", "created_at"),
    ),
    "device": ("id", "account_id", "name", "kind", "created_at"),
    "session": (
        *("id", "account_id", "org_id", "device_id", "token_hash", "user_agent"),
        *("created_at", "last_seen_at", "expires_at", "authenticated_at"),
    ),
    "request": (
        *("id", "org_id", "account_id", "agent_id", "kind", "priority", "state"),
        *("content", "digest", "created_at", "expires_at"),
    ),
}


class Filling:
    """Rows gathered table by table, written with one COPY each."""

    def __init__(self) -> None:
        self.now = dt.datetime.now(dt.UTC)
        self.rows: dict[str, list[tuple[Any, ...]]] = {table: [] for table in COLUMNS}

    def id(self) -> UUID:
        return uuid7(self.now, os.urandom)

    async def write(self, dsn: str) -> None:
        connection = await asyncpg.connect(dsn)
        try:
            for table, rows in self.rows.items():
                if rows:
                    await connection.copy_records_to_table(table, records=rows, columns=COLUMNS[table])
            # People are there before a relay is busy. Requests come faster than autovacuum looks: whoever needs the
            # planner to know of them is to fail here.
            await connection.execute("ANALYZE org, account, membership, agent, api_key, device, session")
        finally:
            await connection.close()

    def person(self, number: int) -> tuple[UUID, UUID]:
        """Add an account in an organization of its own."""
        org, account = self.id(), self.id()
        self.rows["org"].append((org, f"Org {number}", self.now))
        email = f"person{number}-{account}@example.org"
        # Nobody signs in here: what is no hash is a password that nothing opens.
        self.rows["account"].append((account, email, f"Person {number}", "none", self.now))
        self.rows["membership"].append((org, account, "owner", self.now))
        return org, account

    def agent(self, org: UUID, account: UUID, number: int) -> tuple[UUID, str]:
        agent, key = self.id(), new_token(API_KEY_PREFIX, os.urandom)
        self.rows["agent"].append((agent, org, account, f"Agent {number}", self.now))
        scopes, shown = sorted(AGENT_SCOPES), (key[:8], key[-4:])
        self.rows["api_key"].append(
            (self.id(), org, agent, account, "agent", *shown, digest_of(key), scopes, "load", self.now)
        )
        return agent, key

    def device(self, org: UUID, account: UUID, number: int) -> tuple[UUID, str]:
        device, token = self.id(), new_token(SESSION_PREFIX, os.urandom)
        self.rows["device"].append((device, account, f"Device {number}", "phone", self.now))
        self.rows["session"].append(
            (self.id(), account, org, device, digest_of(token), "load", self.now, self.now, self.now + MONTH, self.now)
        )
        return device, token

    def pending(self, org: UUID, account: UUID, agent: UUID, expires_at: dt.datetime) -> None:
        id, prompt = self.id(), "An open question that nobody answers. ".ljust(201, ".")  # noqa: A001 - the glossary's word
        form = {"type": "choice", "options": ["Yes", "No", "Later"], "multiple": False}
        content = {"prompt": prompt, "form": form, "agent_name": "Agent 0"}
        content |= {"context": "", "action": None, "danger": False, "default": None}
        self.rows["request"].append(
            (id, org, account, agent, "input", 1, "pending", json.dumps(content), id.bytes * 2, self.now, expires_at)
        )


async def people(dsn: str, users: int, agents_each: int, devices_each: int) -> People:
    """Add users to a relay's database and return their credentials."""
    filling, found = Filling(), People()
    for user in range(users):
        org, account = filling.person(user)
        for number in range(agents_each):
            _, key = filling.agent(org, account, number)
            found.agents.append({"key": key})
        for number in range(devices_each):
            device, token = filling.device(org, account, number)
            found.devices.append({"token": token, "device_id": str(device)})
    await filling.write(dsn)
    return found


async def strangers(dsn: str, count: int) -> Strangers:
    """Add people with an agent each, whose questions stay open; return their ids."""
    filling, found = Filling(), []
    for number in range(count):
        org, account = filling.person(number)
        agent, _ = filling.agent(org, account, 0)
        found.append((org, account, agent))
    await filling.write(dsn)
    return found


async def open_questions(dsn: str, whose: Strangers, count: int, expires_in: dt.timedelta) -> None:
    """Add pending requests, spread over `whose`, that all expire at one instant."""
    filling = Filling()
    for number in range(count):
        filling.pending(*whose[number % len(whose)], filling.now + expires_in)
    await filling.write(dsn)


async def pending(dsn: str, whose: Strangers) -> int:
    """Return how many of those questions are still open."""
    connection = await asyncpg.connect(dsn)
    try:
        accounts = [account for _, account, _ in whose]
        counted = "SELECT count(*) FROM request WHERE account_id = ANY($1) AND state = 'pending'"
        return int(await connection.fetchval(counted, accounts))
    finally:
        await connection.close()
