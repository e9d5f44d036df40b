"""The account page: who one is, and where to change what."""

from html import escape
from typing import Final

from aiohttp import web

from auth.guard import HTML
from auth.html import Kind, button_link, card, form, heading, link, page, paragraph
from auth.keys import ACCOUNTS
from auth.principal import caller
from auth.routes.browser import FORM_TOKEN, form_token
from relay.domain.errors import Unauthenticated
from relay.kernel.operation import Access, Operations

operations = Operations("pages")

ACCOUNT_PAGE: Final = "/account"


@operations.get(ACCOUNT_PAGE, access=Access.OWNER, summary="The page of one's account", media=HTML)
async def show(request: web.Request) -> web.Response:
    principal = caller(request)
    member = await request.app[ACCOUNTS].member(principal.account_id, principal.org_id)
    if member is None:
        raise Unauthenticated("this account was disabled")
    who = member.account
    return page(
        "Your account",
        card(
            paragraph(f"Signed in as <strong>{escape(who.name)}</strong>", f"({escape(who.email)})."),
            form("/sign-out", "Sign out", hidden={FORM_TOKEN: form_token(request)}, kind=Kind.SECONDARY),
        ),
        card(
            heading("Passkeys"),
            paragraph("Sign in with your fingerprint, your face or a PIN instead of a password."),
            button_link("/account/passkeys", "Manage passkeys"),
        ),
        card(heading("Sessions"), paragraph("Every browser and program in which you are signed in."), _sessions()),
        here=ACCOUNT_PAGE,
    )


def _sessions() -> str:
    return button_link("/account/sessions", "See where you are signed in")


def back() -> str:
    return paragraph(link(ACCOUNT_PAGE, "Back to your account"))
