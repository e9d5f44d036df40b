"""The OAuth flow of the Python MCP SDK, unmodified: found, registered, allowed, renewed."""

import httpx2
import pytest
from mcp.client import Client
from mcp.client.auth import OAuthClientProvider
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.auth import AuthorizationCodeResult, OAuthClientInformationFull, OAuthClientMetadata, OAuthToken
from yarl import URL

from tests.conformance.conftest import RunningRelay
from tests.oauth import claims_of, decide, query_of

CALLBACK = "http://127.0.0.1:5599/callback"


class Kept:
    """What a program keeps between its runs."""

    tokens: OAuthToken | None = None
    client: OAuthClientInformationFull | None = None

    async def get_tokens(self) -> OAuthToken | None:
        return self.tokens

    async def set_tokens(self, tokens: OAuthToken) -> None:
        self.tokens = tokens

    async def get_client_info(self) -> OAuthClientInformationFull | None:
        return self.client

    async def set_client_info(self, client_info: OAuthClientInformationFull) -> None:
        self.client = client_info


@pytest.mark.proves("auth.R43")
@pytest.mark.parametrize("path", ["/mcp", "/mcp-server/mcp", "/mcp-server/mcp/"])
async def test_it_finds_its_way_from_a_401_to_the_tools_and_renews_its_token(
    running_relay: RunningRelay, path: str
) -> None:
    told: dict[str, str] = {}
    url = running_relay.url + path

    async def open_browser(address: str) -> None:
        _, location = await decide(running_relay.owner, dict(URL(address).query))
        told.update(query_of(location))

    async def come_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=told["code"], state=told["state"], iss=told["iss"])

    kept = Kept()
    metadata = OAuthClientMetadata(client_name="MCP probe", redirect_uris=[CALLBACK], token_endpoint_auth_method="none")
    provider = OAuthClientProvider(url, metadata, kept, open_browser, come_back)
    async with httpx2.AsyncClient(auth=provider, timeout=None, trust_env=False) as http:
        async with Client(streamable_http_client(url, http_client=http)) as client:
            assert "request_human_input" in {tool.name for tool in (await client.list_tools()).tools}
        assert kept.tokens is not None
        assert claims_of(kept.tokens.access_token)["aud"].rstrip("/") == url.rstrip("/")
        before = kept.tokens.refresh_token
        provider.context.token_expiry_time = 1
        async with Client(streamable_http_client(url, http_client=http)) as client:
            await client.list_tools()
        assert kept.tokens.refresh_token not in {None, before}
    assert [agent["name"] for agent in await running_relay.owner.get("/api/v1/agents")] == ["MCP probe"]
