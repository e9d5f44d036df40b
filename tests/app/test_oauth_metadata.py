"""What clients read first, and what they are told when they are turned away."""

import pytest

from hitl_relay.app import operations
from relay.kernel.settings import Secret
from tests.fakes.clock import FakeClock
from tests.people import JSON, Client, MakeClient, a_relay, bearer

ISSUER = "https://relay.example.org"


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock, public_url=ISSUER)


async def document(client: Client, path: str) -> JSON:
    async with client.get(path) as response:
        assert (response.status, response.content_type) == (200, "application/json")
        found: JSON = await response.json()
        return found


@pytest.mark.proves("auth.R20")
@pytest.mark.proves("auth.R21")
async def test_the_server_says_what_it_offers_under_both_names(client: Client) -> None:
    found = await document(client, "/.well-known/oauth-authorization-server")
    assert found == await document(client, "/.well-known/openid-configuration")
    assert found["issuer"] == ISSUER
    assert found["authorization_response_iss_parameter_supported"] is True
    assert found["code_challenge_methods_supported"] == ["S256"]
    assert found["response_types_supported"] == ["code"]
    assert set(found["token_endpoint_auth_methods_supported"]) == {
        "none",
        "client_secret_post",
        "client_secret_basic",
    }
    assert found["client_id_metadata_document_supported"] is False
    for name in ("authorization", "token", "registration", "revocation", "introspection", "device_authorization"):
        path = found[f"{name}_endpoint"].removeprefix(ISSUER)
        async with client.post(path, allow_redirects=False) as response:
            assert response.status in {303, 400, 401}, path
    assert (await document(client, found["jwks_uri"].removeprefix(ISSUER)))["keys"][0]["alg"] == "ES256"


async def test_no_key_is_published_with_its_private_half(client: Client) -> None:
    for key in (await document(client, "/.well-known/jwks.json"))["keys"]:
        assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}


@pytest.mark.proves("auth.R22")
@pytest.mark.parametrize("path", ["", "/mcp", "/mcp/", "/mcp-server/mcp", "/mcp-server/mcp/"])
async def test_a_resource_is_named_exactly_as_it_was_asked_about(client: Client, path: str) -> None:
    found = await document(client, f"/.well-known/oauth-protected-resource{path}")
    assert found["resource"] == ISSUER + path
    assert found["authorization_servers"] == [ISSUER]
    assert found["bearer_methods_supported"] == ["header"]
    assert "offline_access" not in found["scopes_supported"]


@pytest.mark.proves("auth.R23")
async def test_who_is_turned_away_is_told_where_to_get_a_token(client: Client) -> None:
    about = f'resource_metadata="{ISSUER}/.well-known/oauth-protected-resource"'
    for headers, error in (({}, False), (bearer("nonsense"), True), ({"X-API-Key": "nonsense"}, True)):
        async with client.get("/api/v1/agents", headers=headers) as response:
            challenge = response.headers["WWW-Authenticate"]
            assert response.status == 401
        assert challenge.startswith("Bearer ")
        assert about in challenge
        assert 'scope="agents:read requests:read requests:write"' in challenge
        assert ('error="invalid_token"' in challenge) is error


SHARED = {
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/.well-known/jwks.json",
    *(
        f"/.well-known/oauth-protected-resource{path}"
        for path in ("", "/mcp", "/mcp/", "/mcp-server/mcp", "/mcp-server/mcp/")
    ),
    "/api/v1/oauth/register",
    "/api/v1/oauth/token",
    "/api/v1/oauth/revoke",
}


@pytest.mark.proves("auth.R26")
async def test_scripts_of_any_site_reach_these_and_nothing_else_and_never_with_a_cookie(client: Client) -> None:
    assert {o.path for o in operations() if o.cors} == SHARED
    origin = {"Origin": "https://inspector.example"}
    for path in SHARED:
        method = "POST" if path.startswith("/api/") else "GET"
        ask = origin | {"Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"}
        async with client.options(path, headers=ask) as preflight:
            assert preflight.status == 204, path
            allowed = preflight.headers
        async with client.request(method, path, headers=origin) as response:
            given = response.headers
        for headers in (allowed, given):
            assert headers["Access-Control-Allow-Origin"] == "*", path
            assert "Access-Control-Allow-Credentials" not in headers, path
    for path in ("/api/v1/oauth/authorize", "/api/v1/oauth/device", "/api/v1/oauth/grants", "/device"):
        async with client.get(path, headers=origin, allow_redirects=False) as response:
            assert "Access-Control-Allow-Origin" not in response.headers, path
