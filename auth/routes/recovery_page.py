"""Passwords and recovery on pages."""

from collections.abc import Mapping
from html import escape
from typing import Final

from aiohttp import web

from auth.guard import HTML, SIGN_IN_PAGE, refuse_foreign
from auth.html import box, button_link, card, field, form, link, page, paragraph, refusal, see
from auth.keys import PASSWORD_CHANGE, RECOVERY
from auth.next_path import onward, safe_next, with_next
from auth.principal import caller
from auth.routes.account_page import ACCOUNT_PAGE, back
from auth.routes.browser import FORM_TOKEN, again_on, form_token, read_form, read_own_form, visit_of, with_cookie
from auth.routes.fields import email, field_of, new_password
from auth.routes.wire_recovery import PasswordBody, RecoverForm, ResetBody
from auth.services.recovery import Recovery
from relay.domain.errors import HitlError
from relay.kernel.body import WireModel
from relay.kernel.operation import Access, Operations

operations = Operations("pages")

PASSWORD_PAGE: Final = "/account/password"  # noqa: S105 - an address
CODES_PAGE: Final = "/account/recovery-codes"
RECOVER_PAGE: Final = "/sign-in/recover"
RESET_PAGE: Final = "/reset"

PASSWORD_TITLE: Final = "Choose another password"  # noqa: S105 - a title
RECOVER_TITLE: Final = "Use a recovery code"


@operations.get(PASSWORD_PAGE, access=Access.OWNER, recent=True, summary="The page for another password", media=HTML)
async def password_page(request: web.Request) -> web.Response:
    return page(PASSWORD_TITLE, card(_password_form(request)), back(), here=ACCOUNT_PAGE)


def _password_again(request: web.Request, _: Mapping[str, str], error: HitlError) -> web.Response:
    return refusal(PASSWORD_TITLE, error, card(_password_form(request, field_of(error))), back(), here=ACCOUNT_PAGE)


@operations.post(
    PASSWORD_PAGE,
    access=Access.OWNER,
    recent=True,
    summary="Choose another password from the page's form",
    media=HTML,
    status=303,
)
@again_on(_password_again)
async def change_password(request: web.Request) -> web.Response:
    body = await read_own_form(request, PasswordBody)
    await request.app[PASSWORD_CHANGE].change(caller(request), body.password)
    return see(ACCOUNT_PAGE)


@operations.get(CODES_PAGE, access=Access.OWNER, recent=True, summary="The page of the recovery codes", media=HTML)
async def codes_page(request: web.Request) -> web.Response:
    left = await request.app[RECOVERY].left(caller(request))
    count = "You have no codes." if not left else f"You have {left} unused {'codes' if left > 1 else 'code'}."
    return page(
        "Recovery codes",
        card(
            paragraph("Each code signs you in once, when you have lost everything else. Print them, keep them safe."),
            paragraph(count, "New codes replace the old ones."),
            form(CODES_PAGE, "Make ten new codes", hidden={FORM_TOKEN: form_token(request)}),
        ),
        back(),
        here=ACCOUNT_PAGE,
    )


@operations.post(
    CODES_PAGE,
    access=Access.OWNER,
    recent=True,
    summary="Make recovery codes from the page's form",
    media=HTML,
    status=201,
)
async def new_codes(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    codes = await request.app[RECOVERY].new_codes(caller(request))
    listed = "".join(f"<li><code>{escape(code)}</code></li>\n" for code in codes)
    return page(
        "Your recovery codes",
        box(paragraph("<strong>Copy or print them now: they are not shown again.</strong>"), kind="warn"),
        card(f'<ul class="codes">{listed}</ul>\n'),
        button_link(ACCOUNT_PAGE, "I have kept them"),
        status=201,
        here=ACCOUNT_PAGE,
    )


@operations.get(RECOVER_PAGE, access=Access.PUBLIC, summary="The page for a recovery code", media=HTML)
async def recover_page(request: web.Request) -> web.Response:
    return page(RECOVER_TITLE, _recover_form({"next": request.query.get("next", "")}))


def _recover_again(_: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    return refusal(RECOVER_TITLE, error, _recover_form(typed, field_of(error)))


@operations.post(RECOVER_PAGE, access=Access.PUBLIC, summary="Sign in with a recovery code", media=HTML, status=303)
@again_on(_recover_again)
async def recover(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=True)
    body = await read_form(request, RecoverForm)
    new = await request.app[RECOVERY].recover(Recovery(body.email, body.code, body.password), visit_of(request))
    # Whoever needed a code most likely needs another password next.
    return with_cookie(request, see(onward(body.next or PASSWORD_PAGE)), new.token)


@operations.get(RESET_PAGE, access=Access.PUBLIC, summary="Where a link to a new password leads", media=HTML)
async def reset_page(request: web.Request) -> web.Response:
    given = request.query.get("link", "")
    if not await request.app[RECOVERY].is_good(given):
        gone = paragraph("It was used, or is older than an hour. Ask whoever runs the relay for a new one.")
        return page("This link does not work any more", gone, paragraph(link(SIGN_IN_PAGE, "Sign in")), status=410)
    return page("Choose a new password", _reset_form(given))


def _reset_again(_: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    return refusal("Choose a new password", error, _reset_form(typed.get("link", ""), field_of(error)))


@operations.post(RESET_PAGE, access=Access.PUBLIC, summary="Set a password with a link", media=HTML, status=303)
@again_on(_reset_again)
async def reset(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=True)
    body = await read_form(request, ResetBody)
    await request.app[RECOVERY].reset(body.link, body.password)
    return see(SIGN_IN_PAGE)


def _password_form(request: web.Request, wrong: str = "") -> str:
    said = paragraph("Everywhere else where you are signed in, you will be signed out.")
    kept = {FORM_TOKEN: form_token(request)}
    return said + form(PASSWORD_PAGE, "Change it", new_password(wrong, label="New password"), hidden=kept)


def _recover_form(typed: Mapping[str, str], wrong: str = "") -> str:
    goal = typed.get("next", "")
    code = field("code", "Recovery code", wrong=wrong == "code", autocomplete="off", required="", maxlength="40")
    password = field(
        "password",
        "Password (only if your account demands a passkey)",
        type="password",
        autocomplete="current-password",
        maxlength="256",
    )
    return (
        form(RECOVER_PAGE, "Sign in", email(typed, wrong), code, password, hidden={"next": safe_next(goal)})
        + paragraph("Every other session of yours ends.")
        + paragraph(link(with_next(SIGN_IN_PAGE, goal), "Sign in another way"))
    )


def _reset_form(given: str, wrong: str = "") -> str:
    return form(
        RESET_PAGE, "Set the password", new_password(wrong, label="New password"), hidden={"link": given}
    ) + paragraph("Every session of yours ends; then sign in with the new password.")


def recover_link(next: str) -> str:
    return paragraph(link(with_next(RECOVER_PAGE, next), "I cannot sign in"))
