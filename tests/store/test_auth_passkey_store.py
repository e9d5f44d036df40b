"""Passkeys against a real PostgreSQL: what a race must not get past."""

import asyncio
import os

import pytest

from auth.entities import Account, Member, Org, Passkey, Role
from auth.store.accounts import AccountStore
from auth.store.passkeys import PasskeyStore
from relay.domain.ids import AccountId, OrgId, uuid7
from relay.store.database import Database
from tests.fakes.clock import FakeClock


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
