"""The pages of invitations: make one, take it back; enter a code, look, accept."""

from html import escape
from typing import Annotated, Final
from urllib.parse import quote

from aiohttp import web
from pydantic import StringConstraints

from auth.entities import Invite
from auth.guard import HTML, SIGN_IN_PAGE, refuse_foreign, session_token
from auth.html import Kind, box, button_link, command, field, form, hint, page, paragraph, see, time
from auth.keys import INVITES, ORGS
from auth.next_path import HOME, with_next
from auth.principal import caller
from auth.routes.browser import FORM_TOKEN, form_token, read_form, read_own_form
from auth.routes.invites import LOOKS, link_of
from auth.routes.org_wire import InviteForm
from auth.routes.orgs import org_id
from relay.domain.errors import NotFound
from relay.kernel.body import WireModel, path_id
from relay.kernel.operation import Access, Operations

operations = Operations("pages")

INVITE_PAGE: Final = "/invite"


class CodeForm(WireModel):
    code: Annotated[str, StringConstraints(max_length=40, pattern=r"^[0-9A-Za-z -]+$")]


@operations.post(
    "/orgs/{id}/invites",
    access=Access.OWNER,
    recent=True,
    summary="Make an invitation from the page's form",
    media=HTML,
    status=201,
)
async def create(request: web.Request) -> web.Response:
    body, org = await read_own_form(request, InviteForm), org_id(request)
    new = await request.app[INVITES].create(caller(request), org, body.role, body.email)
    return page(
        "Your invitation",
        box(
            paragraph("<strong>Pass it on now: it is not shown again.</strong>"),
            command(link_of(request, new)),
            kind="warn",
        ),
        paragraph("Or read out the code, to be typed at", f"<code>{INVITE_PAGE}</code>:"),
        command(new.code),
        paragraph(f"It is good once, until {time(new.invite.expires_at)}. {_for_whom(new.invite)}"),
        button_link(f"/orgs/{org}", "Back to the organization"),
        status=201,
        here="/orgs",
    )


@operations.post(
    "/orgs/{id}/invites/{invite_id}/revoke",
    access=Access.OWNER,
    summary="Revoke an invitation from the page's form",
    media=HTML,
    status=303,
)
async def revoke(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[INVITES].revoke(caller(request), org_id(request), path_id(request, "invite_id"))
    return see(f"/orgs/{org_id(request)}")


@operations.get(INVITE_PAGE, access=Access.PUBLIC, summary="The page on which one enters a code", media=HTML)
async def enter(_: web.Request) -> web.Response:
    groups = "Four groups of four characters."
    code = field("code", "Code", hint=groups, required="", maxlength="40", autocomplete="off")
    return page("Join an organization", form(INVITE_PAGE, "Look at the invitation", code))


@operations.post(
    INVITE_PAGE, access=Access.PUBLIC, summary="Look at the invitation whose code was entered", media=HTML, status=303
)
async def entered(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=True)
    code = (await read_form(request, CodeForm)).code
    return see(f"{INVITE_PAGE}/{quote(code, safe='')}")


@operations.get(
    f"{INVITE_PAGE}/{{code}}",
    access=Access.PUBLIC,
    limits=(LOOKS,),
    summary="The page of an invitation; opening it does not spend it",
    media=HTML,
)
async def show(request: web.Request) -> web.Response:
    try:
        invite = await request.app[INVITES].look(request.match_info["code"])
    except NotFound as error:
        return page("No such invitation", paragraph(escape(str(error))), button_link(HOME, "To the relay"), status=404)
    here = f"{INVITE_PAGE}/{quote(request.match_info['code'], safe='')}"
    return page(
        f"Join {invite.org.name}",
        paragraph(
            f"<strong>{escape(invite.invited_by)}</strong> invites you to <strong>{escape(invite.org.name)}</strong>",
            f"as {invite.role}.",
        ),
        hint(f"{_for_whom(invite)} You will be asked what its agents ask you, on all your devices."),
        _accept(request, here),
    )


@operations.post(
    f"{INVITE_PAGE}/{{code}}",
    access=Access.OWNER,
    limits=(LOOKS,),
    summary="Accept an invitation from its page",
    media=HTML,
    status=303,
)
async def accept(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    principal = caller(request)
    invite = await request.app[INVITES].accept(request.match_info["code"], principal.account_id)
    await request.app[ORGS].enter(principal, invite.org.id)
    return see("/orgs")


def _accept(request: web.Request, here: str) -> str:
    """Return the button that accepts, for who is signed in; the way to sign in and back for everybody else."""
    sign_in = with_next(SIGN_IN_PAGE, here)
    if not session_token(request):
        return button_link(sign_in, "Sign in to accept", Kind.PRIMARY)
    hidden = {FORM_TOKEN: form_token(request)}
    return form(here, "Accept", hidden=hidden) + button_link(sign_in, "Accept with another account")


def _for_whom(invite: Invite) -> str:
    return "It is for one e-mail address only." if invite.email else "It is for whoever has it."
