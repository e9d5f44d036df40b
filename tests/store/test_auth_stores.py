"""Auth's tables against a real PostgreSQL: every query, every race."""

import asyncio
import datetime as dt
import os
from uuid import uuid4

import asyncpg
import pytest

from auth.entities import SESSION_IDLE, SESSION_LIFE, Account, ApiKey, KeyKind, Member, Org, Role, Session
from auth.store import accounts, api_keys, sessions
from auth.store.accounts import AccountStore
from auth.store.api_keys import ApiKeyStore, Successor
from auth.store.sessions import SessionStore
from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId, uuid7
from relay.store.database import Database
from tests.fakes.clock import FakeClock

HOUR = dt.timedelta(hours=1)


def a_member(clock: FakeClock, email: str = "ada@example.org") -> Member:
    now = clock.now()
    return Member(
        account=Account(id=AccountId(uuid7(now, os.urandom)), email=email, name="Ada", created_at=now),
        org=Org(id=OrgId(uuid7(now, os.urandom)), name="Ada", created_at=now),
        role=Role.OWNER,
    )


@pytest.fixture
async def owner(database: Database, clock: FakeClock) -> Member:
    member = a_member(clock)
    assert await AccountStore(database).add_first(member, "hash")
    return member


def a_session(owner: Member, clock: FakeClock) -> Session:
    now = clock.now()
    return Session(
        id=uuid7(now, os.urandom),
        account_id=owner.account.id,
        org_id=owner.org.id,
        device_id=None,
        user_agent="Browser/1",
        network="192.0.2.0/24",
        created_at=now,
        authenticated_at=now,
        last_seen_at=now,
        expires_at=now + SESSION_LIFE,
    )


def a_key(owner: Member, clock: FakeClock, life: dt.timedelta | None = None) -> ApiKey:
    now = clock.now()
    return ApiKey(
        id=uuid7(now, os.urandom),
        org_id=owner.org.id,
        agent_id=AgentId(uuid4()),
        account_id=owner.account.id,
        kind=KeyKind.AGENT,
        prefix="mcp_pk_x",
        last4="wxyz",
        scopes=frozenset({"requests:read"}),
        description="ci",
        created_at=now,
        expires_at=now + life if life else None,
    )


def a_successor(owner: Member, clock: FakeClock) -> Successor:
    now = clock.now()
    return Successor(
        id=uuid7(now, os.urandom),
        prefix="mcp_pk_y",
        last4="abcd",
        digest=os.urandom(32),
        made_by=owner.account.id,
        at=now,
    )


@pytest.mark.parametrize(
    ("file", "name"),
    [(module.__name__, name) for module in (accounts, sessions, api_keys) for name in module.SQL],
)
async def test_every_query_fits_the_schema(database: Database, file: str, name: str) -> None:
    module = {m.__name__: m for m in (accounts, sessions, api_keys)}[file]
    async with database.transaction() as connection:
        assert await connection.prepare(module.SQL[name])


@pytest.mark.proves("auth.R69")
async def test_of_many_first_owners_at_once_one_is_made(database: Database, clock: FakeClock) -> None:
    store = AccountStore(database)
    made = await asyncio.gather(*(store.add_first(a_member(clock, f"{n}@example.org"), "hash") for n in range(8)))
    assert sorted(made) == [False] * 7 + [True]
    assert await database.value("SELECT count(*) FROM account") == 1
    assert await database.value("SELECT count(*) FROM org") == 1


async def test_the_code_before_the_last_one_is_gone(database: Database, clock: FakeClock) -> None:
    store = AccountStore(database)
    await store.put_code(b"a" * 32, clock.now())
    await store.put_code(b"b" * 32, clock.now())
    assert await store.code(clock.now() - HOUR) == b"b" * 32
    assert await store.code(clock.now()) is None


async def test_making_the_owner_spends_the_code(database: Database, clock: FakeClock) -> None:
    store = AccountStore(database)
    await store.put_code(b"a" * 32, clock.now())
    await store.add_first(a_member(clock), "hash")
    assert await store.code(clock.now() - HOUR) is None


