"""Tokens exchanged, revoked, looked into; codes for devices."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Final

from authlib.oauth2.rfc6749 import OAuth2Error

from auth.oauth import device_grant, token_endpoint
from auth.oauth.changes import Reason, RevokeGrant
from auth.oauth.facts import Answer
from auth.oauth.server import AUTH_METHODS, Request, Server, refusal
from auth.services.access_tokens import AccessTokens
from auth.services.decisions import Decisions
from auth.services.oauth_clients import OAuthClients
from auth.services.rate_limits import RateLimits


class TokenService:
    def __init__(
        self, *, decisions: Decisions, access_tokens: AccessTokens, clients: OAuthClients, limits: RateLimits
    ) -> None:
        self._decisions = decisions
        self._access_tokens = access_tokens
        self._clients = clients
        self._limits = limits

    async def exchange(self, parameters: Mapping[str, str], *, basic: str, agent_name: str) -> Answer:
        """Exchange a code or token for tokens. Raises `RateLimited` when the client was given too many."""
        async with self._decisions.about(parameters, basic=basic, agent_name=agent_name) as (asked, facts):
            answer = token_endpoint.exchange(asked, facts)
            if answer.status == HTTPStatus.OK and facts.client is not None:
                # Raising leaves the code or token as it was: the client may come back with it.
                self._limits.issued(facts.client.id)
            return answer

    async def device_codes(self, parameters: Mapping[str, str], *, basic: str, asked_from: str) -> Answer:
        if client_id := parameters.get("client_id"):
            await self._clients.use(client_id)
        # A device that sent a `code` along would have the code's grant locked for nothing.
        own = {name: value for name, value in parameters.items() if name in DEVICE_PARAMETERS}
        async with self._decisions.about(own, basic=basic) as (asked, facts):
            return device_grant.ask(asked, facts, asked_from)

    async def revoke(self, parameters: Mapping[str, str], *, basic: str) -> Answer:
        """End the family of a refresh or access token: RFC 7009. What is no token, or another's, changes nothing."""
        gone = await self._access_tokens.grant_of(parameters.get("token", ""))
        async with self._decisions.about(parameters, basic=basic) as (asked, facts):
            try:
                client = Server(asked, facts).authenticate_client(Request(asked, facts), AUTH_METHODS, "revocation")
            except OAuth2Error as error:
                return refusal(error)
            if "token" not in parameters:
                return Answer(400, {"error": "invalid_request", "error_description": "token is missing"})
            grant = facts.grant or gone
            if grant and grant.client_id == client.get_client_id() and grant.holds(asked.now):
                facts.want(RevokeGrant(grant, Reason.CLIENT, asked.now))
            return Answer(200, {})


DEVICE_PARAMETERS: Final = frozenset({"client_id", "client_secret", "scope", "resource"})
