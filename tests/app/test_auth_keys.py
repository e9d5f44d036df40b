"""Agents and API keys, made and ended by their owner."""

import asyncio
import datetime as dt
from uuid import UUID

import pytest

from auth.keys import AUTH_CACHE, USAGE
from auth.services.auth_cache import Revocation
from relay.domain.ids import AgentId, OrgId
from relay.kernel.settings import Secret
from relay.services.keys import AGENTS as AGENT_STORE
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.people import JSON, Client, MakeClient, Person, a_relay, an_owner, bearer
from tests.strangers import add_stranger

AGENTS = "/api/v1/agents"
KEYS = "/api/v1/api-keys"
GRACE = dt.timedelta(hours=24)


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def works(client: Client, key: JSON) -> bool:
    async with client.get(AGENTS, headers=bearer(key["api_key"])) as response:
        assert response.status in {200, 401}
        return response.status == 200


@pytest.mark.proves("auth.R49")
async def test_a_key_is_shown_once_and_stored_as_a_digest(client: Client, owner: Person) -> None:
    key = await owner.a_key()
    secret = key["api_key"]
    assert (key["prefix"], key["last4"]) == (secret[:8], secret[-4:])
    (listed,) = await owner.get(KEYS)
    assert listed == {name: value for name, value in key.items() if name != "api_key"} | {
        "last_used_at": None,
        "last_used_from": "",
        "revoked_at": None,
    }
    (row,) = await client.app[DATABASE].fetch("SELECT k::text FROM api_key k")
    assert secret not in row["k"]


async def test_a_key_acts_as_its_agent_and_sees_no_other(client: Client, owner: Person) -> None:
    first = await owner.a_key("one")
    await owner.a_key("two")
    assert {agent["name"] for agent in await owner.get(AGENTS)} == {"one", "two"}
    async with client.get(AGENTS, headers=bearer(first["api_key"])) as response:
        (own,) = await response.json()
    assert (own["name"], own["agent_id"], own["id"]) == ("one", first["agent_id"], first["agent_id"])


@pytest.mark.proves("auth.R54")
async def test_a_key_makes_no_keys_and_no_agents(client: Client, owner: Person) -> None:
    key = await owner.a_key()
    for path, body in ((KEYS, {"agent_name": "two"}), (AGENTS, {"name": "two"}), (f"{KEYS}/{key['id']}/rotate", {})):
        async with client.post(path, json=body, headers=bearer(key["api_key"])) as response:
            assert response.status == 403, path
    async with client.get(KEYS, headers=bearer(key["api_key"])) as response:
        assert response.status == 403


async def test_a_name_is_an_agent_whatever_its_case(owner: Person) -> None:
    first, second = await owner.a_key("Deploy-Bot"), await owner.a_key("deploy-bot")
    assert first["agent_id"] == second["agent_id"]
    problem = await owner.post(AGENTS, {"name": "DEPLOY-BOT"}, expect=409)
    assert problem["code"] == "already_exists"


async def test_many_keys_for_one_new_name_at_once_are_for_one_agent(owner: Person) -> None:
    keys = await asyncio.gather(*(owner.a_key("new") for _ in range(6)))
    assert len({key["agent_id"] for key in keys}) == 1
    assert len(await owner.get(AGENTS)) == 1


async def test_a_key_can_be_made_for_an_agent_by_its_id(owner: Person) -> None:
    agent = await owner.post(AGENTS, {"name": "  deploy-bot "})
    assert (agent["name"], agent["id"]) == ("deploy-bot", agent["agent_id"])
    key = await owner.post(KEYS, {"agent_id": agent["id"]})
    assert (key["agent_id"], key["description"], key["expires_at"]) == (agent["id"], "", None)


@pytest.mark.proves("auth.R53")
async def test_a_rotated_key_works_until_its_grace_ends(client: Client, owner: Person, clock: FakeClock) -> None:
    old = await owner.a_key()
    new = await owner.post(f"{KEYS}/{old['id']}/rotate")
    assert new["agent_id"] == old["agent_id"]
    assert new["description"] == old["description"]
    assert await works(client, new)
    clock.forward(GRACE - dt.timedelta(seconds=1))
    assert await works(client, old)
    clock.forward(dt.timedelta(seconds=1))
    assert not await works(client, old)
    assert await works(client, new)


