"""The end of an account, and one's data to take along."""

import asyncio
import datetime as dt
import json
from typing import Any

import pytest

from auth.keys import DELETION
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.pages import fill, read
from tests.people import Client, MakeClient, Person, a_relay, an_owner, bearer, person, sign_in

DELETE = "/api/v1/account/deletion"
WEEK = dt.timedelta(days=7)
OWN_TABLES = ("session", "api_key", "passkey", "identity", "recovery_code", "membership", "flow")


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock, sign_up="open")


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def somebody(client: Client, name: str = "eve") -> Person:
    body = {"email": f"{name}@example.org", "name": name, "password": "another long sentence"}
    async with client.post("/api/v1/auth/sign-up", json=body) as response:
        return person(client, await response.json())


async def back(client: Client, name: str = "eve") -> Person:
    return await sign_in(client, "another long sentence", f"{name}@example.org")


async def ask(client: Client, key: str) -> int:
    body = {"prompt": "Deploy?", "wait": 0}
    async with client.post("/api/v1/hitl/request", json=body, headers=bearer(key)) as response:
        return response.status


async def works(client: Client, key: str) -> bool:
    async with client.get("/api/v1/agents", headers=bearer(key)) as response:
        return response.status == 200


async def count(client: Client, table: str, column: str, id: str) -> int:
    query = f"SELECT count(*) FROM {table} WHERE {column} = $1"  # noqa: S608 - fixed names
    found: int = await client.app[DATABASE].value(query, id)
    return found


async def exported(someone: Person) -> list[dict[str, Any]]:
    async with someone.client.get("/api/v1/account/export", headers=someone.bearer) as response:
        assert response.status == 200, await response.text()
        assert "attachment" in response.headers["Content-Disposition"]
        return [json.loads(line) for line in (await response.text()).splitlines()]


@pytest.mark.proves("auth.deletion")
async def test_every_credential_ends_at_once(client: Client, owner: Person, clock: FakeClock) -> None:
    eve = await somebody(client)
    key = (await eve.a_key())["api_key"]
    assert await works(client, key)
    reply = await eve.post(DELETE, expect=202)
    assert dt.datetime.fromisoformat(reply["delete_at"]) == clock.now() + WEEK
    async with client.get("/api/v1/auth/me", headers=eve.bearer) as response:
        assert response.status == 401
    assert not await works(client, key)


@pytest.mark.proves("auth.deletion")
async def test_signing_in_within_seven_days_offers_to_keep_it(client: Client, owner: Person, clock: FakeClock) -> None:
    eve = await somebody(client)
    key = (await eve.a_key())["api_key"]
    status, _, page = await fill(eve, "/account/data", "/account/data/delete")
    assert status == 200
    assert "sign in before then" in page.words
    clock.forward(WEEK - dt.timedelta(seconds=1))
    await client.app[DELETION].sweep()
    eve = await back(client)
    assert "will be deleted" in (await read(client, "/account", **eve.cookie)).words
    assert (await eve.get(DELETE))["delete_at"] is not None
    assert (await fill(eve, "/account/data", "/account/data/keep"))[:2] == (303, "/account")
    assert await works(client, key)
    clock.forward(WEEK)
    await client.app[DELETION].sweep()
    await back(client)


@pytest.mark.proves("auth.deletion")
async def test_after_seven_days_all_of_its_own_is_gone(client: Client, owner: Person, clock: FakeClock) -> None:
    eve = await somebody(client)
    agent = await eve.a_key()
    await ask(client, agent["api_key"])
    await eve.post("/api/v1/account/recovery-codes")
    await eve.post("/api/v1/mobile/devices", {"name": "phone", "kind": "phone"})
    await eve.post(DELETE, expect=202)
    clock.forward(WEEK)
    await client.app[DELETION].sweep()
    body = {"email": "eve@example.org", "password": "another long sentence"}
    async with client.post("/api/v1/auth/sign-in", json=body) as response:
        assert response.status == 401
    assert await count(client, "account", "id", eve.account_id) == 0
    for table in (*OWN_TABLES, "device", "agent", "request"):
        assert await count(client, table, "account_id", eve.account_id) == 0, table
    assert await count(client, "org", "id", eve.org_id) == 0
    # What is left in the log are ids.
    rows = await client.app[DATABASE].fetch("SELECT l::text FROM account_log l")
    assert not [row for row in rows if "eve" in row["l"].lower()]
    # The others' is untouched, and the address is free.
    await sign_in(client)
    await somebody(client)


@pytest.mark.proves("auth.deletion")
async def test_two_sweeps_and_an_undo_at_once_come_to_one_end(client: Client, owner: Person, clock: FakeClock) -> None:
    eve = await somebody(client)
    await eve.post(DELETE, expect=202)
    eve = await back(client)
    clock.forward(WEEK)
    await asyncio.gather(client.app[DELETION].sweep(), client.app[DELETION].sweep())
    async with client.delete(DELETE, headers=eve.bearer) as response:
        assert response.status in {401, 409}
    assert await count(client, "account", "id", eve.account_id) == 0


@pytest.mark.proves("auth.deletion")
async def test_an_organization_is_not_left_without_an_owner(client: Client, owner: Person, clock: FakeClock) -> None:
    eve = await somebody(client)
    invite = await owner.post(f"/api/v1/orgs/{owner.org_id}/invites", {"role": "operator"})
    async with client.post(f"/api/v1/invites/{invite['code']}/accept", headers=eve.bearer) as response:
        assert response.status == 200
    problem = await owner.post(DELETE, expect=409)
    assert "only owner of Ada" in problem["detail"]
    # A member who is none may go; what others made stays.
    key = await owner.a_key()
    await eve.post(DELETE, expect=202)
    clock.forward(WEEK)
    await client.app[DELETION].sweep()
    assert await works(client, key["api_key"])


@pytest.mark.proves("auth.export")
async def test_all_that_is_kept_is_taken_along(client: Client, owner: Person) -> None:
    key = await owner.a_key()
    await owner.post("/api/v1/mobile/devices", {"name": "phone", "kind": "phone"})
    await ask(client, key["api_key"])
    stranger = await somebody(client)
    lines = await exported(owner)
    kinds = [line["kind"] for line in lines]
    assert {"member", "session", "device", "request", "logentry", "agent", "api_key"} <= set(kinds)
    (request,) = [line["data"] for line in lines if line["kind"] == "request"]
    assert request["content"]["prompt"] == "Deploy?"
    text = json.dumps(lines)
    assert "ada@example.org" in text.lower()
    for foreign in (owner.token, key["api_key"], stranger.account_id, "eve@example.org"):
        assert foreign not in text


@pytest.mark.proves("auth.R79")
async def test_export_and_deletion_are_in_the_log(client: Client, owner: Person) -> None:
    eve = await somebody(client)
    await exported(eve)
    await eve.post(DELETE, expect=202)
    eve = await back(client)
    await eve.delete(DELETE)
    rows = await client.app[DATABASE].fetch(
        "SELECT type FROM account_log WHERE type LIKE 'account.%' AND account_id = $1 ORDER BY seq", eve.account_id
    )
    wanted = ["account.created", "account.exported", "account.deletion_asked", "account.kept"]
    assert [row["type"] for row in rows] == wanted
