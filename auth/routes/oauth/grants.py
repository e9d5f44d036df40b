"""Connected programs: what their owners see and end, and what the operator may ask about a token (RFC 7662)."""

from html import escape
from typing import Annotated, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field

from auth.guard import HTML
from auth.html import NO_STORE, Kind, card, form, heading, paragraph, rows, see, time, unfolding
from auth.keys import GRANTS
from auth.next_path import HOME
from auth.principal import caller
from auth.routes.browser import FORM_TOKEN, form_token, read_form, read_own_form
from auth.routes.oauth.forms import IntrospectForm
from auth.routes.wire import Time, json_list
from auth.scopes import KEYS_READ, KEYS_WRITE
from auth.store.oauth_grants import ListedGrant
from relay.kernel.body import WireModel, path_id
from relay.kernel.operation import Access, Operations

operations = Operations("oauth")


class GrantReply(WireModel):
    id: UUID
    client_id: str
    client_name: Annotated[str, Field(description="What the program calls itself; unverified.")]
    agent_id: Annotated[UUID | None, Field(description="Absent until the program first connects.")]
    agent_name: str
    scopes: list[str]
    created_at: Time
    expires_at: Time
    last_used_at: Time | None

    @classmethod
    def of(cls, listed: ListedGrant) -> Self:
        grant = listed.grant
        return cls(
            id=grant.id,
            client_id=grant.client_id,
            client_name=listed.client_name,
            agent_id=grant.agent_id,
            agent_name=listed.agent_name,
            scopes=list(grant.scopes),
            created_at=grant.created_at,
            expires_at=grant.expires_at,
            last_used_at=grant.last_used_at,
        )


class TokenState(WireModel):
    """RFC 7662 2.2. With `active` false there is nothing else."""

    active: bool
    iss: str | None = None
    aud: str | None = None
    sub: str | None = None
    client_id: str | None = None
    scope: str | None = None
    iat: int | None = None
    exp: int | None = None
    jti: str | None = None
    token_type: str | None = None
    username: Annotated[str | None, Field(description="The agent's name.")] = None
    agent_id: str | None = None
    gid: Annotated[str | None, Field(description="The consent it comes from.")] = None
    org: str | None = None


@operations.get(
    "/api/v1/oauth/grants",
    access=Access.OWNER,
    scope=KEYS_READ,
    summary="The programs one has connected, newest first",
    reply=list[GrantReply],
)
async def listing(request: web.Request) -> web.Response:
    return json_list(GrantReply.of(grant) for grant in await request.app[GRANTS].of(caller(request)))


@operations.delete(
    "/api/v1/oauth/grants/{id}",
    access=Access.OWNER,
    scope=KEYS_WRITE,
    summary="Disconnect a program: its next call fails",
    status=204,
)
async def revoke(request: web.Request) -> web.Response:
    await request.app[GRANTS].revoke(caller(request), path_id(request))
    return web.Response(status=204)


@operations.post(
    "/api/v1/oauth/introspect",
    access=Access.OWNER,
    scope=KEYS_READ,
    summary="What an access token of one's organization is good for, and whether it still is (RFC 7662)",
    body=IntrospectForm,
    reply=TokenState,
    takes_form=True,
)
async def introspect(request: web.Request) -> web.Response:
    asked = await read_form(request, IntrospectForm)
    state = await request.app[GRANTS].introspect(caller(request), asked.token)
    body = TokenState.model_validate(state).model_dump(exclude_none=True)
    return web.json_response(body, headers=NO_STORE)


@operations.post(
    "/owner/grants/{id}/revoke",
    access=Access.OWNER,
    scope=KEYS_WRITE,
    summary="Disconnect a program from the page's form",
    media=HTML,
    status=303,
)
async def revoke_on_page(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[GRANTS].revoke(caller(request), path_id(request))
    return see(HOME)


async def connected_programs(request: web.Request) -> str:
    """Return the part of the owner's page that lists them."""
    grants = await request.app[GRANTS].of(caller(request))
    shown = rows(_program(grant, form_token(request)) for grant in grants)
    return card(heading("Connected programs"), shown if grants else paragraph("No program is connected."))


def _program(listed: ListedGrant, token: str) -> str:
    grant = listed.grant
    used = f"last used {time(grant.last_used_at)}" if grant.last_used_at else "not used yet"
    name = escape(listed.client_name)
    return (
        paragraph(f"<strong>{name}</strong> acts as {escape(listed.agent_name)}.")
        + paragraph(f"Connected {time(grant.created_at)}, {used}, ends {time(grant.expires_at)}.")
        + unfolding(
            f"Disconnect {listed.client_name}",
            paragraph("It cannot ask you any more until you connect it again."),
            form(
                f"/owner/grants/{grant.id}/revoke",
                f"Disconnect {listed.client_name} now",
                hidden={FORM_TOKEN: token},
                kind=Kind.DANGER,
            ),
        )
    )
