"""Where one is signed in: list, end one, end all others; as an API and as a page."""

from html import escape
from typing import Final

from aiohttp import web

from auth.entities import Session
from auth.guard import HTML
from auth.html import Kind, card, form, page, paragraph, rows, see, time
from auth.keys import SESSIONS
from auth.principal import Principal, caller
from auth.routes.account_page import ACCOUNT_PAGE, back
from auth.routes.browser import FORM_TOKEN, form_token, read_own_form
from auth.routes.wire import EndedReply, SessionReply, json_list
from auth.scopes import SESSIONS_WRITE
from auth.visits import browser_of
from relay.kernel.body import WireModel, json_reply, path_id
from relay.kernel.operation import Access, Operations

operations = Operations("owners")
pages = Operations("pages")

SESSIONS_PAGE: Final = "/account/sessions"


@operations.get(
    "/api/v1/auth/sessions", access=Access.OWNER, summary="Where one is signed in", reply=list[SessionReply]
)
async def listing(request: web.Request) -> web.Response:
    principal = caller(request)
    found = await request.app[SESSIONS].of(principal)
    return json_list(SessionReply.of(session, current=session.id == principal.credential_id) for session in found)


@operations.delete(
    "/api/v1/auth/sessions/{id}",
    access=Access.OWNER,
    scope=SESSIONS_WRITE,
    summary="Sign out somewhere: its sockets close at once",
    status=204,
)
async def end(request: web.Request) -> web.Response:
    await request.app[SESSIONS].end(caller(request), path_id(request))
    return web.Response(status=204)


@operations.delete(
    "/api/v1/auth/sessions",
    access=Access.OWNER,
    scope=SESSIONS_WRITE,
    summary="Sign out everywhere but here",
    reply=EndedReply,
)
async def end_others(request: web.Request) -> web.Response:
    return json_reply(EndedReply(ended=await request.app[SESSIONS].end_others(caller(request))))


@pages.get(SESSIONS_PAGE, access=Access.OWNER, summary="The page of one's sessions", media=HTML)
async def show(request: web.Request) -> web.Response:
    principal = caller(request)
    found, token = await request.app[SESSIONS].of(principal), form_token(request)
    others = form(
        f"{SESSIONS_PAGE}/end-others", "Sign out everywhere else", hidden={FORM_TOKEN: token}, kind=Kind.DANGER
    )
    return page(
        "Where you are signed in",
        card(rows(_row(session, principal, token) for session in found)),
        others if len(found) > 1 else "",
        back(),
        here=ACCOUNT_PAGE,
    )


@pages.post(
    f"{SESSIONS_PAGE}/end-others",
    access=Access.OWNER,
    scope=SESSIONS_WRITE,
    summary="Sign out everywhere else from the page's form",
    media=HTML,
    status=303,
)
async def end_others_by_form(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[SESSIONS].end_others(caller(request))
    return see(SESSIONS_PAGE)


@pages.post(
    f"{SESSIONS_PAGE}/{{id}}/end",
    access=Access.OWNER,
    scope=SESSIONS_WRITE,
    summary="Sign out somewhere from the page's form",
    media=HTML,
    status=303,
)
async def end_by_form(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[SESSIONS].end(caller(request), path_id(request))
    return see(SESSIONS_PAGE)


def _row(session: Session, principal: Principal, token: str) -> str:
    here = session.id == principal.credential_id
    name = browser_of(session.user_agent)
    facts = [f"signed in {time(session.created_at)}", f"last seen {time(session.last_seen_at)}"]
    if session.network:
        facts.insert(0, f"from {escape(session.network)}")
    words = paragraph(f"<strong>{escape(name)}</strong>", "(this browser)" if here else "")
    details = f'<p class="muted">{", ".join(facts)}</p>\n'
    if here:
        return words + details
    action = f"{SESSIONS_PAGE}/{session.id}/end"
    return words + details + form(action, f"Sign out {name}", hidden={FORM_TOKEN: token}, kind=Kind.SECONDARY)
