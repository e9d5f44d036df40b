"""Refresh tokens: rotated, answered again when an answer was lost, and a trap for thieves."""

import asyncio
import datetime as dt

import pytest

from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.oauth import a_program, claims_of
from tests.people import Client, MakeClient, Person, a_relay, an_owner, bearer

SECOND = dt.timedelta(seconds=1)


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


async def reason(client: Client) -> str | None:
    found: str | None = await client.app[DATABASE].value("SELECT revoke_reason FROM oauth_grant")
    return found


@pytest.mark.proves("auth.R27")
async def test_a_lost_answer_is_given_again_byte_by_byte(client: Client, owner: Person, clock: FakeClock) -> None:
    program = await a_program(client)
    first = (await program.connect(owner))["refresh_token"]
    answer = await program.refresh(first)
    assert answer.body["refresh_token"] != first
    clock.forward(29 * SECOND)
    assert (await program.refresh(first)).text == answer.text
    assert (await program.refresh(answer.body["refresh_token"])).status == 200


@pytest.mark.proves("auth.R27")
async def test_a_token_used_again_after_its_successor_ends_the_family(client: Client, owner: Person) -> None:
    program = await a_program(client)
    first = (await program.connect(owner))["refresh_token"]
    second = (await program.refresh(first)).body["refresh_token"]
    third = (await program.refresh(second)).body
    assert (await program.refresh(first)).error == "invalid_grant"
    assert await reason(client) == "refresh_token_reused"
    assert (await program.refresh(third["refresh_token"])).error == "invalid_grant"
    async with client.get("/api/v1/agents", headers=bearer(third["access_token"])) as response:
        assert response.status == 401


@pytest.mark.proves("auth.R27")
async def test_a_token_used_again_too_late_ends_the_family(client: Client, owner: Person, clock: FakeClock) -> None:
    program = await a_program(client)
    first = (await program.connect(owner))["refresh_token"]
    second = (await program.refresh(first)).body["refresh_token"]
    clock.forward(30 * SECOND)
    assert (await program.refresh(first)).error == "invalid_grant"
    assert await reason(client) == "refresh_token_reused"
    assert (await program.refresh(second)).error == "invalid_grant"


@pytest.mark.proves("auth.R27")
async def test_nothing_in_the_database_makes_a_token(client: Client, owner: Person) -> None:
    program = await a_program(client)
    first = (await program.connect(owner))["refresh_token"]
    answer = (await program.refresh(first)).body
    rows = await client.app[DATABASE].fetch("SELECT t::text AS text FROM oauth_refresh_token t")
    kept = " ".join(row["text"] for row in rows)
    for token in (first, answer["refresh_token"], answer["access_token"]):
        assert token not in kept
        assert token.encode().hex() not in kept


@pytest.mark.proves("auth.R28")
async def test_six_refreshes_at_once_give_one_new_token(client: Client, owner: Person) -> None:
    program = await a_program(client)
    first = (await program.connect(owner))["refresh_token"]
    replies = await asyncio.gather(*(program.refresh(first) for _ in range(6)))
    assert [reply.status for reply in replies] == [200] * 6
    assert len({reply.text for reply in replies}) == 1
    count = await client.app[DATABASE].value("SELECT count(*) FROM oauth_refresh_token WHERE used_at IS NULL")
    assert count == 1


@pytest.mark.proves("auth.R28")
async def test_old_and_new_token_at_once_leave_one_line_of_tokens_or_none(client: Client, owner: Person) -> None:
    """The second of two processes may be answered again, or be too late: never is there a second line."""
    program = await a_program(client)
    first = (await program.connect(owner))["refresh_token"]
    second = (await program.refresh(first)).body["refresh_token"]
    old, new = await asyncio.gather(program.refresh(first), program.refresh(second))
    rows = await client.app[DATABASE].fetch("SELECT used_at FROM oauth_refresh_token")
    assert sum(row["used_at"] is None for row in rows) == 1
    if old.status == 200:
        assert old.body["refresh_token"] == second
    else:
        assert await reason(client) == "refresh_token_reused"
    assert new.status in {200, 400}


