"""An OAuth client is limited across everybody who connected it, and nobody else's calls are."""

import datetime as dt

import pytest

from relay.kernel.settings import Secret
from tests.fakes.clock import FakeClock
from tests.oauth import Program, a_program, allow
from tests.people import Client, MakeClient, Person, a_relay, an_owner, another, bearer

MINUTE = dt.timedelta(minutes=1)


@pytest.fixture
def make(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> MakeClient:
    async def made(*limits: tuple[str, int]) -> Client:
        return await a_relay(aiohttp_client, database_url, clock, limits=limits)

    return made


async def token_of(program: Program, person: Person) -> dict[str, str]:
    return bearer((await program.connect(person))["access_token"])


async def status_of(client: Client, headers: dict[str, str]) -> int:
    async with client.get("/api/v1/requests", headers=headers) as response:
        return response.status


@pytest.mark.proves("guard.clients")
@pytest.mark.proves("auth.R75")
async def test_a_program_s_calls_are_counted_together_whoever_connected_it(make: MakeClient, clock: FakeClock) -> None:
    client = await make(("client", 2))
    ada = await an_owner(client)
    eve = await another(client)
    program, other = await a_program(client), await a_program(client)
    adas, eves = await token_of(program, ada), await token_of(program, eve)
    assert [await status_of(client, headers) for headers in (adas, eves, adas, eves)] == [200, 200, 429, 429]
    async with client.get("/api/v1/requests", headers=eves) as response:
        assert response.headers["RateLimit-Policy"] == '"client";q=2;w=60'
    # Another program of the same human, her key and her session go on.
    key = (await ada.a_key())["api_key"]
    for headers in (await token_of(other, ada), bearer(key), ada.bearer):
        assert await status_of(client, headers) == 200
    clock.forward(MINUTE / 2)
    assert await status_of(client, eves) == 200


@pytest.mark.proves("guard.clients")
async def test_tokens_issued_to_a_program_are_limited_and_nothing_is_lost(make: MakeClient, clock: FakeClock) -> None:
    client = await make(("tokens", 2))
    ada = await an_owner(client)
    program, other = await a_program(client), await a_program(client)
    tokens = await program.connect(ada)
    code = (await allow(ada, program.request()))["code"]
    renewed = await program.refresh(tokens["refresh_token"])
    for refused in (await program.exchange(code), await program.refresh(renewed.body["refresh_token"])):
        assert (refused.status, refused.error) == (429, "temporarily_unavailable")
        assert refused.headers["Retry-After"] == "31"
        assert refused.headers["RateLimit-Policy"] == '"tokens";q=2;w=60'
    await other.connect(ada)
    clock.forward(MINUTE / 2)
    assert (await program.exchange(code)).status == 200
    clock.forward(MINUTE / 2)
    assert (await program.refresh(renewed.body["refresh_token"])).status == 200


@pytest.mark.proves("guard.clients")
async def test_who_only_names_a_program_uses_nothing_of_its_limit_up(make: MakeClient) -> None:
    client = await make(("tokens", 1))
    ada = await an_owner(client)
    program = await a_program(client)
    for _ in range(5):
        assert (await program.exchange("guess")).error == "invalid_grant"
        assert (await program.refresh("guess")).error == "invalid_grant"
    assert (await program.connect(ada))["access_token"]
