"""Whose end is whose: a key ends with its maker, not with the human its agent asks. Two processes, one database."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, TestServer

from auth.keys import LEASES
from hitl_relay.app import create_app
from hitl_relay.settings import Settings
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE, HUB
from tests.app.conftest import Client, MakeRelay, Party, Relay
from tests.fakes.clock import FakeClock
from tests.waiting import until


@dataclass
class Team:
    """Ada's organization, in which Eve is an admin, and whose agent asks Eve with a key that Ada made."""

    here: Relay
    there: Client
    org: str
    eve: Party
    eve_id: str
    agent: Party

    async def cards(self, who: Party) -> list[dict[str, Any]]:
        found = await (await who.get("/api/v1/mobile/inbox")).json()
        cards: list[dict[str, Any]] = found["requests"]
        return cards

    def release(self) -> None:
        """Tell who still waits to come back, as a relay does that stops."""
        for app in (self.here.app, self.there.app):
            assert app
            app[HUB].release_all()

    async def put(self, to_eve: int, to_ada: int) -> None:
        """Wait until so many cards are before each: a call waits before its question is saved."""

        async def are_there() -> bool:
            return [len(await self.cards(who)) for who in (self.eve, self.here.owner)] == [to_eve, to_ada]

        await until(are_there)

    async def leased(self, count: int) -> None:
        await until(lambda: len(self.there.app[LEASES]) == count)  # type: ignore[union-attr]


@pytest.fixture
async def team(make_relay: MakeRelay, database_url: Secret, clock: FakeClock) -> AsyncIterator[Team]:
    here = await make_relay(loops=True)
    there: Client = TestClient(TestServer(create_app(Settings(), database_url, clock=clock, loops=True)))
    await there.start_server()
    me = await (await here.owner.get("/api/v1/auth/me")).json()
    org = me["org"]["id"]
    eve, _ = await here.another_owner()
    eve_id = (await (await eve.get("/api/v1/auth/me")).json())["account"]["id"]
    invite = await (await here.owner.post(f"/api/v1/orgs/{org}/invites", {"role": "admin"})).json()
    assert (await eve.post(f"/api/v1/invites/{invite['code']}/accept")).status == 200
    assert (await eve.post(f"/api/v1/orgs/{org}/activate")).status == 204
    made = await (await here.owner.post("/api/v1/api-keys", {"agent_name": "asks-eve", "description": ""})).json()
    agent_id = made["agent_id"]
    assert (await here.owner.patch(f"/api/v1/agents/{agent_id}", {"account_id": eve_id})).status == 200
    yield Team(here, there, org, eve, eve_id, Party(there, made["api_key"], agent_id))
    await there.close()


@pytest.mark.proves("org.removal")
async def test_what_an_agent_asks_others_goes_on_when_whom_it_usually_asks_has_gone(team: Team) -> None:
    agent, leases = Party(team.here.client, team.agent.token), team.here.app[LEASES]
    to_eve = agent.ask("For Eve?")
    to_ada = agent.ask("For Ada?", audience=team.here.account_id)
    elsewhere = team.agent.ask("For Ada too?", audience=team.here.account_id)
    await team.put(1, 2)
    assert not await _has_heard(team)
    assert (await team.here.owner.delete(f"/api/v1/orgs/{team.org}/members/{team.eve_id}")).status == 204
    async with asyncio.timeout(5):
        withdrawn = await to_eve
    assert (withdrawn.status, (await withdrawn.json())["status"]) == (200, "cancelled")
    await until(lambda: _has_heard(team))
    cards = {card["prompt"]: card for card in await team.cards(team.here.owner)}
    assert cards.keys() == {"For Ada?", "For Ada too?"}
    card = cards["For Ada?"]
    # Its key is Ada's: it works, in every process, and the call that waits for Ada gets her answer.
    assert (len(leases), elsewhere.done()) == (1, False)
    assert (await team.agent.get("/api/v1/requests")).status == 200
    answered = await team.here.owner.post(f"/api/v1/requests/{card['id']}/respond", {"answer": "Yes"})
    assert answered.status == 200
    async with asyncio.timeout(5):
        assert (await (await to_ada).json())["response"] == "Yes"
    await team.leased(1)
    team.release()
    assert (await elsewhere).status in {200, 202}  # 200 when the reply had begun


async def _has_heard(team: Team) -> bool:
    """Return whether the other process has: there too Eve's session is in her own organization."""
    me = await (await Party(team.there, team.eve.token).get("/api/v1/auth/me")).json()
    return "org" in me and me["org"]["id"] != team.org


@pytest.mark.proves("auth.R37.stop")
@pytest.mark.proves("auth.R47.open")
@pytest.mark.parametrize("ended", ["disabled_at", "delete_at"])
async def test_a_key_ends_with_its_maker_though_its_agent_asks_somebody_else(team: Team, ended: str) -> None:
    call = team.agent.ask("For Eve?")
    await team.leased(1)
    # By SQL, as an administrator or another process does it: nothing but the triggers tells.
    sql = f"UPDATE account SET {ended} = now() + interval '7 days' WHERE id = $1"  # noqa: S608 - one of two columns
    await team.here.app[DATABASE].execute(sql, team.here.account_id)
    async with asyncio.timeout(1):
        assert (await call).status == 401

    async def is_refused() -> bool:
        return (await team.agent.get("/api/v1/requests")).status == 401

    await until(is_refused, within_s=1)


@pytest.mark.proves("auth.R47")
async def test_a_key_works_on_when_whom_its_agent_asks_is_disabled(team: Team) -> None:
    call = team.agent.ask("For Eve?")
    await team.leased(1)
    disabled = "UPDATE account SET disabled_at = now() WHERE id = $1"
    await team.here.app[DATABASE].execute(disabled, team.eve_id)

    async def eve_is_out() -> bool:
        return (await Party(team.there, team.eve.token).get("/api/v1/auth/me")).status == 401

    await until(eve_is_out, within_s=1)
    assert (await team.agent.get("/api/v1/requests")).status == 200
    await team.leased(1)
    team.release()
    assert (await call).status in {200, 202}  # 200 when the reply had begun