@pytest.mark.proves("auth.R29")
async def test_a_refresh_narrows_the_scope_and_never_widens_it(client: Client, owner: Person) -> None:
    program = await a_program(client)
    tokens = await program.connect(owner, asked={"scope": "requests:read agents:read"})
    for wider in ("requests:read requests:write", "requests:write", "keys:write", "openid"):
        assert (await program.refresh(tokens["refresh_token"], scope=wider)).error == "invalid_scope"
    narrowed = (await program.refresh(tokens["refresh_token"], scope="agents:read")).body
    assert (narrowed["scope"], claims_of(narrowed["access_token"])["scope"]) == ("agents:read", "agents:read")
    assert (await program.refresh(narrowed["refresh_token"])).body["scope"] == "requests:read agents:read"


@pytest.mark.proves("auth.R30")
async def test_a_family_ends_ninety_days_after_the_consent(client: Client, owner: Person, clock: FakeClock) -> None:
    program = await a_program(client)
    tokens = await program.connect(owner)
    for _ in range(89):
        clock.forward(dt.timedelta(days=1))
        tokens = (await program.refresh(tokens["refresh_token"])).body
    clock.forward(dt.timedelta(days=1) - dt.timedelta(minutes=5))
    tokens = (await program.refresh(tokens["refresh_token"])).body
    assert tokens["expires_in"] == 300
    clock.forward(dt.timedelta(minutes=5))
    assert (await program.refresh(tokens["refresh_token"])).error == "invalid_grant"
    async with client.get("/api/v1/agents", headers=bearer(tokens["access_token"])) as response:
        assert response.status == 401


@pytest.mark.proves("auth.R30")
async def test_a_human_may_allow_less_than_ninety_days(client: Client, owner: Person, clock: FakeClock) -> None:
    program = await a_program(client)
    tokens = await program.connect(owner, days="1")
    clock.forward(dt.timedelta(days=1))
    assert (await program.refresh(tokens["refresh_token"])).error == "invalid_grant"


async def test_a_program_nobody_started_for_a_month_asks_again(client: Client, owner: Person, clock: FakeClock) -> None:
    program = await a_program(client)
    tokens = await program.connect(owner)
    clock.forward(dt.timedelta(days=30))
    assert (await program.refresh(tokens["refresh_token"])).error == "invalid_grant"


async def test_a_token_is_short_where_the_program_renews_it_and_long_where_not(
    client: Client, owner: Person, clock: FakeClock
) -> None:
    renewing = await a_program(client, grant_types=["authorization_code", "refresh_token"])
    published = await a_program(client, grant_types=["authorization_code"])
    assert (await renewing.connect(owner))["expires_in"] == 15 * 60
    tokens = await published.connect(owner)
    assert tokens["expires_in"] == 12 * 3600
    clock.forward(dt.timedelta(hours=12) - SECOND)
    async with client.get("/api/v1/agents", headers=bearer(tokens["access_token"])) as response:
        assert response.status == 200
    clock.forward(SECOND)
    async with client.get("/api/v1/agents", headers=bearer(tokens["access_token"])) as response:
        assert response.status == 401


async def test_another_client_s_token_is_no_token_and_changes_nothing(client: Client, owner: Person) -> None:
    one, other = await a_program(client), await a_program(client)
    token = (await one.connect(owner))["refresh_token"]
    await one.refresh(token)
    assert (await other.refresh(token)).error == "invalid_grant"
    assert await reason(client) is None


@pytest.mark.proves("auth.R16")
@pytest.mark.proves("auth.R17")
async def test_a_program_gives_its_tokens_back(client: Client, owner: Person) -> None:
    program = await a_program(client, token_endpoint_auth_method="client_secret_post")
    other = await a_program(client)
    for kind in ("refresh_token", "access_token"):
        tokens = await program.connect(owner)
        assert (await other.post("revoke", token=tokens[kind])).status == 200
        assert (await program.post("revoke", token=tokens[kind], client_secret=None)).error == "invalid_client"
        assert (await program.post("revoke", token=tokens[kind], client_secret="wrong")).status == 401
        assert (await program.post("revoke", token="unknown")).status == 200
        async with client.get("/api/v1/agents", headers=bearer(tokens["access_token"])) as response:
            assert response.status == 200
        assert (await program.post("revoke", token=tokens[kind], token_type_hint="nonsense")).status == 200
        async with client.get("/api/v1/agents", headers=bearer(tokens["access_token"])) as response:
            assert response.status == 401
        assert (await program.refresh(tokens["refresh_token"])).error == "invalid_grant"
        assert (await program.post("revoke", token=tokens[kind])).status == 200
