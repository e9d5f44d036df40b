"""Organizations and their members: who may do what, and what a membership's end ends."""

from typing import Any

import pytest

from auth.entities import Role
from auth.scopes import ROLE_SCOPES
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.people import JSON, Client, MakeClient, Person, a_relay, an_owner, another, bearer, sign_in

ORGS = "/api/v1/orgs"
KEYS = "/api/v1/api-keys"
AGENTS = "/api/v1/agents"
WHO = "/api/v1/auth/whoami"


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def ada(client: Client) -> Person:
    return await an_owner(client)


@pytest.fixture
async def eve(client: Client, ada: Person) -> Person:
    return await another(client)


async def a_team(owner: Person, name: str = "Team") -> str:
    return str((await owner.post(ORGS, {"name": name}))["id"])


async def join(org: str, owner: Person, guest: Person, role: str = "operator") -> None:
    invite = await owner.post(f"{ORGS}/{org}/invites", {"role": role})
    await guest.post(f"/api/v1/invites/{invite['code']}/accept", expect=200)


async def enter(person: Person, org: str) -> None:
    await person.post(f"{ORGS}/{org}/activate", expect=204)


async def status(person: Person, method: str, path: str, body: JSON | None = None) -> int:
    async with person.client.request(method, path, json=body, headers=person.bearer) as response:
        await response.read()
        return response.status


async def roles(person: Person, org: str) -> dict[str, str]:
    return {member["account_id"]: member["role"] for member in await person.get(f"{ORGS}/{org}/members")}


@pytest.mark.proves("org.personal")
async def test_everybody_has_an_organization_they_can_neither_leave_nor_lose(ada: Person, eve: Person) -> None:
    for person in (ada, eve):
        (own,) = await person.get(ORGS)
        assert (own["id"], own["role"], own["personal"], own["active"]) == (person.org_id, "owner", True, True)
        await person.post(f"{ORGS}/{person.org_id}/leave", expect=409)
        await person.delete(f"{ORGS}/{person.org_id}", expect=409)
    await join(ada.org_id, ada, eve, "owner")
    path = f"{ORGS}/{ada.org_id}/members/{ada.account_id}"
    await eve.delete(path, expect=409)
    await eve.patch(path, {"role": "operator"}, expect=409)
    await eve.delete(f"{ORGS}/{ada.org_id}", expect=409)
    assert (await roles(ada, ada.org_id))[ada.account_id] == "owner"


@pytest.mark.proves("org.active")
async def test_agents_and_keys_are_those_of_the_organization_the_session_is_in(client: Client, ada: Person) -> None:
    await ada.a_key("home-bot")
    team = await a_team(ada)
    assert {agent["name"] for agent in await ada.get(AGENTS)} == {"home-bot"}
    await enter(ada, team)
    assert (await ada.get(AGENTS), await ada.get(KEYS)) == ([], [])
    await ada.a_key("team-bot")
    assert {agent["name"] for agent in await ada.get(AGENTS)} == {"team-bot"}
    assert (await ada.get("/api/v1/auth/me"))["org"] == {"id": team, "name": "Team"}
    assert [org["active"] for org in await ada.get(ORGS)] == [False, True]
    # Another session of hers is where it was; the next one begins where she was last.
    assert (await sign_in(client)).org_id == team
    await enter(ada, ada.org_id)
    assert {agent["name"] for agent in await ada.get(AGENTS)} == {"home-bot"}


@pytest.mark.proves("org.active")
async def test_an_organization_one_is_not_in_does_not_exist(ada: Person, eve: Person) -> None:
    team = await a_team(ada)
    for path in (f"{ORGS}/{team}/activate", f"{ORGS}/{team}/leave"):
        await eve.post(path, expect=404)
    assert await status(eve, "GET", f"{ORGS}/{team}/members") == 404
    assert (await eve.get("/api/v1/auth/me"))["org"]["id"] == eve.org_id


