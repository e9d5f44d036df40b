"""Accounts, their organizations, and the code that makes the first of them."""

import datetime as dt
from typing import Final

from auth.entities import Account, Member, Org, Role
from relay.domain.ids import AccountId, OrgId
from relay.kernel.sql import load_queries
from relay.store.database import Database, Record

SQL: Final = load_queries("auth.store", "sql/accounts.sql")

SETUP_LOCK: Final = 0x73657475
"""The advisory lock under which the first owner is made: "setu" in ASCII."""


class AccountStore:
    def __init__(self, database: Database) -> None:
        self._database = database

    async def any(self) -> bool:
        found: bool = await self._database.value(SQL["any"])
        return found

    async def by_email(self, email: str) -> tuple[AccountId, str | None] | None:
        """Return the id and the password hash of an account that may sign in."""
        row = await self._database.row(SQL["by_email"], email)
        return (AccountId(row["id"]), row["password_hash"]) if row else None

    async def member(self, account: AccountId, org: OrgId | None = None) -> Member | None:
        row = await self._database.row(SQL["member"], account, org)
        return member_of(row) if row else None

    async def is_member(self, org: OrgId, account: AccountId) -> bool:
        return await self.member(account, org) is not None

    async def password_of(self, account: AccountId) -> str | None:
        stored: str | None = await self._database.value(SQL["password_of"], account)
        return stored

    async def set_password(self, account: AccountId, password_hash: str) -> None:
        await self._database.execute(SQL["set_password"], account, password_hash)

    async def put_code(self, digest: bytes, at: dt.datetime) -> None:
        """Keep the setup code; the one before it stops working."""
        await self._database.execute(SQL["put_code"], digest, at)

    async def code(self, made_after: dt.datetime) -> bytes | None:
        digest: bytes | None = await self._database.value(SQL["code"], made_after)
        return digest

    async def add(self, member: Member, password_hash: str) -> bool:
        """Save an account with its own organization; return False when there is one of that address."""
        account, org = member.account, member.org
        async with self._database.transaction() as connection:
            values = (account.id, account.email, account.name, password_hash, account.created_at)
            if await connection.fetchval(SQL["add_new_account"], *values) is None:
                return False
            await connection.execute(SQL["add_org"], org.id, org.name, org.created_at)
            await connection.execute(SQL["add_membership"], org.id, account.id, member.role.value, account.created_at)
        return True

    async def add_first(self, owner: Member, password_hash: str) -> bool:
        """Save the first account with its organization and spend the code; False when there is an account already.

        The lock makes two at once take turns: the second then sees the first's account.
        """
        account, org = owner.account, owner.org
        async with self._database.transaction() as connection:
            await connection.execute(SQL["lock_setup"], SETUP_LOCK)
            if await connection.fetchval(SQL["any"]):
                return False
            await connection.execute(SQL["add_org"], org.id, org.name, org.created_at)
            await connection.execute(
                SQL["add_account"], account.id, account.email, account.name, password_hash, account.created_at
            )
            await connection.execute(SQL["add_membership"], org.id, account.id, owner.role.value, account.created_at)
            await connection.execute(SQL["spend_code"])
        return True


def member_of(row: Record) -> Member:
    return Member(
        account=Account(id=AccountId(row["id"]), email=row["email"], name=row["name"], created_at=row["created_at"]),
        org=Org(id=OrgId(row["org_id"]), name=row["org_name"], created_at=row["org_created_at"]),
        role=Role(row["role"]),
        personal=row["personal"],
    )
