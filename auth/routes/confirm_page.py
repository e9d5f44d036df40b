"""The page on which one confirms who one is: with the password, a passkey, or a letter."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from auth.callers import client_ip
from auth.guard import CONFIRM_PAGE, HTML, is_recent
from auth.html import form, page, paragraph, refusal, see
from auth.keys import CONFIRM
from auth.next_path import onward, safe_next
from auth.principal import caller
from auth.routes.assets import PASSKEY_SCRIPT
from auth.routes.browser import FORM_TOKEN, again_on, form_token, read_own_form, with_cookie
from auth.routes.fields import current_password, field_of
from auth.routes.identities import identity_buttons
from auth.routes.letter_page import confirm_letter_form
from auth.routes.passkey_page import passkey_button
from auth.routes.wire import ConfirmForm
from relay.domain.errors import HitlError
from relay.kernel.operation import Access, Operations

operations = Operations("pages")

TITLE: Final = "Confirm that it is you"


@operations.get(
    CONFIRM_PAGE,
    access=Access.OWNER,
    summary="The page on which one confirms who one is",
    media=HTML,
    opened_by_others=True,
)
async def show(request: web.Request) -> web.Response:
    asked = request.query.get("next", "")
    if is_recent(request, caller(request)):
        return see(onward(asked))
    return page(TITLE, _form(request, {"next": asked}), script=PASSKEY_SCRIPT)


def _again(request: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    return refusal(TITLE, error, _form(request, typed, field_of(error)), script=PASSKEY_SCRIPT)


@operations.post(
    CONFIRM_PAGE, access=Access.OWNER, summary="Confirm who one is from the page's form", media=HTML, status=303
)
@again_on(_again)
async def confirm_by_form(request: web.Request) -> web.Response:
    body = await read_own_form(request, ConfirmForm)
    token = await request.app[CONFIRM].by_password(caller(request), body.password, client_ip(request))
    return with_cookie(request, see(onward(body.next)), token)


def _form(request: web.Request, typed: Mapping[str, str], wrong: str = "") -> str:
    goal = typed.get("next", "")
    by_password = form(
        CONFIRM_PAGE,
        "Confirm",
        current_password(wrong, label=f"Password of {caller(request).account_name}"),
        hidden={FORM_TOKEN: form_token(request), "next": safe_next(goal)},
    )
    by_passkey = passkey_button(request, "confirm", "Confirm with a passkey", goal)
    why = "What comes next could lock you out, or let somebody else in. So the relay wants to be sure it is you."
    other_ways = by_passkey + confirm_letter_form(request, goal) + identity_buttons(request, CONFIRM_PAGE, goal)
    return paragraph(why) + by_password + other_ways
