"""What a key is made for: its kind, its scopes, and where it was used."""

import asyncio

import pytest

from auth.entities import KeyKind
from auth.keys import USAGE
from auth.scopes import AGENT_SCOPES, KEY_SCOPES, TASK_SCOPES
from auth.visits import network_of
from mcp_endpoint.http import EVENTS
from relay.kernel.operation import Access
from relay.kernel.settings import Secret
from tests.app.test_orgs import AGENTS, KEYS, WHO, status
from tests.app.walk import OPERATIONS
from tests.fakes.clock import FakeClock
from tests.people import JSON, Client, MakeClient, Person, a_relay, an_owner, bearer


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def ada(client: Client) -> Person:
    return await an_owner(client)


async def get(client: Client, path: str, key: JSON, header: str = "Authorization") -> tuple[int, JSON]:
    sent = f"Bearer {key['api_key']}" if header == "Authorization" else key["api_key"]
    async with client.get(path, headers={header: sent}) as response:
        return response.status, await response.json()


@pytest.mark.proves("org.tokens")
@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_an_organization_s_token_says_what_it_is(client: Client, ada: Person, header: str) -> None:
    token = await ada.post(KEYS, {"kind": "org", "description": "the intake form"})
    assert token["api_key"].startswith("htk_")
    assert (token["prefix"], token["kind"], token["agent_id"]) == (token["api_key"][:5], "org", None)
    code, who = await get(client, WHO, token, header)
    assert code == 200
    assert who == {
        "kind": "org_token",
        "credential_id": token["id"],
        "org_id": ada.org_id,
        "account_id": ada.account_id,
        "agent_id": None,
        "agent_name": None,
        "scopes": sorted(TASK_SCOPES),
    }
    assert (await get(client, AGENTS, token, header))[0] == 403


@pytest.mark.proves("org.tokens")
async def test_an_organization_s_token_is_rotated_and_revoked_like_any_key(client: Client, ada: Person) -> None:
    old = await ada.post(KEYS, {"kind": "org", "scopes": ["tasks:read"]})
    new = await ada.post(f"{KEYS}/{old['id']}/rotate")
    assert new["api_key"].startswith("htk_")
    assert (new["scopes"], new["kind"]) == (["tasks:read"], "org")
    for key in (old, new):
        assert (await get(client, WHO, key))[1]["scopes"] == ["tasks:read"]
        await ada.delete(f"{KEYS}/{key['id']}")
        assert (await get(client, WHO, key))[0] == 401


@pytest.mark.proves("auth.R53")
async def test_of_two_rotations_at_once_one_makes_a_successor(ada: Person) -> None:
    key = await ada.a_key()
    made = await asyncio.gather(*(status(ada, "POST", f"{KEYS}/{key['id']}/rotate") for _ in range(4)))
    assert sorted(made) == [201, 409, 409, 409]
    assert len(await ada.get(KEYS)) == 2


@pytest.mark.proves("keys.scopes")
@pytest.mark.proves("auth.R52")
async def test_a_key_does_what_it_was_made_for_and_nothing_else(client: Client, ada: Person) -> None:
    reader = await ada.a_key(scopes=["requests:read"])
    assert reader["scopes"] == ["requests:read"]
    assert (await get(client, "/api/v1/requests", reader))[0] == 200
    code, problem = await get(client, AGENTS, reader)
    assert (code, problem["scope"]) == (403, "agents:read")
    async with client.post(
        "/api/v1/hitl/request", json={"prompt": "?", "wait": 0}, headers=bearer(reader["api_key"])
    ) as response:
        assert (response.status, (await response.json())["scope"]) == (403, "requests:write")


@pytest.mark.proves("keys.scopes")
@pytest.mark.proves("auth.R54")
async def test_a_key_is_given_no_more_than_its_kind_may(ada: Person) -> None:
    assert (await ada.a_key())["scopes"] == sorted(AGENT_SCOPES)
    for body in (
        {"agent_name": "x", "scopes": ["keys:write"]},
        {"agent_name": "x", "scopes": ["requests:read", "tasks:create"]},
        {"kind": "org", "scopes": ["requests:read"]},
        {"kind": "org", "scopes": ["everything"]},
        {"agent_name": "x", "scopes": []},
    ):
        assert (await ada.post(KEYS, body, expect=400))["pointer"] == "/scopes", body
    for wrong in ({"kind": "org", "agent_name": "x"}, {"kind": "agent"}, {"kind": "org", "agent_id": ada.org_id}):
        await ada.post(KEYS, wrong, expect=400)
    assert not {"keys:write", "members:write", "agents:write"} & set().union(*KEY_SCOPES.values())


@pytest.mark.proves("keys.scopes")
def test_every_operation_that_takes_a_key_asks_for_a_scope_its_kind_has() -> None:
    for operation in OPERATIONS:
        # Behind the MCP endpoint each tool asks for its own (tests/app/test_mcp_tools.py).
        if operation.access in {Access.AGENT, Access.EITHER} and operation.media != EVENTS:
            assert operation.scope in KEY_SCOPES[KeyKind.AGENT], operation.path


@pytest.mark.proves("auth.R56")
async def test_where_a_key_was_used_is_kept_as_a_network(client: Client, ada: Person) -> None:
    key = await ada.a_key()
    await get(client, AGENTS, key)
    await client.app[USAGE].flush()
    (listed,) = await ada.get(KEYS)
    assert listed["last_used_from"] == network_of("127.0.0.1") != ""
