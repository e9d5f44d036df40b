"""Passkeys on pages: the button that uses one, and the page on which they are kept."""

from html import escape
from typing import Final, Literal

from aiohttp import web

from auth.entities import Passkey
from auth.guard import HTML
from auth.html import Kind, card, field, form, heading, page, paragraph, rows, see, time, unfolding
from auth.keys import PASSKEYS
from auth.next_path import onward
from auth.principal import caller
from auth.routes.account_page import ACCOUNT_PAGE, back
from auth.routes.assets import PASSKEY_SCRIPT
from auth.routes.browser import FORM_TOKEN, form_token, read_own_form
from auth.routes.wire_passkeys import RenamePasskeyBody
from relay.kernel.body import WireModel, path_id
from relay.kernel.operation import Access, Operations

operations = Operations("pages")

PASSKEYS_PAGE: Final = "/account/passkeys"


class DemandForm(WireModel):
    passkey_only: Literal["yes", "no"]


@operations.get(PASSKEYS_PAGE, access=Access.OWNER, recent=True, summary="The page of one's passkeys", media=HTML)
async def show(request: web.Request) -> web.Response:
    found, token = await request.app[PASSKEYS].of(caller(request)), form_token(request)
    demanded = await request.app[PASSKEYS].is_demanded(caller(request))
    listed = rows(_row(passkey, token) for passkey in found) if found else paragraph("You have none yet.")
    return page(
        "Passkeys",
        paragraph(
            "A passkey signs you in with your fingerprint, your face or your device's PIN. It cannot be guessed, "
            "and no other site can ask for it."
        ),
        card(heading("Your passkeys"), listed),
        card(heading("Add one"), _adding(request)),
        card(heading("Only with a passkey"), _demand(token, demanded=demanded, any_found=bool(found))),
        back(),
        here=ACCOUNT_PAGE,
        script=PASSKEY_SCRIPT,
    )


@operations.post(
    f"{PASSKEYS_PAGE}/{{id}}/rename",
    access=Access.OWNER,
    summary="Rename a passkey from the page's form",
    media=HTML,
    status=303,
)
async def rename(request: web.Request) -> web.Response:
    body = await read_own_form(request, RenamePasskeyBody)
    await request.app[PASSKEYS].rename(caller(request), path_id(request), body.name)
    return see(PASSKEYS_PAGE)


@operations.post(
    f"{PASSKEYS_PAGE}/{{id}}/remove",
    access=Access.OWNER,
    recent=True,
    summary="Remove a passkey from the page's form",
    media=HTML,
    status=303,
)
async def remove(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[PASSKEYS].remove(caller(request), path_id(request))
    return see(PASSKEYS_PAGE)


@operations.post(
    f"{PASSKEYS_PAGE}/demand",
    access=Access.OWNER,
    recent=True,
    summary="Demand a passkey, or not, from the page's form",
    media=HTML,
    status=303,
)
async def demand(request: web.Request) -> web.Response:
    body = await read_own_form(request, DemandForm)
    await request.app[PASSKEYS].demand(caller(request), demanded=body.passkey_only == "yes")
    return see(PASSKEYS_PAGE)


def _demand(token: str, *, demanded: bool, any_found: bool) -> str:
    action = f"{PASSKEYS_PAGE}/demand"
    if demanded:
        kept = {FORM_TOKEN: token, "passkey_only": "no"}
        said = paragraph("Only a passkey signs you in. Password, e-mail and other providers do not.")
        return said + form(action, "Allow the other ways again", hidden=kept, kind=Kind.SECONDARY)
    said = paragraph(
        "You can have the relay refuse every way but passkeys, so that a stolen password is of no use.",
        "<code>hitl-cli login</code> asks for a password and will not work any more.",
        "Make recovery codes first.",
    )
    if not any_found:
        return said + paragraph("Add a passkey before.")
    kept = {FORM_TOKEN: token, "passkey_only": "yes"}
    return said + form(action, "Demand a passkey", hidden=kept, kind=Kind.DANGER)


def _adding(request: web.Request) -> str:
    if not request.app[PASSKEYS].offered:
        return paragraph("Browsers offer passkeys only to https addresses with a domain name; this relay has none yet.")
    name = field(
        "name", "Name", hint="To tell them apart: the device it is on.", required="", maxlength="80", autocomplete="off"
    )
    without = "<p data-without-script>This needs JavaScript, which this browser does not run here.</p>\n"
    return without + scripted("make", "Add a passkey", PASSKEYS_PAGE, name)


def _row(passkey: Passkey, token: str) -> str:
    name = escape(passkey.name)
    facts = [f"Added {time(passkey.created_at)}"]
    facts.append(f"last used {time(passkey.last_used_at)}" if passkey.last_used_at else "not used yet")
    facts.append("synced between your devices" if passkey.synced else "on one device")
    hidden = {FORM_TOKEN: token}
    # The label wraps its field: one page has many of these, and an id must be unique.
    renamed = f'<label>New name <input name="name" type="text" value="{name}" required maxlength="80"></label>\n'
    return (
        paragraph(f"<strong>{name}</strong>")
        + f'<p class="muted">{", ".join(facts)}.</p>\n'
        + unfolding(
            f"Rename {passkey.name}",
            form(f"{PASSKEYS_PAGE}/{passkey.id}/rename", "Rename", renamed, hidden=hidden, kind=Kind.SECONDARY),
        )
        + unfolding(
            f"Remove {passkey.name}",
            paragraph("It will not sign you in any more. Delete it on the device, too."),
            form(f"{PASSKEYS_PAGE}/{passkey.id}/remove", "Remove it now", hidden=hidden, kind=Kind.DANGER),
        )
    )


def passkey_button(request: web.Request, use: str, words: str, next: str) -> str:
    """Return the button that uses a passkey to `sign-in` or to `confirm`; nothing where there are none."""
    return scripted(use, words, onward(next)) if request.app[PASSKEYS].offered else ""


def scripted(use: str, words: str, next: str, *parts: str) -> str:
    """Return a form that `passkeys.js` shows and sends, and that leads to `next`."""
    kind = Kind.PRIMARY if use == "make" else Kind.SECONDARY
    return (
        f'<form hidden data-passkey="{use}" data-next="{escape(next)}">\n{"".join(parts)}'
        f'<button class="{kind}">{escape(words)}</button>\n<p role="alert" class="box" hidden></p>\n</form>\n'
    )