CALLS: dict[str, tuple[str, str, JSON | None, dict[Role, int]]] = {
    "see who is in it": ("GET", "/members", None, {Role.OWNER: 200, Role.ADMIN: 200, Role.OPERATOR: 200}),
    "see invitations": ("GET", "/invites", None, {Role.OWNER: 200, Role.ADMIN: 200, Role.OPERATOR: 403}),
    "invite": ("POST", "/invites", {}, {Role.OWNER: 201, Role.ADMIN: 201, Role.OPERATOR: 403}),
    "invite an owner": (
        "POST",
        "/invites",
        {"role": "owner"},
        {Role.OWNER: 201, Role.ADMIN: 403, Role.OPERATOR: 403},
    ),
    "read the audit": ("GET", "/audit", None, {Role.OWNER: 200, Role.ADMIN: 200, Role.OPERATOR: 403}),
    "take the audit away": ("GET", "/audit/export", None, {Role.OWNER: 200, Role.ADMIN: 200, Role.OPERATOR: 403}),
    "rename it": ("PATCH", "", {"name": "New"}, {Role.OWNER: 200, Role.ADMIN: 200, Role.OPERATOR: 403}),
    "make somebody an admin": (
        "PATCH",
        "/members/{other}",
        {"role": "admin"},
        {Role.OWNER: 204, Role.ADMIN: 204, Role.OPERATOR: 403},
    ),
    "make somebody an owner": (
        "PATCH",
        "/members/{other}",
        {"role": "owner"},
        {Role.OWNER: 204, Role.ADMIN: 403, Role.OPERATOR: 403},
    ),
    "demote an owner": (
        "PATCH",
        "/members/{owner}",
        {"role": "operator"},
        {Role.OWNER: 204, Role.ADMIN: 403, Role.OPERATOR: 403},
    ),
    "remove an owner": ("DELETE", "/members/{owner}", None, {Role.OWNER: 204, Role.ADMIN: 403, Role.OPERATOR: 403}),
    "remove somebody": ("DELETE", "/members/{other}", None, {Role.OWNER: 204, Role.ADMIN: 204, Role.OPERATOR: 403}),
    "delete it": ("DELETE", "", None, {Role.OWNER: 204, Role.ADMIN: 403, Role.OPERATOR: 403}),
}


@pytest.mark.proves("org.roles")
@pytest.mark.parametrize("role", Role)
async def test_a_role_may_do_what_the_table_says(client: Client, ada: Person, eve: Person, role: Role) -> None:
    other = await another(client, "bob@example.org")
    for what, (method, path, body, wanted) in CALLS.items():
        team = await a_team(ada)
        await join(team, ada, eve, role.value)
        await join(team, ada, other)
        address = f"{ORGS}/{team}{path}".format(owner=ada.account_id, other=other.account_id)
        assert await status(eve, method, address, body) == wanted[role], what


GUARDED: dict[str, tuple[str, str, JSON]] = {
    "agents:write": ("POST", AGENTS, {"name": "x"}),
    "keys:write": ("POST", KEYS, {"agent_name": "x"}),
}


@pytest.mark.proves("org.roles")
@pytest.mark.parametrize("role", Role)
async def test_a_role_s_scopes_hold_in_the_organization_it_is_held_in_only(
    ada: Person, eve: Person, role: Role
) -> None:
    team = await a_team(ada)
    await join(team, ada, eve, role.value)
    assert set((await eve.get(WHO))["scopes"]) == ROLE_SCOPES[role]
    for scope, (method, path, body) in GUARDED.items():
        assert (await status(eve, method, path, body) == 201) == (scope in ROLE_SCOPES[role]), scope
    await enter(eve, eve.org_id)
    assert set((await eve.get(WHO))["scopes"]) == ROLE_SCOPES[Role.OWNER]


@pytest.mark.proves("org.roles")
async def test_a_new_role_holds_from_the_next_request_on(ada: Person, eve: Person) -> None:
    team = await a_team(ada)
    await join(team, ada, eve, "admin")
    invite = await eve.post(f"{ORGS}/{team}/invites", {"role": "admin"})
    await eve.post(AGENTS, {"name": "hers"})
    await ada.patch(f"{ORGS}/{team}/members/{eve.account_id}", {"role": "operator"}, expect=204)
    await eve.post(AGENTS, {"name": "not hers"}, expect=403)
    # What she offered as an admin is not hers to offer any more.
    async with ada.client.get(f"/api/v1/invites/{invite['code']}") as response:
        assert response.status == 404
    await ada.patch(f"{ORGS}/{team}/members/{eve.account_id}", {"role": "operator"}, expect=204)


