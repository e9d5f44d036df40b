"""The end of an account against a real PostgreSQL: what may come between seeing that it is due and carrying it out."""

import asyncio
import datetime as dt
import os

import pytest

from auth.entities import Account, Member, Org, Role
from auth.store.accounts import AccountStore
from auth.store.deletion import DeletionStore
from relay.domain.ids import AccountId, OrgId, uuid7
from relay.store.database import Database
from tests.fakes.clock import FakeClock
from tests.waiting import until_held_up

WEEK = dt.timedelta(days=7)
SECOND = dt.timedelta(seconds=1)


@pytest.fixture
async def account(database: Database, clock: FakeClock) -> AccountId:
    now = clock.now()
    member = Member(
        account=Account(id=AccountId(uuid7(now, os.urandom)), email="ada@example.org", name="Ada", created_at=now),
        org=Org(id=OrgId(uuid7(now, os.urandom)), name="Ada", created_at=now),
        role=Role.OWNER,
        personal=True,
    )
    assert await AccountStore(database).add_first(member, "hash")
    return member.account.id


async def is_there(database: Database, account: AccountId) -> bool:
    return await database.value("SELECT count(*) FROM account WHERE id = $1", account) == 1


@pytest.mark.proves("auth.deletion")
async def test_what_was_kept_after_a_sweep_saw_it_due_is_not_deleted(
    database: Database, account: AccountId, clock: FakeClock
) -> None:
    store, now = DeletionStore(database), clock.now()
    assert await store.schedule(account, now + WEEK)
    assert await store.due(now + WEEK) == [account]
    # Another process, whose clock is a second behind, still lets its human keep it.
    assert await store.undo(account, now + WEEK - SECOND)
    assert not await store.delete(account, now + WEEK)
    assert await is_there(database, account)


@pytest.mark.proves("auth.deletion")
async def test_a_deletion_waits_for_who_is_keeping_the_account(
    database: Database, account: AccountId, clock: FakeClock
) -> None:
    store, now = DeletionStore(database), clock.now()
    await store.schedule(account, now + WEEK)
    async with database.transaction() as keeping:
        await keeping.execute("UPDATE account SET delete_at = NULL WHERE id = $1", account)
        deleting = asyncio.create_task(store.delete(account, now + WEEK))
        await until_held_up(database)
    assert not await deleting
    assert await is_there(database, account)


@pytest.mark.proves("auth.deletion")
async def test_of_two_deletions_at_once_one_does_it(database: Database, account: AccountId, clock: FakeClock) -> None:
    store, now = DeletionStore(database), clock.now()
    await store.schedule(account, now + WEEK)
    assert not await store.delete(account, now + WEEK - SECOND)
    done = await asyncio.gather(*(store.delete(account, now + WEEK) for _ in range(3)))
    assert sorted(done) == [False, False, True]
    assert not await is_there(database, account)