async def test_an_address_is_found_in_whatever_case(database: Database, owner: Member) -> None:
    assert await AccountStore(database).by_email("ADA@Example.org") == (owner.account.id, "hash")
    assert await AccountStore(database).by_email("ada@example.com") is None


async def test_a_disabled_account_is_not_found_and_its_sessions_and_keys_neither(
    database: Database, owner: Member, clock: FakeClock
) -> None:
    session, key = a_session(owner, clock), a_key(owner, clock)
    await SessionStore(database).add(session, b"s" * 32)
    await ApiKeyStore(database).add(key, b"k" * 32)
    await database.execute("UPDATE account SET disabled_at = $1", clock.now())
    assert await AccountStore(database).by_email("ada@example.org") is None
    assert await AccountStore(database).member(owner.account.id) is None
    assert await SessionStore(database).by_token(b"s" * 32) is None
    assert await ApiKeyStore(database).by_hash(b"k" * 32) is None


async def test_a_member_is_seen_only_from_their_organization(database: Database, owner: Member) -> None:
    store = AccountStore(database)
    assert await store.member(owner.account.id) == owner
    assert await store.is_member(owner.org.id, owner.account.id)
    assert not await store.is_member(OrgId(uuid4()), owner.account.id)


async def test_a_session_comes_back_as_it_was_saved(database: Database, owner: Member, clock: FakeClock) -> None:
    store, session = SessionStore(database), a_session(owner, clock)
    await store.add(session, b"s" * 32)
    holder = await store.by_token(b"s" * 32)
    assert holder
    assert (holder.session, holder.account_name, holder.role) == (session, "Ada", Role.OWNER)


async def test_a_session_is_revoked_once_and_by_its_account_only(
    database: Database, owner: Member, clock: FakeClock
) -> None:
    store, session = SessionStore(database), a_session(owner, clock)
    await store.add(session, b"s" * 32)
    assert not await store.revoke(AccountId(uuid4()), session.id, clock.now())
    assert await store.revoke(owner.account.id, session.id, clock.now())
    assert not await store.revoke(owner.account.id, session.id, clock.now())
    assert await store.by_token(b"s" * 32) is None


async def test_revoking_a_device_ends_its_sessions_only(database: Database, owner: Member, clock: FakeClock) -> None:
    store, device = SessionStore(database), DeviceId(uuid4())
    bound, free = a_session(owner, clock), a_session(owner, clock)
    await store.add(bound, b"b" * 32)
    await store.add(free, b"f" * 32)
    await store.bind(bound.id, device)
    assert await store.revoke_device(device, clock.now()) == [bound.id]
    assert [s.id for s in await store.of_account(owner.account.id, clock.now())] == [free.id]


async def test_sessions_that_are_over_are_not_listed(database: Database, owner: Member, clock: FakeClock) -> None:
    store = SessionStore(database)
    await store.add(a_session(owner, clock), b"s" * 32)
    clock.forward(SESSION_IDLE)
    assert await store.of_account(owner.account.id, clock.now()) == []


async def test_ended_sessions_are_forgotten_and_living_ones_are_not(
    database: Database, owner: Member, clock: FakeClock
) -> None:
    store, idle, revoked, used = SessionStore(database), *(a_session(owner, clock) for _ in range(3))
    for number, session in enumerate((idle, revoked, used)):
        await store.add(session, bytes([number]) * 32)
    await store.revoke(owner.account.id, revoked.id, clock.now())
    clock.forward(SESSION_IDLE)
    await store.touch({used.id: clock.now()})
    await store.forget(clock.now())
    ids = {row["id"] for row in await database.fetch("SELECT id FROM session")}
    assert ids == {idle.id, used.id}
    clock.forward(HOUR)
    await store.forget(clock.now())
    assert [row["id"] for row in await database.fetch("SELECT id FROM session")] == [used.id]


