"""Agents of an organization: renamed, paused, archived, reassigned, deleted."""

import pytest

from auth.keys import AUTH_CACHE
from auth.services.auth_cache import Revocation
from relay.kernel.settings import Secret
from tests.app.test_orgs import AGENTS, KEYS, a_team, ask, enter, join, shown, status
from tests.fakes.clock import FakeClock
from tests.people import JSON, Client, MakeClient, Person, a_relay, an_owner, another, bearer


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def ada(client: Client) -> Person:
    return await an_owner(client)


@pytest.fixture
async def key(ada: Person) -> JSON:
    return await ada.a_key("deploy-bot")


async def called(client: Client, key: JSON) -> tuple[int, str]:
    async with client.get(AGENTS, headers=bearer(key["api_key"])) as response:
        reply = await response.json()
        return response.status, reply["detail"] if isinstance(reply, dict) else reply[0]["name"]


@pytest.mark.proves("org.agents")
async def test_a_new_name_is_the_one_that_humans_see_at_once(client: Client, ada: Person, key: JSON) -> None:
    assert await called(client, key) == (200, "deploy-bot")
    changed = await ada.patch(f"{AGENTS}/{key['agent_id']}", {"name": " release-bot "})
    assert (changed["name"], changed["status"]) == ("release-bot", "active")
    await ask(client, key, wait=0)
    (card,) = (await ada.get("/api/v1/mobile/inbox"))["requests"]
    assert card["agent"] == {"id": key["agent_id"], "name": "release-bot"}
    await ada.a_key("other")
    refused = await ada.patch(f"{AGENTS}/{key['agent_id']}", {"name": "OTHER"}, expect=409)
    assert refused["code"] == "already_exists"


@pytest.mark.proves("org.agents")
@pytest.mark.parametrize("rest", ["paused", "archived"])
async def test_a_paused_agent_is_told_so_until_it_is_resumed(client: Client, ada: Person, key: JSON, rest: str) -> None:
    told: list[Revocation] = []
    client.app[AUTH_CACHE].on_revoked(told.append)
    await ada.patch(f"{AGENTS}/{key['agent_id']}", {"status": rest})
    assert await called(client, key) == (403, f"the agent of this credential is {rest}; its organization can resume it")
    assert [str(gone.agent_id) for gone in told] == [key["agent_id"]]
    assert len(await ada.get(AGENTS)) == (rest == "paused")
    (listed,) = await ada.get(f"{AGENTS}?archived=true")
    assert listed["status"] == rest
    await ada.patch(f"{AGENTS}/{key['agent_id']}", {"status": "active"})
    assert await called(client, key) == (200, "deploy-bot")


async def test_an_archived_agent_gets_no_new_key(ada: Person, key: JSON) -> None:
    await ada.patch(f"{AGENTS}/{key['agent_id']}", {"status": "archived"})
    await ada.post(KEYS, {"agent_id": key["agent_id"]}, expect=409)
    await ada.post(KEYS, {"agent_name": "deploy-bot"}, expect=409)


@pytest.mark.proves("org.agents")
async def test_an_agent_asks_the_member_it_is_assigned_to(client: Client, ada: Person) -> None:
    eve = await another(client)
    team = await a_team(ada)
    await enter(ada, team)
    key = await ada.a_key("team-bot")
    refused = await ada.patch(f"{AGENTS}/{key['agent_id']}", {"account_id": eve.account_id}, expect=400)
    assert refused["pointer"] == "/account_id"
    await ada.post(AGENTS, {"name": "hers", "account_id": eve.account_id}, expect=400)
    await join(team, ada, eve)
    await ask(client, key, wait=0)
    changed = await ada.patch(f"{AGENTS}/{key['agent_id']}", {"account_id": eve.account_id})
    assert changed["account_id"] == eve.account_id
    # What Ada was asked stays hers; from now on it is Eve who is asked. Operators see whom each agent asks.
    await ask(client, key, wait=0, prompt="And now?")
    for person, prompt in ((ada, "Deploy?"), (eve, "And now?")):
        (card,) = (await person.get("/api/v1/mobile/inbox"))["requests"]
        assert card["prompt"] == prompt
        assert [agent["account_id"] for agent in await person.get(AGENTS)] == [eve.account_id]
    made = await ada.post(AGENTS, {"name": "hers", "account_id": eve.account_id})
    assert made["account_id"] == eve.account_id


@pytest.mark.proves("org.agents")
async def test_with_an_agent_its_keys_and_open_questions_end(client: Client, ada: Person, key: JSON) -> None:
    second = await ada.post(KEYS, {"agent_id": key["agent_id"]})
    asked = await ask(client, key, wait=0)
    assert (await shown(client, key, asked["request_id"]))["status"] == "pending"
    await ada.delete(f"{AGENTS}/{key['agent_id']}")
    for gone in (key, second):
        assert (await called(client, gone))[0] == 401
    assert (await ada.get("/api/v1/mobile/inbox"))["requests"] == []
    assert all(listed["revoked_at"] for listed in await ada.get(KEYS))
    (history,) = (await ada.get("/api/v1/mobile/history"))["requests"]
    assert (history["id"], history["status"]) == (asked["request_id"], "cancelled")
    await ada.delete(f"{AGENTS}/{key['agent_id']}", expect=404)
    # Its name is free again, for another agent.
    assert (await ada.a_key("deploy-bot"))["agent_id"] != key["agent_id"]


@pytest.mark.proves("org.agents")
async def test_an_operator_sees_agents_and_changes_none(client: Client, ada: Person) -> None:
    eve = await another(client)
    team = await a_team(ada)
    await enter(ada, team)
    key = await ada.a_key("team-bot")
    await join(team, ada, eve)
    assert [agent["name"] for agent in await eve.get(AGENTS)] == ["team-bot"]
    path = f"{AGENTS}/{key['agent_id']}"
    assert await status(eve, "PATCH", path, {"status": "paused"}) == 403
    assert await status(eve, "DELETE", path) == 403
