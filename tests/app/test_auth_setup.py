"""The first owner, through the application."""

import asyncio
import datetime as dt

import pytest

from auth.keys import FIRST_OWNER
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.people import EMAIL, JSON, PASSWORD, Client, MakeClient, a_relay, an_owner

BODY = {"email": EMAIL, "name": "Ada", "password": PASSWORD}


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


async def a_code(client: Client) -> str:
    code = await client.app[FIRST_OWNER].new_code()
    assert code
    return code


async def setup(client: Client, code: str, **over: str) -> tuple[int, JSON]:
    async with client.post("/api/v1/auth/setup", json=BODY | {"code": code} | over) as response:
        return response.status, await response.json()


@pytest.mark.proves("auth.R69")
async def test_the_code_makes_an_owner_who_is_signed_in(client: Client) -> None:
    status, reply = await setup(client, await a_code(client))
    assert status == 201
    assert reply["account"]["email"] == EMAIL
    assert reply["org"]["name"] == "Ada"
    async with client.get("/api/v1/auth/me", headers={"Authorization": f"Bearer {reply['token']}"}) as response:
        assert await response.json() == {"account": reply["account"], "org": reply["org"], "device_id": None}


@pytest.mark.proves("auth.R69")
@pytest.mark.parametrize("code", ["", "0000-0000-0000-0000-0000-0000-0000", "\x00", "ü" * 34])
async def test_without_the_code_nobody_becomes_owner(client: Client, code: str) -> None:
    await a_code(client)
    status, problem = await setup(client, code)
    assert (status, problem["code"]) == (403, "forbidden")
    assert await client.app[FIRST_OWNER].is_wanted()


@pytest.mark.proves("auth.R69")
async def test_a_code_ends_after_a_day_and_when_another_is_made(client: Client, clock: FakeClock) -> None:
    first, second = await a_code(client), await a_code(client)
    assert (await setup(client, first))[0] == 403
    clock.forward(dt.timedelta(hours=24))
    assert (await setup(client, second))[0] == 403
    assert (await setup(client, await a_code(client)))[0] == 201


@pytest.mark.proves("auth.R69")
async def test_two_setups_at_once_make_one_owner(client: Client) -> None:
    code = await a_code(client)
    tried = await asyncio.gather(*(setup(client, code, email=f"{n}@example.org") for n in range(4)))
    assert sorted(status for status, _ in tried) == [201, 409, 409, 409]
    assert await client.app[DATABASE].value("SELECT count(*) FROM account") == 1


@pytest.mark.proves("auth.R69")
async def test_setup_is_gone_afterwards(client: Client) -> None:
    code = await a_code(client)
    await setup(client, code)
    assert (await setup(client, code))[0] == 409
    assert await client.app[FIRST_OWNER].new_code() is None
    async with client.get(f"/setup?code={code}") as response:
        assert response.status == 410


async def test_looking_at_the_page_consumes_nothing(client: Client) -> None:
    code = await a_code(client)
    for method in ("GET", "GET"):
        async with client.request(method, f"/setup?code={code}") as response:
            assert response.status == 200
            assert code in await response.text()
    assert (await setup(client, code))[0] == 201


async def test_the_code_is_stored_as_a_digest(client: Client) -> None:
    code = await a_code(client)
    row = await client.app[DATABASE].row("SELECT * FROM setup_code")
    assert row
    assert len(row["hash"]) == 32
    assert code.encode() not in row["hash"]


@pytest.mark.proves("auth.R79")
async def test_the_log_names_the_new_account_and_its_session(client: Client) -> None:
    owner = await an_owner(client)
    rows = await client.app[DATABASE].fetch("SELECT type, account_id FROM account_log ORDER BY seq")
    assert [row["type"] for row in rows] == ["account.created", "session.created"]
    assert {str(row["account_id"]) for row in rows} == {owner.account_id}