@pytest.mark.proves("org.last_owner")
async def test_the_last_owner_stays_until_there_is_another(ada: Person, eve: Person) -> None:
    team = await a_team(ada)
    path = f"{ORGS}/{team}/members/{ada.account_id}"
    await ada.post(f"{ORGS}/{team}/leave", expect=409)
    await ada.delete(path, expect=409)
    await ada.patch(path, {"role": "admin"}, expect=409)
    await join(team, ada, eve, "owner")
    await ada.post(f"{ORGS}/{team}/leave", expect=204)
    assert await roles(eve, team) == {eve.account_id: "owner"}


@pytest.mark.proves("org.removal")
async def test_with_a_membership_its_keys_end_and_its_agents_ask_somebody_else(
    client: Client, ada: Person, eve: Person
) -> None:
    team = await a_team(ada)
    await join(team, ada, eve, "admin")
    hers = await eve.a_key("her-bot")
    await enter(ada, team)
    mine = await ada.post(KEYS, {"agent_id": hers["agent_id"]})
    asked = await ask(client, mine, wait=0)
    assert (await ada.get("/api/v1/mobile/inbox"))["requests"] == []
    (card,) = (await eve.get("/api/v1/mobile/inbox"))["requests"]
    await ada.delete(f"{ORGS}/{team}/members/{eve.account_id}")
    # Her session goes on at home, and sees nothing of the team any more.
    assert (await eve.get("/api/v1/auth/me"))["org"]["id"] == eve.org_id
    assert (await eve.get(AGENTS), await eve.get(KEYS)) == ([], [])
    assert (await eve.get("/api/v1/mobile/inbox"))["requests"] == []
    answer = {"answer_id": card["id"], "answer": "Yes"}
    refused = await eve.post(f"/api/v1/mobile/requests/{card['id']}/answer", answer, expect=409)
    assert refused["state"] == "cancelled"
    assert await status(eve, "GET", f"{ORGS}/{team}/members") == 404
    # The key she made has ended, the one made by Ada works on, and its agent asks Ada.
    async with client.get(AGENTS, headers=bearer(hers["api_key"])) as response:
        assert response.status == 401
    assert (await shown(client, mine, asked["request_id"]))["status"] == "cancelled"
    await ask(client, mine, wait=0)
    assert len((await ada.get("/api/v1/mobile/inbox"))["requests"]) == 1
    (agent,) = await ada.get(AGENTS)
    assert agent["account_id"] == ada.account_id


@pytest.mark.proves("org.removal")
async def test_with_an_organization_everything_in_it_ends(client: Client, ada: Person, eve: Person) -> None:
    team = await a_team(ada)
    await join(team, ada, eve, "admin")
    key = await eve.a_key("team-bot")
    token = await eve.post(KEYS, {"kind": "org"})
    await ask(client, key, wait=0)
    invite = await eve.post(f"{ORGS}/{team}/invites")
    await ada.delete(f"{ORGS}/{team}")
    for secret in (key["api_key"], token["api_key"]):
        async with client.get(WHO, headers=bearer(secret)) as response:
            assert response.status == 401
    for person in (ada, eve):
        assert [org["id"] for org in await person.get(ORGS)] == [person.org_id]
        assert (await person.get("/api/v1/auth/me"))["org"]["id"] == person.org_id
        assert (await person.get("/api/v1/mobile/inbox"))["requests"] == []
    async with client.get(f"/api/v1/invites/{invite['code']}") as response:
        assert response.status == 404
    rows = await client.app[DATABASE].fetch("SELECT state FROM request")
    assert [row["state"] for row in rows] == ["cancelled"]


async def ask(client: Client, key: JSON, **more: Any) -> JSON:
    body = {"prompt": "Deploy?", "choices": ["Yes", "No"], **more}
    async with client.post("/api/v1/hitl/request", json=body, headers=bearer(key["api_key"])) as response:
        assert response.status in {200, 202}, await response.text()
        found: JSON = await response.json()
        return found


async def shown(client: Client, key: JSON, request: str) -> JSON:
    async with client.get(f"/api/v1/requests/{request}", headers=bearer(key["api_key"])) as response:
        found: JSON = await response.json()
        return found
