"""What a token is for: the whole relay, or one of its doors (RFC 8707), and what opens to it."""

import pytest

from relay.kernel.settings import Secret
from tests.fakes.clock import FakeClock
from tests.oauth import a_program
from tests.people import Client, MakeClient, Person, a_relay, an_owner, bearer

ISSUER = "http://localhost:8000"
DOORS = ("/mcp", "/mcp-server/mcp", "/mcp-server/mcp/", "/mcp-server/mcp/deploy-bot", "/api/v1/agents")
ALL = set(DOORS)
UNDER = set(DOORS[1:4])
OPENS: dict[str | None, set[str]] = {
    None: ALL,
    ISSUER: ALL,
    f"{ISSUER}/": ALL,
    f"{ISSUER}/mcp": {"/mcp"},
    f"{ISSUER}/mcp/": {"/mcp"},
    f"{ISSUER}/mcp-server/mcp": UNDER,
    f"{ISSUER}/mcp-server/mcp/": UNDER,
}


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


@pytest.mark.proves("auth.R19")
@pytest.mark.parametrize("resource", OPENS, ids=str)
async def test_a_token_opens_its_resource_and_nothing_beside_it(
    client: Client, owner: Person, resource: str | None
) -> None:
    """A token for the relay as a whole opens all of it, as the published client's must: it names no resource."""
    tokens = await (await a_program(client)).connect(owner, asked={"resource": resource})
    initialize = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-06-18",
            "capabilities": {},
            "clientInfo": {"name": "probe", "version": "1"},
        },
    }
    accept = {"Accept": "application/json, text/event-stream"}
    opened, challenges = set(), []
    for path in DOORS:
        method, body = ("GET", None) if path.startswith("/api/") else ("POST", initialize)
        headers = bearer(tokens["access_token"]) | accept
        async with client.request(method, path, json=body, headers=headers) as response:
            await response.read()
            assert response.status in {200, 401}, path
            if response.status == 200:
                opened.add(path)
            else:
                challenges.append(response.headers["WWW-Authenticate"])
    assert opened == OPENS[resource]
    assert all('error="invalid_token"' in challenge for challenge in challenges)
