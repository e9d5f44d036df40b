"""Invitations: looked at by anybody who has the code, accepted once."""

import asyncio
import datetime as dt

import pytest

from auth.entities import INVITE_LIFE
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.app.test_orgs import ORGS, a_team, roles
from tests.fakes.clock import FakeClock
from tests.people import JSON, Client, MakeClient, Person, a_relay, an_owner, another

INVITES = "/api/v1/invites"


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def ada(client: Client) -> Person:
    return await an_owner(client)


@pytest.fixture
async def eve(client: Client, ada: Person) -> Person:
    return await another(client)


@pytest.fixture
async def team(ada: Person) -> str:
    return await a_team(ada)


async def look(client: Client, code: str) -> tuple[int, JSON]:
    async with client.get(f"{INVITES}/{code}") as response:
        return response.status, await response.json()


@pytest.mark.proves("org.invites")
async def test_looking_changes_nothing_and_accepting_spends_it(
    client: Client, ada: Person, eve: Person, team: str
) -> None:
    invite = await ada.post(f"{ORGS}/{team}/invites", {"role": "admin"})
    assert invite["link"] == f"http://localhost:8000/invite/{invite['code']}"
    for spelling in (invite["code"], invite["code"].lower(), invite["code"].replace("-", "")):
        status, shown = await look(client, spelling)
        assert status == 200
        assert (shown["organization"], shown["role"], shown["invited_by"], shown["bound"]) == (
            "Team",
            "admin",
            "Ada",
            False,
        )
    assert len(await ada.get(f"{ORGS}/{team}/invites")) == 1
    joined = await eve.post(f"{INVITES}/{invite['code']}/accept", expect=200)
    assert joined == {"org_id": team, "organization": "Team", "role": "admin"}
    assert (await eve.get("/api/v1/auth/me"))["org"]["id"] == team
    assert await ada.get(f"{ORGS}/{team}/invites") == []
    assert (await look(client, invite["code"]))[0] == 404
    await eve.post(f"{INVITES}/{invite['code']}/accept", expect=404)


@pytest.mark.proves("org.invites")
async def test_of_two_who_accept_at_once_one_joins(client: Client, ada: Person, team: str) -> None:
    guests = [await another(client, f"guest{n}@example.org") for n in range(4)]
    invite = await ada.post(f"{ORGS}/{team}/invites")

    async def accept(guest: Person) -> int:
        async with client.post(f"{INVITES}/{invite['code']}/accept", headers=guest.bearer) as response:
            return response.status

    assert sorted(await asyncio.gather(*map(accept, guests))) == [200, 404, 404, 404]
    assert len(await roles(ada, team)) == 2


@pytest.mark.proves("org.invites")
async def test_an_invitation_ends_after_seven_days(
    client: Client, ada: Person, eve: Person, team: str, clock: FakeClock
) -> None:
    invite = await ada.post(f"{ORGS}/{team}/invites")
    clock.forward(INVITE_LIFE - dt.timedelta(seconds=1))
    assert (await look(client, invite["code"]))[0] == 200
    clock.forward(dt.timedelta(seconds=1))
    await eve.post(f"{INVITES}/{invite['code']}/accept", expect=404)
    assert await ada.get(f"{ORGS}/{team}/invites") == []


@pytest.mark.proves("org.invites")
async def test_a_revoked_invitation_lets_nobody_in(client: Client, ada: Person, eve: Person, team: str) -> None:
    invite = await ada.post(f"{ORGS}/{team}/invites")
    await ada.delete(f"{ORGS}/{team}/invites/{invite['id']}")
    await eve.post(f"{INVITES}/{invite['code']}/accept", expect=404)
    await ada.delete(f"{ORGS}/{team}/invites/{invite['id']}", expect=404)


@pytest.mark.proves("org.invites")
async def test_an_invitation_for_an_address_is_for_that_account_only(
    client: Client, ada: Person, eve: Person, team: str
) -> None:
    bob = await another(client, "bob@example.org")
    invite = await ada.post(f"{ORGS}/{team}/invites", {"email": "EVE@example.org"})
    assert (await look(client, invite["code"]))[1]["bound"] is True
    await bob.post(f"{INVITES}/{invite['code']}/accept", expect=403)
    await eve.post(f"{INVITES}/{invite['code']}/accept", expect=200)


@pytest.mark.proves("org.invites")
async def test_a_member_does_not_use_up_an_invitation(client: Client, ada: Person, eve: Person, team: str) -> None:
    invite = await ada.post(f"{ORGS}/{team}/invites")
    await ada.post(f"{INVITES}/{invite['code']}/accept", expect=409)
    await eve.post(f"{INVITES}/{invite['code']}/accept", expect=200)


async def test_only_a_digest_of_the_code_is_kept(client: Client, ada: Person, team: str) -> None:
    invite = await ada.post(f"{ORGS}/{team}/invites")
    (row,) = await client.app[DATABASE].fetch("SELECT i::text AS kept FROM invite i")
    assert invite["code"] not in row["kept"]
    assert invite["code"].replace("-", "") not in row["kept"]


async def test_a_hundred_open_invitations_are_enough(ada: Person, team: str) -> None:
    for _ in range(100):
        await ada.post(f"{ORGS}/{team}/invites")
    await ada.post(f"{ORGS}/{team}/invites", expect=409)


async def test_an_expired_invitation_is_forgotten_a_month_later(
    client: Client, ada: Person, team: str, clock: FakeClock
) -> None:
    from auth.keys import INVITES as SERVICE

    await ada.post(f"{ORGS}/{team}/invites")
    clock.forward(INVITE_LIFE + dt.timedelta(days=30))
    await client.app[SERVICE].forget_expired()
    assert await client.app[DATABASE].value("SELECT count(*) FROM invite") == 1
    clock.forward(dt.timedelta(seconds=1))
    await client.app[SERVICE].forget_expired()
    assert await client.app[DATABASE].value("SELECT count(*) FROM invite") == 0
