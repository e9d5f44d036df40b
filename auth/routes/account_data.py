"""One's data: taken along, and deleted; over the API and on a page."""

import datetime as dt
from typing import Final

from aiohttp import web
from pydantic_core import to_json

from auth.guard import HTML, SIGN_IN_PAGE
from auth.html import NO_STORE, Kind, box, button_link, card, form, heading, page, paragraph, see, time, unfolding
from auth.keys import DATA_EXPORT, DELETION
from auth.principal import caller
from auth.routes.account_page import ACCOUNT_PAGE, back
from auth.routes.browser import FORM_TOKEN, form_token, read_own_form, without_cookie
from auth.routes.wire import Time
from relay.kernel.body import WireModel, json_reply
from relay.kernel.operation import Access, Operations

operations = Operations("owners")
pages = Operations("pages")

EXPORT: Final = "/api/v1/account/export"
DELETION_PATH: Final = "/api/v1/account/deletion"
DATA_PAGE: Final = "/account/data"
LINES: Final = "application/x-ndjson"


class DeletionReply(WireModel):
    delete_at: Time | None


@operations.get(
    EXPORT,
    access=Access.OWNER,
    recent=True,
    summary="All that is kept about oneself, as JSON Lines: `kind` and `data` in each",
    media=LINES,
)
async def export(request: web.Request) -> web.StreamResponse:
    principal, data = caller(request), request.app[DATA_EXPORT]
    await data.begin(principal)
    headers = {"Content-Disposition": 'attachment; filename="hitl-relay-account.jsonl"', **NO_STORE}
    response = web.StreamResponse(headers={"Content-Type": f"{LINES}; charset=utf-8", **headers})
    await response.prepare(request)
    async for kind, kept in data.all_of(principal):
        await response.write(to_json({"kind": kind, "data": kept}, bytes_mode="base64") + b"\n")
    await response.write_eof()
    return response


@operations.post(
    DELETION_PATH,
    access=Access.OWNER,
    recent=True,
    summary="Have one's account deleted in seven days; every session and key of it ends now",
    reply=DeletionReply,
    status=202,
    other={409: "it is about to be already, or an organization would be left without an owner"},
)
async def delete(request: web.Request) -> web.Response:
    at = await request.app[DELETION].ask(caller(request))
    return without_cookie(request, json_reply(DeletionReply(delete_at=at), status=202))


@operations.get(DELETION_PATH, access=Access.OWNER, summary="When one's account goes, if it does", reply=DeletionReply)
async def pending(request: web.Request) -> web.Response:
    return json_reply(DeletionReply(delete_at=await request.app[DELETION].pending(caller(request).account_id)))


@operations.delete(
    DELETION_PATH, access=Access.OWNER, summary="Keep one's account", status=204, other={409: "it is not about to go"}
)
async def undo(request: web.Request) -> web.Response:
    await request.app[DELETION].undo(caller(request))
    return web.Response(status=204)


@pages.get(DATA_PAGE, access=Access.OWNER, recent=True, summary="The page of one's data", media=HTML)
async def show(request: web.Request) -> web.Response:
    at = await request.app[DELETION].pending(caller(request).account_id)
    return page(
        "Your data",
        card(
            heading("Take it along"),
            paragraph(
                "Everything the relay keeps about you, as a file: account, sessions, ways to sign in, devices, agents, "
                "keys (never the secrets), connected programs, requests and answers, log."
            ),
            button_link(EXPORT, "Download"),
        ),
        keep_card(request, at) if at else card(heading("Delete your account"), _delete_form(request)),
        back(),
        here=ACCOUNT_PAGE,
    )


@pages.post(
    f"{DATA_PAGE}/delete",
    access=Access.OWNER,
    recent=True,
    summary="Have one's account deleted, from the page's form",
    media=HTML,
    status=200,
)
async def delete_by_form(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    at = await request.app[DELETION].ask(caller(request))
    gone = page(
        "Your account will be deleted",
        paragraph(f"It goes for good on {time(at)}. You are signed out everywhere, and your agents' keys do not work."),
        paragraph("To keep it, sign in before then."),
        button_link(SIGN_IN_PAGE, "Sign in"),
    )
    return without_cookie(request, gone)


@pages.post(
    f"{DATA_PAGE}/keep", access=Access.OWNER, summary="Keep one's account, from the page's form", media=HTML, status=303
)
async def keep_by_form(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[DELETION].undo(caller(request))
    return see(ACCOUNT_PAGE)


def keep_card(request: web.Request, at: dt.datetime) -> str:
    """Offer to keep an account that is about to go."""
    kept = {FORM_TOKEN: form_token(request)}
    said = paragraph(f"<strong>Your account will be deleted on {time(at)}.</strong>", "Your agents' keys do not work.")
    return box(said, form(f"{DATA_PAGE}/keep", "Keep my account", hidden=kept), kind="warn")


def _delete_form(request: web.Request) -> str:
    kept = {FORM_TOKEN: form_token(request)}
    return paragraph(
        "You are signed out everywhere, and your agents' keys stop at once. For seven days you can sign in and keep "
        "it; then the account, its devices and agents, and the requests of organizations only you are in are gone for "
        "good."
    ) + unfolding(
        "Delete my account",
        form(f"{DATA_PAGE}/delete", "Delete it in seven days", hidden=kept, kind=Kind.DANGER),
    )
