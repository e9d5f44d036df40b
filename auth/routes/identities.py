"""Signing in with an identity at another provider: the way there, the way back, and what is linked."""

from collections.abc import Mapping
from contextlib import suppress
from html import escape
from typing import Annotated, Final, Self
from uuid import UUID

from aiohttp import web
from pydantic import Field

from auth.callers import client_ip
from auth.entities import Identity
from auth.guard import CONFIRM_PAGE, HTML
from auth.html import Kind, button_link, card, error_page, form, heading, page, paragraph, rows, see, time
from auth.keys import AUTHENTICATOR, IDENTITIES
from auth.next_path import onward, safe_next, with_next
from auth.principal import Principal, caller
from auth.routes.account_page import ACCOUNT_PAGE, back
from auth.routes.begun import BEGUN
from auth.routes.browser import (
    FORM_TOKEN,
    cookie_token,
    flow_cookie,
    form_token,
    new_flow_cookie,
    read_own_form,
    visit_of,
    with_cookie,
    with_flow_cookie,
    without_flow_cookie,
)
from auth.routes.wire import Time, json_list
from auth.services.identities import Leaving, Purpose, Return, Returned
from relay.domain.errors import HitlError, Unauthenticated
from relay.kernel.body import WireModel, path_id
from relay.kernel.operation import Access, Operations

operations = Operations("owners")
pages = Operations("pages")

PATH: Final = "/api/v1/auth/identities"
IDENTITIES_PAGE: Final = "/account/identities"


class IdentityReply(WireModel):
    id: UUID
    issuer: Annotated[
        str,
        Field(description="Whose id it is: an OpenID issuer, or the address that describes users, and which id in it."),
    ]
    email: Annotated[str, Field(description="What the provider says; it identifies nobody.")]
    created_at: Time
    last_used_at: Time | None

    @classmethod
    def of(cls, identity: Identity) -> Self:
        return cls(
            id=identity.id,
            issuer=identity.issuer,
            email=identity.email,
            created_at=identity.created_at,
            last_used_at=identity.last_used_at,
        )


@operations.get(PATH, access=Access.OWNER, summary="One's identities at other providers", reply=list[IdentityReply])
async def listing(request: web.Request) -> web.Response:
    return json_list(IdentityReply.of(identity) for identity in await request.app[IDENTITIES].of(caller(request)))


@operations.delete(f"{PATH}/{{id}}", access=Access.OWNER, recent=True, summary="Unlink an identity", status=204)
async def unlink(request: web.Request) -> web.Response:
    await request.app[IDENTITIES].unlink(caller(request), path_id(request))
    return web.Response(status=204)


@pages.get(
    "/sign-in/with/{provider}",
    access=Access.PUBLIC,
    limits=(BEGUN,),
    summary="Go to a provider to sign in",
    media=HTML,
    status=303,
)
async def leave(request: web.Request) -> web.Response:
    return await _leave(request, Purpose.SIGN_IN, request.query.get("next", ""))


@pages.get(
    f"{CONFIRM_PAGE}/with/{{provider}}",
    access=Access.OWNER,
    summary="Go to a provider to confirm who one is",
    media=HTML,
    status=303,
)
async def leave_to_confirm(request: web.Request) -> web.Response:
    return await _leave(request, Purpose.CONFIRM, request.query.get("next", ""), caller(request))


@pages.get(
    f"{IDENTITIES_PAGE}/link/{{provider}}",
    access=Access.OWNER,
    recent=True,
    summary="Go to a provider to link an identity",
    media=HTML,
    status=303,
)
async def leave_to_link(request: web.Request) -> web.Response:
    return await _leave(request, Purpose.LINK, IDENTITIES_PAGE, caller(request))


@pages.get(
    "/sign-in/back/{provider}",
    access=Access.PUBLIC,
    summary="Where a provider sends people back to",
    media=HTML,
    status=303,
)
async def come_back(request: web.Request) -> web.Response:
    try:
        returned = await request.app[IDENTITIES].finish(
            Return(
                provider=request.match_info["provider"],
                query=request.query,
                browser=flow_cookie(request),
                visit=visit_of(request),
                principal=await _signed_in(request),
            )
        )
    except HitlError as error:
        return without_flow_cookie(request, error_page(error))
    return without_flow_cookie(request, _onward(request, returned))


@pages.get(IDENTITIES_PAGE, access=Access.OWNER, recent=True, summary="The page of one's identities", media=HTML)
async def show(request: web.Request) -> web.Response:
    service, token = request.app[IDENTITIES], form_token(request)
    found = await service.of(caller(request))
    names = {provider.identifies: provider.words for provider in service.offered}
    links = [
        button_link(f"{IDENTITIES_PAGE}/link/{provider.name}", f"Link an account at {provider.words}")
        for provider in service.offered
    ]
    return page(
        "Identities elsewhere",
        card(heading("Linked"), rows(_row(one, names, token) for one in found) if found else paragraph("None yet.")),
        card(
            heading("Link another"),
            *(links or [paragraph("This relay has no identity provider: HITL_OIDC, HITL_OAUTH2.")]),
        ),
        back(),
        here=ACCOUNT_PAGE,
    )


@pages.post(
    f"{IDENTITIES_PAGE}/{{id}}/unlink",
    access=Access.OWNER,
    recent=True,
    summary="Unlink an identity from the page's form",
    media=HTML,
    status=303,
)
async def unlink_by_form(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[IDENTITIES].unlink(caller(request), path_id(request))
    return see(IDENTITIES_PAGE)


async def _leave(request: web.Request, purpose: Purpose, next: str, principal: Principal | None = None) -> web.Response:
    browser = flow_cookie(request) or new_flow_cookie(request)
    leaving = Leaving(request.match_info["provider"], purpose, browser, safe_next(next), principal)
    return with_flow_cookie(request, see(await request.app[IDENTITIES].begin(leaving)), browser)


async def _signed_in(request: web.Request) -> Principal | None:
    """Return whose session this browser has. The operation is open to all: who comes back may have none."""
    token = cookie_token(request)
    with suppress(Unauthenticated):
        return await request.app[AUTHENTICATOR].verify(token, lambda: client_ip(request)) if token else None
    return None


def _onward(request: web.Request, returned: Returned) -> web.Response:
    response = see(onward(returned.next))
    token = returned.signed_in.token if returned.signed_in else returned.renewed
    return with_cookie(request, response, token) if token else response


def _row(identity: Identity, names: Mapping[str, str], token: str) -> str:
    facts = [f"Linked {time(identity.created_at)}"]
    facts.append(f"last used {time(identity.last_used_at)}" if identity.last_used_at else "not used yet")
    return (
        paragraph(f"<strong>{escape(names.get(identity.issuer, identity.issuer))}</strong>", escape(identity.email))
        + f'<p class="muted">{", ".join(facts)}.</p>\n'
        + form(f"{IDENTITIES_PAGE}/{identity.id}/unlink", "Unlink", hidden={FORM_TOKEN: token}, kind=Kind.DANGER)
    )


def identity_buttons(request: web.Request, where: str, next: str) -> str:
    """Return a button for each provider; `where` is the page they are on, `/sign-in` or `/confirm`."""
    return "".join(
        button_link(with_next(f"{where}/with/{provider.name}", next), f"Continue with {provider.words}")
        for provider in request.app[IDENTITIES].offered
    )