async def test_use_moves_forward_only(database: Database, owner: Member, clock: FakeClock) -> None:
    store, session = SessionStore(database), a_session(owner, clock)
    await store.add(session, b"s" * 32)
    await store.touch({session.id: clock.now() + HOUR})
    await store.touch({session.id: clock.now()})
    holder = await store.by_token(b"s" * 32)
    assert holder
    assert holder.session.last_seen_at == clock.now() + HOUR


async def test_the_schema_refuses_a_session_of_more_than_ninety_days(
    database: Database, owner: Member, clock: FakeClock
) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await database.execute(
            sessions.SQL["add"],
            *(uuid4(), owner.account.id, owner.org.id, b"s" * 32, "", clock.now()),
            clock.now() + SESSION_LIFE + dt.timedelta(seconds=1),
            "",
            clock.now(),
            None,
        )


async def test_a_key_comes_back_as_it_was_saved(database: Database, owner: Member, clock: FakeClock) -> None:
    store, key = ApiKeyStore(database), a_key(owner, clock, HOUR)
    await store.add(key, b"k" * 32)
    assert await store.by_hash(b"k" * 32) == key
    assert await store.by_id(owner.org.id, key.id) == key
    assert await store.of_org(owner.org.id) == [key]


async def test_another_organization_sees_and_moves_no_key(database: Database, owner: Member, clock: FakeClock) -> None:
    store, key, other = ApiKeyStore(database), a_key(owner, clock), OrgId(uuid4())
    await store.add(key, b"k" * 32)
    assert await store.by_id(other, key.id) is None
    assert await store.of_org(other) == []
    assert not await store.revoke(other, key.id, clock.now())
    assert await store.rotate(other, key.id, a_successor(owner, clock), clock.now()) is None
    assert await store.by_hash(b"k" * 32) == key


async def test_of_many_rotations_at_once_one_succeeds(database: Database, owner: Member, clock: FakeClock) -> None:
    store, key = ApiKeyStore(database), a_key(owner, clock, HOUR)
    await store.add(key, b"k" * 32)
    new = await asyncio.gather(
        *(store.rotate(owner.org.id, key.id, a_successor(owner, clock), clock.now() + HOUR) for _ in range(6))
    )
    (successor,) = [made for made in new if made]
    assert (successor.rotated_from, successor.agent_id, successor.scopes) == (key.id, key.agent_id, key.scopes)
    assert successor.prefix == "mcp_pk_y"
    assert len(await store.of_org(owner.org.id)) == 2


async def test_a_successor_lives_as_long_as_the_key_did(database: Database, owner: Member, clock: FakeClock) -> None:
    store, key = ApiKeyStore(database), a_key(owner, clock, HOUR)
    await store.add(key, b"k" * 32)
    clock.forward(HOUR / 2)
    new = await store.rotate(owner.org.id, key.id, a_successor(owner, clock), clock.now())
    assert new
    assert new.expires_at == clock.now() + HOUR


async def test_an_expired_or_revoked_key_has_no_successor(database: Database, owner: Member, clock: FakeClock) -> None:
    store, expired, revoked = ApiKeyStore(database), a_key(owner, clock, HOUR), a_key(owner, clock)
    await store.add(expired, b"e" * 32)
    await store.add(revoked, b"r" * 32)
    await store.revoke(owner.org.id, revoked.id, clock.now())
    clock.forward(HOUR)
    for key in (expired, revoked):
        assert await store.rotate(owner.org.id, key.id, a_successor(owner, clock), clock.now()) is None


@pytest.mark.proves("auth.R56")
async def test_the_last_use_of_a_key_moves_forward_only(database: Database, owner: Member, clock: FakeClock) -> None:
    store, key = ApiKeyStore(database), a_key(owner, clock)
    await store.add(key, b"k" * 32)
    await store.touch({key.id: (clock.now(), "192.0.2.0/24")})
    await store.touch({key.id: (clock.now() - HOUR, "")})
    found = await store.by_id(owner.org.id, key.id)
    assert found
    assert found.last_used_at == clock.now()
