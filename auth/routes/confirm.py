"""Confirming that it is still the same human, before what a stolen session must not be able to do (step-up)."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from auth.callers import client_ip
from auth.entities import RECENT
from auth.guard import CONFIRM_PAGE, HTML, header_token, is_recent
from auth.html import NO_STORE, form, page, paragraph, refusal, see
from auth.keys import CONFIRM
from auth.next_path import onward, safe_next
from auth.principal import caller
from auth.routes.assets import PASSKEY_SCRIPT
from auth.routes.browser import FORM_TOKEN, again_on, form_token, read_own_form, with_cookie
from auth.routes.fields import current_password, field_of
from auth.routes.passkey_page import passkey_button
from auth.routes.wire import ConfirmBody, ConfirmedReply, ConfirmForm
from relay.domain.errors import HitlError
from relay.kernel.body import json_reply, read_model
from relay.kernel.operation import Access, Operations
from relay.services.keys import CLOCK

operations = Operations("owners")
pages = Operations("pages")

TITLE: Final = "Confirm that it is you"


@operations.post(
    "/api/v1/auth/confirm",
    access=Access.OWNER,
    summary="Prove again who one is; for ten minutes the session may do what needs a recent sign-in",
    body=ConfirmBody,
    reply=ConfirmedReply,
    other={429: "too many wrong passwords"},
)
async def confirm(request: web.Request) -> web.Response:
    body = await read_model(request, ConfirmBody)
    return confirmed(
        request, await request.app[CONFIRM].by_password(caller(request), body.password, client_ip(request))
    )


@pages.get(CONFIRM_PAGE, access=Access.OWNER, summary="The page on which one confirms who one is", media=HTML)
async def show(request: web.Request) -> web.Response:
    asked = request.query.get("next", "")
    if is_recent(request, caller(request)):
        return see(onward(asked))
    return page(TITLE, _form(request, {"next": asked}), script=PASSKEY_SCRIPT)


def _again(request: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    return refusal(TITLE, error, _form(request, typed, field_of(error)), script=PASSKEY_SCRIPT)


@pages.post(
    CONFIRM_PAGE, access=Access.OWNER, summary="Confirm who one is from the page's form", media=HTML, status=303
)
@again_on(_again)
async def confirm_by_form(request: web.Request) -> web.Response:
    body = await read_own_form(request, ConfirmForm)
    token = await request.app[CONFIRM].by_password(caller(request), body.password, client_ip(request))
    return with_cookie(request, see(onward(body.next)), token)


def confirmed(request: web.Request, token: str) -> web.Response:
    """Hand the session's new token back the way the old one came."""
    until = request.app[CLOCK].now() + RECENT
    if header_token(request) is not None:
        return json_reply(ConfirmedReply(confirmed_until=until, token=token), headers=NO_STORE)
    reply = json_reply(ConfirmedReply(confirmed_until=until, token=None), headers=NO_STORE)
    return with_cookie(request, reply, token)


def _form(request: web.Request, typed: Mapping[str, str], wrong: str = "") -> str:
    why = "What comes next could lock you out, or let somebody else in. So the relay wants to be sure it is you."
    by_password = form(
        CONFIRM_PAGE,
        "Confirm",
        current_password(wrong, label=f"Password of {caller(request).account_name}"),
        hidden={FORM_TOKEN: form_token(request), "next": safe_next(typed.get("next"))},
    )
    return (
        paragraph(why)
        + by_password
        + passkey_button(request, "confirm", "Confirm with a passkey", typed.get("next", ""))
    )
