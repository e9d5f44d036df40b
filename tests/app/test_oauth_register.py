"""Programs make themselves known: RFC 7591. Everybody may, so everything is bounded."""

import datetime as dt

import pytest

from auth.keys import OAUTH_CLIENTS
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.oauth import REDIRECT, a_program, allow, decide, register
from tests.people import Client, MakeClient, Person, a_relay, an_owner


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


@pytest.mark.proves("auth.R12")
async def test_the_published_client_s_registration_is_answered_as_it_reads_it(client: Client) -> None:
    status, found = await register(
        client,
        client_name="HITL CLI - Box",
        grant_types=["authorization_code"],
        response_types=["code"],
        token_endpoint_auth_method="client_secret_post",
        scope="openid profile email",
    )
    assert status == 201
    assert found["client_secret"].startswith("hcs_")
    assert found["client_secret_expires_at"] == 0
    assert (found["client_name"], found["redirect_uris"]) == ("HITL CLI - Box", [REDIRECT])
    assert found["grant_types"] == ["authorization_code", "refresh_token"]


@pytest.mark.proves("auth.R12")
async def test_a_public_client_has_no_secret_at_all(client: Client) -> None:
    status, found = await register(client, token_endpoint_auth_method="none")
    assert status == 201
    assert not {"client_secret", "client_secret_expires_at"} & found.keys()


async def test_who_says_nothing_of_it_proves_itself_by_basic(client: Client) -> None:
    _, found = await register(client, token_endpoint_auth_method=None)
    assert found["token_endpoint_auth_method"] == "client_secret_basic"


@pytest.mark.proves("auth.R77")
async def test_of_a_client_s_secret_only_the_digest_is_kept(client: Client) -> None:
    _, found = await register(client, token_endpoint_auth_method="client_secret_post")
    row = await client.app[DATABASE].value("SELECT oauth_client::text FROM oauth_client")
    assert found["client_secret"] not in row
    assert found["client_secret"].encode().hex() not in row


@pytest.mark.proves("auth.R11")
@pytest.mark.parametrize(
    ("over", "error", "field"),
    [
        ({"redirect_uris": ["javascript:alert(1)"]}, "invalid_redirect_uri", "redirect_uris"),
        ({"redirect_uris": [REDIRECT, "http://evil.example/cb"]}, "invalid_redirect_uri", "redirect_uris.1"),
        ({"redirect_uris": [f"{REDIRECT}/{n}" for n in range(11)]}, "invalid_redirect_uri", "redirect_uris"),
        ({"redirect_uris": [7]}, "invalid_redirect_uri", "redirect_uris"),
        ({"redirect_uris": REDIRECT}, "invalid_redirect_uri", "redirect_uris"),
        ({"redirect_uris": []}, "invalid_client_metadata", "redirect_uris"),
        ({"redirect_uris": None}, "invalid_client_metadata", "redirect_uris"),
        ({"grant_types": ["password"]}, "invalid_client_metadata", "grant_types"),
        ({"grant_types": ["implicit", "authorization_code"]}, "invalid_client_metadata", "grant_types"),
        ({"response_types": ["token"]}, "invalid_client_metadata", "response_types"),
        ({"token_endpoint_auth_method": "private_key_jwt"}, "invalid_client_metadata", "token_endpoint_auth_method"),
        ({"scope": "admin"}, "invalid_client_metadata", "scope"),
        ({"scope": "requests:read keys:write"}, "invalid_client_metadata", "scope"),
        ({"client_name": "x" * 201}, "invalid_client_metadata", "client_name"),
    ],
)
async def test_what_a_program_may_not_be_is_refused_by_name(
    client: Client, over: dict[str, object], error: str, field: str
) -> None:
    status, found = await register(client, **over)
    assert (status, found["error"]) == (400, error)
    assert field in found["error_description"]
    assert await client.app[DATABASE].value("SELECT count(*) FROM oauth_client") == 0


async def test_what_means_nothing_here_is_ignored(client: Client) -> None:
    status, found = await register(
        client, logo_uri="https://evil.example/x.png", jwks={"keys": []}, software_id="x", contacts=["a@b.c"]
    )
    assert status == 201
    assert not {"logo_uri", "jwks"} & found.keys()


async def test_a_name_is_made_plain(client: Client) -> None:
    _, found = await register(client, client_name="Good\x00\u202e\n  Client\u200b")
    assert found["client_name"] == "Good Client"
    _, found = await register(client, client_name="\u200b")
    assert found["client_name"] == "A program without a name"


@pytest.mark.proves("auth.R8")
@pytest.mark.proves("auth.R10")
@pytest.mark.parametrize(
    "uri",
    ["https://evil.example/cb", "http://127.0.0.1:1@evil/cb", "http://127.0.0.1.evil/callback", REDIRECT + "/"],
)
async def test_an_address_that_is_not_registered_is_never_gone_to(client: Client, owner: Person, uri: str) -> None:
    program = await a_program(client)
    for over in ({}, {"response_type": "token"}, {"code_challenge": None}, {"scope": "nonsense"}):
        assert await decide(owner, program.request(redirect_uri=uri, **over)) == (400, "")


@pytest.mark.proves("auth.R8")
async def test_an_unknown_client_gets_a_page_and_no_redirect(client: Client, owner: Person) -> None:
    program = await a_program(client)
    for unknown in ("nobody", "https://evil.example/client", None):
        assert await decide(owner, program.request(client_id=unknown)) == (400, "")


@pytest.mark.proves("auth.R9")
async def test_a_program_on_a_desktop_takes_the_port_that_is_free(client: Client, owner: Person) -> None:
    program = await a_program(client, redirect_uris=["http://127.0.0.1/cb"])
    uri = "http://127.0.0.1:51999/cb"
    code = (await allow(owner, program.request(redirect_uri=uri)))["code"]
    assert (await program.exchange(code, redirect_uri=uri)).status == 200


async def test_a_program_with_one_address_need_not_repeat_it(client: Client, owner: Person) -> None:
    program = await a_program(client)
    code = (await allow(owner, program.request(redirect_uri=None)))["code"]
    assert (await program.exchange(code)).status == 200


@pytest.mark.proves("auth.R38")
async def test_registrations_that_lead_to_nothing_vanish(client: Client, owner: Person, clock: FakeClock) -> None:
    unused, asked, connected = [await a_program(client) for _ in range(3)]
    await decide(owner, asked.request(), "deny")
    await connected.connect(owner)
    clients = client.app[OAUTH_CLIENTS]

    async def left() -> set[str]:
        await clients.forget_unused()
        return {row["id"] for row in await client.app[DATABASE].fetch("SELECT id FROM oauth_client")}

    assert await left() == {unused.id, asked.id, connected.id}
    clock.forward(dt.timedelta(hours=24, seconds=1))
    assert await left() == {asked.id, connected.id}
    clock.forward(dt.timedelta(days=6))
    assert await left() == {connected.id}


@pytest.mark.proves("auth.R38")
async def test_the_twenty_first_registration_in_an_hour_waits(client: Client, clock: FakeClock) -> None:
    for _ in range(20):
        assert (await register(client))[0] == 201
    status, found = await register(client)
    assert (status, found["error"]) == (429, "temporarily_unavailable")
    clock.forward(dt.timedelta(hours=1))
    assert (await register(client))[0] == 201
