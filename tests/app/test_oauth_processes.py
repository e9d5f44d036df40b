"""A grant that ends, ends in every process of the relay."""

import pytest
from aiohttp import DummyCookieJar

from hitl_relay.app import create_app
from hitl_relay.settings import Settings
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.oauth import a_program, claims_of
from tests.people import Client, MakeClient, Person, a_relay, an_owner, bearer
from tests.waiting import until


@pytest.fixture
async def here(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def there(here: Client, database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    """Another process, with its loops: one of them listens for what ends elsewhere."""
    app = create_app(Settings(), database_url, clock=clock, loops=True)
    return await aiohttp_client(app, cookie_jar=DummyCookieJar())


@pytest.fixture
async def owner(here: Client) -> Person:
    return await an_owner(here)


async def status_of(client: Client, token: str) -> int:
    async with client.get("/api/v1/agents", headers=bearer(token)) as response:
        return response.status


@pytest.mark.proves("auth.R37")
@pytest.mark.proves("auth.R47")
@pytest.mark.parametrize("how", ["disconnected", "given back", "copied", "deleted", "no member any more"])
async def test_a_token_of_an_ended_grant_is_refused_everywhere_within_a_second(
    here: Client, there: Client, owner: Person, how: str
) -> None:
    program = await a_program(here)
    tokens = await program.connect(owner)
    token, grant = tokens["access_token"], claims_of(tokens["access_token"])["gid"]
    assert await status_of(there, token) == 200
    match how:
        case "disconnected":
            await owner.delete(f"/api/v1/oauth/grants/{grant}")
        case "given back":
            await program.post("revoke", token=tokens["refresh_token"])
        case "copied":
            renewed = (await program.refresh(tokens["refresh_token"])).body
            await program.refresh(renewed["refresh_token"])
            await program.refresh(tokens["refresh_token"])
        case "deleted":
            await here.app[DATABASE].execute("DELETE FROM oauth_grant")
        case _:
            await here.app[DATABASE].execute("DELETE FROM membership")

    async def is_refused() -> bool:
        return await status_of(there, token) == 401

    await until(is_refused, within_s=1)
