"""Organizations in PostgreSQL: what two do at once."""

import asyncio
import os
from itertools import count

import pytest

from auth.entities import INVITE_LIFE, Invite, Member, Org, Role
from auth.store import accounts, orgs
from auth.store.accounts import AccountStore
from auth.store.invites import InviteStore
from auth.store.orgs import MAX_ORGS, OrgStore
from relay.domain.errors import Conflict, HitlError
from relay.domain.ids import AccountId, OrgId, uuid7
from relay.store.database import Database
from tests.fakes.clock import FakeClock

NUMBERS = count()


async def an_account(database: Database, clock: FakeClock) -> AccountId:
    """Make an account with its own organization, as sign-up does."""
    now = clock.now()
    account, org = AccountId(uuid7(now, os.urandom)), uuid7(now, os.urandom)
    async with database.transaction() as connection:
        await connection.execute(accounts.SQL["add_org"], org, "Own", now)
        email = f"{next(NUMBERS)}@example.org"
        await connection.execute(accounts.SQL["add_account"], account, email, "Somebody", "hash", now)
        await connection.execute(accounts.SQL["add_membership"], org, account, "owner", now)
    return account


async def a_team(database: Database, clock: FakeClock, *owners: AccountId) -> OrgId:
    org = an_org(clock)
    await OrgStore(database).add(org, owners[0])
    for owner in owners[1:]:
        await database.execute(orgs.SQL["add_member"], org.id, owner, "owner", clock.now())
    return org.id


def an_org(clock: FakeClock) -> Org:
    return Org(id=OrgId(uuid7(clock.now(), os.urandom)), name="Team", created_at=clock.now())


async def owners(database: Database, org: OrgId) -> int:
    return int(await database.value(orgs.SQL["owners"], org))


@pytest.mark.proves("org.last_owner")
async def test_of_owners_who_leave_at_once_the_last_one_stays(database: Database, clock: FakeClock) -> None:
    store = OrgStore(database)
    people = [await an_account(database, clock) for _ in range(4)]
    org = await a_team(database, clock, *people)
    ended = await asyncio.gather(
        *(store.remove(org, person, by=person, at=clock.now()) for person in people), return_exceptions=True
    )
    assert [type(end) for end in ended].count(Conflict) == 1
    assert await owners(database, org) == 1


@pytest.mark.proves("org.last_owner")
async def test_two_owners_who_demote_each_other_leave_one(database: Database, clock: FakeClock) -> None:
    store = OrgStore(database)
    one, two = await an_account(database, clock), await an_account(database, clock)
    for how in (Role.OPERATOR, Role.ADMIN):
        org = await a_team(database, clock, one, two)
        ended = await asyncio.gather(
            store.change_role(org, two, how, by=one, at=clock.now()),
            store.change_role(org, one, how, by=two, at=clock.now()),
            return_exceptions=True,
        )
        assert sum(isinstance(end, HitlError) for end in ended) == 1
        assert await owners(database, org) == 1


@pytest.mark.proves("org.last_owner")
async def test_leaving_removing_and_demoting_at_once_keep_an_owner(database: Database, clock: FakeClock) -> None:
    store = OrgStore(database)
    one, two, three = [await an_account(database, clock) for _ in range(3)]
    for _ in range(5):
        org = await a_team(database, clock, one, two, three)
        await asyncio.gather(
            store.remove(org, one, by=one, at=clock.now()),
            store.remove(org, two, by=three, at=clock.now()),
            store.change_role(org, three, Role.OPERATOR, by=two, at=clock.now()),
            store.remove(org, three, by=one, at=clock.now()),
            return_exceptions=True,
        )
        assert await owners(database, org) >= 1


@pytest.mark.proves("org.invites")
async def test_accepting_and_removing_the_inviter_do_not_wait_for_each_other(
    database: Database, clock: FakeClock
) -> None:
    store, invites = OrgStore(database), InviteStore(database)
    owner, inviter, guest = [await an_account(database, clock) for _ in range(3)]
    for n in range(5):
        org = await a_team(database, clock, owner, inviter)
        member = await AccountStore(database).member(inviter, org)
        assert member
        invite = _an_invite(member, clock)
        await invites.add(invite, bytes([n]) * 32, inviter)
        async with asyncio.timeout(5):
            joined, _ = await asyncio.gather(
                invites.accept(invite, guest, clock.now()), store.remove(org, inviter, by=owner, at=clock.now())
            )
        found = {member.account.id for member in await store.members(org)}
        assert found == {owner, guest} if joined else {owner}


async def test_an_account_is_in_fifty_organizations_at_most(database: Database, clock: FakeClock) -> None:
    store, account = OrgStore(database), await an_account(database, clock)
    for _ in range(MAX_ORGS - 3):
        await store.add(an_org(clock), account)
    ended = await asyncio.gather(*(store.add(an_org(clock), account) for _ in range(5)), return_exceptions=True)
    assert [type(end) for end in ended].count(Conflict) == 3
    assert len(await store.of_account(account)) == len(await store.ids_of(account)) == MAX_ORGS


def _an_invite(inviter: Member, clock: FakeClock) -> Invite:
    return Invite(
        id=uuid7(clock.now(), os.urandom),
        org=inviter.org,
        role=Role.OPERATOR,
        email=None,
        invited_by=inviter.account.name,
        created_at=clock.now(),
        expires_at=clock.now() + INVITE_LIFE,
    )