@pytest.mark.proves("auth.R53")
async def test_a_rotation_without_grace_ends_the_old_key_at_once(client: Client, owner: Person) -> None:
    told: list[Revocation] = []
    client.app[AUTH_CACHE].on_revoked(told.append)
    old = await owner.a_key()
    assert await works(client, old)
    await owner.post(f"{KEYS}/{old['id']}/rotate", {"grace_hours": 0})
    assert not await works(client, old)
    assert [str(gone.credential_id) for gone in told] == [old["id"]]


async def test_a_key_is_rotated_once(owner: Person) -> None:
    old = await owner.a_key()
    await owner.post(f"{KEYS}/{old['id']}/rotate")
    assert (await owner.post(f"{KEYS}/{old['id']}/rotate", expect=409))["code"] == "conflict"
    assert len(await owner.get(KEYS)) == 2


@pytest.mark.proves("auth.R47")
@pytest.mark.proves("auth.R52")
async def test_a_revoked_key_fails_at_its_next_call(client: Client, owner: Person) -> None:
    told: list[Revocation] = []
    client.app[AUTH_CACHE].on_revoked(told.append)
    key = await owner.a_key()
    assert await works(client, key)
    await owner.delete(f"{KEYS}/{key['id']}")
    assert not await works(client, key)
    assert [str(gone.credential_id) for gone in told] == [key["id"]]
    await owner.delete(f"{KEYS}/{key['id']}", expect=404)
    (listed,) = await owner.get(KEYS)
    assert listed["revoked_at"]


@pytest.mark.proves("auth.R56")
async def test_the_last_use_is_written_together_and_late(client: Client, owner: Person, clock: FakeClock) -> None:
    key = await owner.a_key()
    for _ in range(3):
        clock.forward(dt.timedelta(seconds=5))
        assert await works(client, key)
    assert (await owner.get(KEYS))[0]["last_used_at"] is None
    await client.app[USAGE].flush()
    assert (await owner.get(KEYS))[0]["last_used_at"] == "2026-03-04T12:00:15.000Z"
    assert (await owner.get(AGENTS))[0]["last_seen_at"] == "2026-03-04T12:00:15.000Z"


@pytest.mark.proves("auth.R71")
async def test_another_organization_s_agents_and_keys_do_not_exist(client: Client, owner: Person) -> None:
    key = await owner.a_key()
    await add_stranger(client.app, "eve@example.org", "another long sentence")
    async with client.post(
        "/api/v1/auth/sign-in", json={"email": "eve@example.org", "password": "another long sentence"}
    ) as response:
        reply = await response.json()
    eve = Person(client, reply["token"], reply["account"]["id"], reply["org"]["id"])
    assert await eve.get(AGENTS) == []
    assert await eve.get(KEYS) == []
    await eve.delete(f"{KEYS}/{key['id']}", expect=404)
    await eve.post(f"{KEYS}/{key['id']}/rotate", expect=404)
    await eve.post(KEYS, {"agent_id": key["agent_id"]}, expect=404)
    (session,) = await owner.get("/api/v1/auth/sessions")
    await eve.delete(f"/api/v1/auth/sessions/{session['id']}", expect=404)
    await eve.a_key("deploy-bot")
    assert len(await owner.get(AGENTS)) == 1
    assert await works(client, key)


async def test_a_key_whose_agent_is_gone_is_no_credential(client: Client, owner: Person) -> None:
    key = await owner.a_key()
    found = await client.app[AGENT_STORE].by_id(OrgId(UUID(owner.org_id)), AgentId(UUID(key["agent_id"])))
    assert found
    await client.app[DATABASE].execute("DELETE FROM agent")
    assert not await works(client, key)


@pytest.mark.proves("auth.R79")
async def test_what_happens_to_keys_is_in_the_log(client: Client, owner: Person) -> None:
    key = await owner.a_key()
    new = await owner.post(f"{KEYS}/{key['id']}/rotate")
    await owner.delete(f"{KEYS}/{new['id']}")
    rows = await client.app[DATABASE].fetch("SELECT type, subject FROM account_log ORDER BY seq DESC LIMIT 4")
    assert [(row["type"], str(row["subject"])) for row in rows] == [
        ("key.revoked", new["id"]),
        ("key.rotated", key["id"]),
        ("key.created", key["id"]),
        ("agent.created", key["agent_id"]),
    ]
