"""What programs call: register (RFC 7591), token (6749), revoke (7009), device codes (8628)."""

from typing import Annotated, Final, Self

from aiohttp import web
from pydantic import Field

from auth.callers import client_ip
from auth.html import NO_STORE
from auth.keys import OAUTH_CLIENTS, TOKENS
from auth.oauth.entities import AUTHORIZATION_CODE, Client
from auth.oauth.registration import ClientMetadata, plain_name
from auth.routes.oauth.forms import (
    DeviceForm,
    RevokeForm,
    TokenForm,
    basic_of,
    parameters_of,
    refuse,
    refuse_registration,
    reply,
)
from auth.visits import network_of
from relay.kernel.body import WireModel, read_model
from relay.kernel.operation import Access, Operations
from relay.kernel.rates import DAY, HOUR, By, Limit

operations = Operations("oauth")

REGISTRATIONS: Final = Limit(name="registrations", calls=20, per_s=HOUR, by=By.ADDRESS)
"""A program registers once; some register at every start. What they leave behind is kept for a day."""
ALL_REGISTRATIONS: Final = Limit(name="registrations-all", calls=500, per_s=DAY, by=By.ALL)
"""So that many addresses together cannot fill the table either."""
DEVICE_CODES: Final = Limit(name="device-codes", calls=20, per_s=HOUR, by=By.ADDRESS)
"""One lasts a quarter of an hour; more that wait make a guessed code likelier to be one of them."""

AGENT_NAME: Final = "X-MCP-Agent-Name"
LONGEST_NAME: Final = 80


class RegisteredReply(WireModel):
    """RFC 7591 3.2.1. The secret is absent, never null, where there is none."""

    client_id: str
    client_id_issued_at: int
    client_secret: Annotated[str | None, Field(description="Absent for public clients.")] = None
    client_secret_expires_at: Annotated[int | None, Field(description="0: it does not end.")] = None
    client_name: str
    redirect_uris: list[str]
    grant_types: list[str]
    response_types: list[str]
    token_endpoint_auth_method: str
    scope: str

    @classmethod
    def of(cls, client: Client, secret: str | None) -> Self:
        return cls(
            client_id=client.id,
            client_id_issued_at=int(client.created_at.timestamp()),
            client_secret=secret,
            client_secret_expires_at=0 if secret else None,
            client_name=client.name,
            redirect_uris=list(client.redirect_uris),
            grant_types=sorted(client.grant_types),
            response_types=["code"] if AUTHORIZATION_CODE in client.grant_types else [],
            token_endpoint_auth_method=client.auth_method.value,
            scope=" ".join(client.scopes),
        )


class TokensReply(WireModel):
    access_token: Annotated[str, Field(description="A JWT of type `at+jwt` (RFC 9068), good for `expires_in` seconds.")]
    token_type: str
    expires_in: int
    scope: str
    refresh_token: str | None = None


class DeviceCodesReply(WireModel):
    device_code: str
    user_code: str
    verification_uri: str
    verification_uri_complete: str
    expires_in: int
    interval: int


@operations.post(
    "/api/v1/oauth/register",
    access=Access.PUBLIC,
    cors=True,
    summary="A program makes itself known (RFC 7591)",
    body=ClientMetadata,
    reply=RegisteredReply,
    status=201,
    other={400: "what it says of itself is not taken; `error` and `error_description` say why", 429: "too many"},
    refuse=refuse_registration,
    limits=(REGISTRATIONS, ALL_REGISTRATIONS),
)
async def register(request: web.Request) -> web.Response:
    client, secret = await request.app[OAUTH_CLIENTS].register(await read_model(request, ClientMetadata))
    body = RegisteredReply.of(client, secret).model_dump(exclude_none=True)
    return web.json_response(body, status=201, headers=NO_STORE)


@operations.post(
    "/api/v1/oauth/token",
    access=Access.PUBLIC,
    cors=True,
    summary="Exchange a code, a refresh token or a device code for tokens",
    body=TokenForm,
    reply=TokensReply,
    other={
        400: "refused as RFC 6749 5.2 has it",
        401: "the client did not authenticate",
        429: "too many tokens for this client; what was sent stays good",
    },
    takes_form=True,
    refuse=refuse,
)
async def token(request: web.Request) -> web.Response:
    parameters = await parameters_of(request, TokenForm)
    name = plain_name(request.headers.get(AGENT_NAME, ""))[:LONGEST_NAME].strip()
    return reply(await request.app[TOKENS].exchange(parameters, basic=basic_of(request), agent_name=name))


@operations.post(
    "/api/v1/oauth/revoke",
    access=Access.PUBLIC,
    cors=True,
    summary="A program gives its access back: everything issued from the same consent ends",
    body=RevokeForm,
    other={400: "refused as RFC 6749 5.2 has it", 401: "the client did not authenticate"},
    takes_form=True,
    refuse=refuse,
)
async def revoke(request: web.Request) -> web.Response:
    parameters = await parameters_of(request, RevokeForm)
    return reply(await request.app[TOKENS].revoke(parameters, basic=basic_of(request)))


@operations.post(
    "/api/v1/oauth/device",
    access=Access.PUBLIC,
    summary="A program without a browser asks for a code that a human enters elsewhere (RFC 8628)",
    body=DeviceForm,
    reply=DeviceCodesReply,
    other={400: "refused as RFC 6749 5.2 has it", 401: "the client did not authenticate", 429: "too many"},
    takes_form=True,
    refuse=refuse,
    limits=(DEVICE_CODES,),
)
async def device(request: web.Request) -> web.Response:
    parameters = await parameters_of(request, DeviceForm)
    answer = await request.app[TOKENS].device_codes(
        parameters, basic=basic_of(request), asked_from=network_of(client_ip(request))
    )
    return reply(answer)
