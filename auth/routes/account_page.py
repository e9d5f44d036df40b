"""The account page: who one is, and where to change what."""

import datetime as dt
from html import escape
from typing import Final

from aiohttp import web

from auth.guard import HTML
from auth.html import Kind, box, button_link, card, form, heading, link, page, paragraph, time
from auth.keys import ACCOUNTS, DELETION, IDENTITIES, MAIL
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
    going_at = await request.app[DELETION].pending(principal.account_id)
    who, failed_at = member.account, request.app[MAIL].failed_at
    return page(
        "Your account",
        _going(going_at) if going_at else "",
        _trouble(failed_at) if failed_at else "",
        card(
            paragraph(f"Signed in as <strong>{escape(who.name)}</strong>", f"({escape(who.email)})."),
            form("/sign-out", "Sign out", hidden={FORM_TOKEN: form_token(request)}, kind=Kind.SECONDARY),
        ),
        card(
            heading("Password"),
            paragraph("Changing it signs you out everywhere else."),
            button_link("/account/password", "Choose another password"),
        ),
        card(
            heading("Recovery codes"),
            paragraph("For the day on which you have lost everything else."),
            button_link("/account/recovery-codes", "See to your codes"),
        ),
        card(
            heading("Passkeys"),
            paragraph("Sign in with your fingerprint, your face or a PIN instead of a password."),
            button_link("/account/passkeys", "Manage passkeys"),
        ),
        card(
            heading("Identities elsewhere"),
            paragraph("Sign in with an account you have at another provider."),
            button_link("/account/identities", "Manage identities"),
        )
        if request.app[IDENTITIES].offered
        else "",
        card(heading("Sessions"), paragraph("Every browser and program in which you are signed in."), _sessions()),
        card(
            heading("Your data"),
            paragraph("Take it along, or delete your account."),
            button_link("/account/data", "See to your data"),
        ),
        here=ACCOUNT_PAGE,
    )


def _going(at: dt.datetime) -> str:
    said = f"<strong>Your account will be deleted on {time(at)}.</strong>"
    return box(paragraph(said), button_link("/account/data", "Keep it"), kind="warn")


def _trouble(failed_at: dt.datetime) -> str:
    said = f"The last letter ({time(failed_at)}) could not be sent. The relay's log says why."
    return box(paragraph(said), kind="warn")


def _sessions() -> str:
    return button_link("/account/sessions", "See where you are signed in")


def back() -> str:
    return paragraph(link(ACCOUNT_PAGE, "Back to your account"))
