"""Organizations and who is in them. Every change of membership holds the organization's row."""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.entities import Member, Org, Role
from auth.store.accounts import member_of
from relay.domain.errors import Conflict, Forbidden, NotFound
from relay.domain.ids import AccountId, AgentId, OrgId
from relay.kernel.sql import load_queries
from relay.store.database import Connection, Database
from relay.store.gathered import Gathered
from relay.store.parties import AGENTS

SQL: Final = load_queries("auth.store", "sql/orgs.sql")

MAX_ORGS: Final = 50
"""Organizations one account is in. A device's inbox asks for the requests of all of them."""

MAX_MEMBERS: Final = 1000
"""Of one organization; the list is one answer."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What an account is in an organization."""

    role: Role
    personal: bool


@dataclass(frozen=True, slots=True)
class Departure:
    """What ended with a membership: the leaver's keys, and what they connected by OAuth. Which agents ask another."""

    keys: list[UUID]
    agents: list[AgentId]


@dataclass(frozen=True, slots=True)
class Dissolution:
    """What ended with an organization."""

    members: list[AccountId]
    agents: list[AgentId]
    keys: list[UUID]


class OrgStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids = Gathered[AccountId, list[OrgId]](self._read_ids)

    async def of_account(self, account: AccountId) -> list[Member]:
        """Return the account as a member of each of its organizations, the personal one first."""
        return [member_of(row) for row in await self._database.fetch(SQL["of_account"], account)]

    async def ids_of(self, account: AccountId) -> list[OrgId]:
        return await self._ids.get(account) or []

    async def _read_ids(self, accounts: list[AccountId]) -> dict[AccountId, list[OrgId]]:
        rows = await self._database.fetch(SQL["org_ids"], accounts)
        return {AccountId(row["account_id"]): [OrgId(org) for org in row["orgs"]] for row in rows}

    async def members(self, org: OrgId) -> list[Member]:
        return [member_of(row) for row in await self._database.fetch(SQL["members"], org)]

    async def names(self, accounts: list[UUID]) -> dict[UUID, str]:
        """Return the names of those of the ids that are accounts."""
        return {row["id"]: row["name"] for row in await self._database.fetch(SQL["names"], accounts)}

    async def add(self, org: Org, owner: AccountId) -> None:
        async with self._database.transaction() as connection:
            await _room_for_another(connection, owner)
            await connection.execute(SQL["add_org"], org.id, org.name, org.created_at)
            await connection.execute(SQL["add_member"], org.id, owner, Role.OWNER.value, org.created_at)

    async def rename(self, org: OrgId, name: str) -> None:
        await self._database.execute(SQL["rename"], org, name)

    async def enter(self, session: UUID, org: OrgId) -> bool:
        """Let a session act in another of its account's organizations."""
        return await self._database.value(SQL["enter"], session, org) is not None

    async def change_role(
        self, org: OrgId, account: AccountId, role: Role, *, by: AccountId, at: dt.datetime
    ) -> Role | None:
        """Give a member another role; return the one before, or None when that is the same.

        The invitations they sent out end: they may have been more than the new role allows.
        """
        async with self._database.transaction() as connection:
            actor, member = await _both(connection, org, by, account)
            if member.role is role:
                return None
            _may_touch_owners(actor, member.role, role)
            await _not_the_last(connection, org, member)
            await connection.execute(SQL["set_role"], org, account, role.value)
            await connection.execute(SQL["end_invites"], org, account, at)
            return member.role

    async def remove(self, org: OrgId, account: AccountId, *, by: AccountId, at: dt.datetime) -> Departure:
        """End a membership, by somebody else or by the member: whoever removes inherits the agents that ask them.

        Of a member who leaves it is the owner who is there longest.
        """
        async with self._database.transaction() as connection:
            actor, member = await _both(connection, org, by, account)
            if by != account:
                _may_touch_owners(actor, member.role)
            await _not_the_last(connection, org, member)
            heir = by if by != account else await connection.fetchval(SQL["oldest_owner"], org, account)
            await connection.execute(SQL["send_home"], org, account)
            await connection.execute(SQL["end_invites"], org, account, at)
            agents = await connection.fetch(AGENTS["reassign_agents"], org, account, heir)
            keys = await connection.fetch(SQL["end_keys"], org, account, at)
            keys += await connection.fetch(SQL["end_grants"], org, account, at)
            await connection.execute(SQL["end_membership"], org, account)
        return Departure([row["id"] for row in keys], [AgentId(row["id"]) for row in agents])

    async def delete(self, org: OrgId) -> Dissolution:
        """Delete an organization with its members, keys, invitations and agents."""
        async with self._database.transaction() as connection:
            await lock(connection, org)
            members = await connection.fetch(SQL["members"], org)
            if any(row["personal"] for row in members):
                raise Conflict("this is an account's own organization; it goes with the account only")
            keys = await connection.fetch(SQL["keys"], org)
            await connection.fetch(SQL["send_home"], org, None)
            agents = await connection.fetch(AGENTS["delete_agents"], org)
            await connection.execute(SQL["delete_org"], org)
        return Dissolution(
            [AccountId(row["id"]) for row in members],
            [AgentId(row["id"]) for row in agents],
            [row["id"] for row in keys],
        )


async def admit_member(connection: Connection, org: OrgId, account: AccountId, role: Role, at: dt.datetime) -> None:
    """Make an account a member, inside a transaction that holds the organization (`lock`)."""
    if await connection.fetchrow(SQL["standing"], org, account):
        raise Conflict("you are a member of this organization already")
    if await connection.fetchval(SQL["size"], org) >= MAX_MEMBERS:
        raise Conflict(f"this organization has its {MAX_MEMBERS} members")
    await _room_for_another(connection, account)
    await connection.execute(SQL["add_member"], org, account, role.value, at)


async def _room_for_another(connection: Connection, account: AccountId) -> None:
    if await connection.fetchval(SQL["lock_account"], account) is None:
        raise NotFound("there is no such account")
    if await connection.fetchval(SQL["orgs_of"], account) >= MAX_ORGS:
        raise Conflict(f"an account can be in {MAX_ORGS} organizations; leave one first")


async def lock(connection: Connection, org: OrgId) -> None:
    if await connection.fetchval(SQL["lock_org"], org) is None:
        raise NotFound("there is no such organization, or it is not yours")


async def _both(connection: Connection, org: OrgId, actor: AccountId, member: AccountId) -> tuple[Standing, Standing]:
    """Lock the organization; return what the two are in it now, whatever they were when they were asked."""
    await lock(connection, org)
    acting, concerned = await _standing(connection, org, actor), await _standing(connection, org, member)
    if acting is None:
        raise NotFound("there is no such organization, or it is not yours")
    if concerned is None:
        raise NotFound("there is no such member")
    return acting, concerned


async def _standing(connection: Connection, org: OrgId, account: AccountId) -> Standing | None:
    row = await connection.fetchrow(SQL["standing"], org, account)
    return Standing(Role(row["role"]), row["personal"]) if row else None


def _may_touch_owners(actor: Standing, *roles: Role) -> None:
    if Role.OWNER in roles and actor.role is not Role.OWNER:
        raise Forbidden("only an owner makes, changes or removes an owner", "owners:write")


async def _not_the_last(connection: Connection, org: OrgId, member: Standing) -> None:
    if member.personal:
        raise Conflict("this is the member's own organization, whose owner they stay")
    if member.role is Role.OWNER and await connection.fetchval(SQL["owners"], org) == 1:
        raise Conflict("an organization needs an owner; make somebody else one first")
