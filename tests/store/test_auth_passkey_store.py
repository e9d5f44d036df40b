"""Passkeys against a real PostgreSQL: what a race must not get past."""

import asyncio
import os
from dataclasses import replace

import asyncpg
import pytest

from auth.entities import Account, Member, Org, Passkey, Role
from auth.store.accounts import AccountStore
from auth.store.passkeys import PasskeyStore
from auth.store.recovery import RecoveryStore
from relay.domain.errors import Conflict
from relay.domain.ids import AccountId, OrgId, uuid7
from relay.store.database import Database
from tests.fakes.clock import FakeClock
from tests.waiting import until_held_up


@pytest.fixture
async def passkey(database: Database, clock: FakeClock) -> Passkey:
    now = clock.now()
    member = Member(
        account=Account(id=AccountId(uuid7(now, os.urandom)), email="ada@example.org", name="Ada", created_at=now),
        org=Org(id=OrgId(uuid7(now, os.urandom)), name="Ada", created_at=now),
        role=Role.OWNER,
        personal=True,
    )
    assert await AccountStore(database).add_first(member, "hash")
    made = Passkey(
        id=uuid7(now, os.urandom),
        account_id=member.account.id,
        credential_id=os.urandom(32),
        public_key=os.urandom(77),
        sign_count=1,
        synced=False,
        name="phone",
        created_at=now,
    )
    assert await PasskeyStore(database).add(made)
    return made


@pytest.mark.proves("auth.R66")
async def test_of_many_uses_with_one_count_one_is_taken(database: Database, passkey: Passkey, clock: FakeClock) -> None:
    """A copied authenticator: each copy answered a challenge of its own, at the same time."""
    store = PasskeyStore(database)
    taken = await asyncio.gather(*(store.used(passkey.id, 2, clock.now()) for _ in range(4)))
    assert sorted(taken) == [False, False, False, True]
    assert not await store.used(passkey.id, 0, clock.now())
    assert await store.used(passkey.id, 3, clock.now())


async def test_of_two_that_keep_one_authenticator_one_does(
    database: Database, passkey: Passkey, clock: FakeClock
) -> None:
    store = PasskeyStore(database)
    assert not await store.add(passkey)
    assert [one.id for one in await store.of_account(passkey.account_id)] == [passkey.id]
    assert await store.remove(passkey.account_id, passkey.id)
    assert not await store.remove(passkey.account_id, passkey.id)


async def another_of(passkey: Passkey, database: Database) -> Passkey:
    other = replace(passkey, id=uuid7(passkey.created_at, os.urandom), credential_id=os.urandom(32))
    assert await PasskeyStore(database).add(other)
    return other


async def removed(database: Database, passkey: Passkey) -> bool:
    try:
        return await PasskeyStore(database).remove(passkey.account_id, passkey.id)
    except Conflict:
        return False


@pytest.mark.proves("auth.last_way_in")
async def test_of_the_last_two_passkeys_removed_at_once_one_stays(database: Database, passkey: Passkey) -> None:
    other = await another_of(passkey, database)
    assert await RecoveryStore(database).demand_passkey(passkey.account_id, demanded=True)
    async with database.transaction() as holding:
        await holding.execute("SELECT FROM account FOR UPDATE")
        removals = [asyncio.create_task(removed(database, one)) for one in (passkey, other)]
        await until_held_up(database, statements=2)
    assert sorted(await asyncio.gather(*removals)) == [False, True]
    assert len(await PasskeyStore(database).of_account(passkey.account_id)) == 1


@pytest.mark.proves("auth.last_way_in")
async def test_no_passkey_is_demanded_while_the_last_is_being_removed(database: Database, passkey: Passkey) -> None:
    recovery = RecoveryStore(database)
    async with database.transaction() as removing:
        await removing.execute("SELECT FROM account FOR UPDATE")
        await removing.execute("DELETE FROM passkey WHERE id = $1", passkey.id)
        demanding = asyncio.create_task(recovery.demand_passkey(passkey.account_id, demanded=True))
        await until_held_up(database)
    assert not await demanding
    assert not await recovery.is_passkey_only(passkey.account_id)


@pytest.mark.proves("auth.last_way_in")
async def test_an_account_without_a_password_is_not_kept(database: Database, passkey: Passkey) -> None:
    """So that unlinking an identity, or a relay that sends no e-mail any more, locks nobody out."""
    with pytest.raises(asyncpg.NotNullViolationError):
        await database.execute("UPDATE account SET password_hash = NULL")
