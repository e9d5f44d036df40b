"""The OAuth flow of the Python MCP SDK, unmodified: found, registered, allowed, renewed."""

from typing import Any

import httpx2
import pytest
from mcp.client.auth import OAuthClientProvider
from mcp.shared.auth import (
    AuthorizationCodeResult,
    OAuthClientInformationFull,
    OAuthClientMetadata,
    OAuthToken,
)
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
async def test_it_finds_its_way_from_a_401_to_a_token_and_renews_it(running_relay: RunningRelay) -> None:
    told: dict[str, str] = {}

    async def open_browser(address: str) -> None:
        _, location = await decide(running_relay.owner, dict(URL(address).query))
        told.update(query_of(location))

    async def come_back() -> AuthorizationCodeResult:
        return AuthorizationCodeResult(code=told["code"], state=told["state"], iss=told["iss"])

    kept = Kept()
    provider = OAuthClientProvider(
        f"{running_relay.url}/api/v1/agents",
        OAuthClientMetadata(client_name="MCP probe", redirect_uris=[CALLBACK], token_endpoint_auth_method="none"),
        kept,
        open_browser,
        come_back,
    )
    async with httpx2.AsyncClient(auth=provider) as http:
        assert [agent["name"] for agent in await agents_seen(http, running_relay)] == ["MCP probe"]
        assert kept.tokens is not None
        assert claims_of(kept.tokens.access_token)["aud"] == running_relay.url
        before = kept.tokens.refresh_token
        provider.context.token_expiry_time = 1
        await agents_seen(http, running_relay)
        assert kept.tokens.refresh_token not in {None, before}


async def agents_seen(http: httpx2.AsyncClient, relay: RunningRelay) -> Any:
    response = await http.get(f"{relay.url}/api/v1/agents")
    assert response.status_code == 200, response.text
    return response.json()
