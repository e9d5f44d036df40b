"""The pages of organizations: which one is in, who is in one, and what becomes of it."""

from html import escape
from typing import Final

from aiohttp import web

from auth.entities import Member, Role
from auth.guard import HTML, is_recent
from auth.html import (
    Kind,
    button_link,
    card,
    field,
    form,
    heading,
    hint,
    options_of,
    page,
    paragraph,
    rows,
    see,
    unfolding,
)
from auth.keys import MEMBERS, ORGS
from auth.principal import caller
from auth.routes.browser import FORM_TOKEN, form_token, read_own_form
from auth.routes.confirming import confirm_first
from auth.routes.invite_parts import invitations
from auth.routes.org_wire import OrgBody, RoleForm
from auth.routes.orgs import member_id, org_id
from auth.scopes import AUDIT_READ, MEMBERS_WRITE, ORG_DELETE, ORG_WRITE, ROLE_SCOPES
from relay.domain.errors import NotFound
from relay.kernel.body import WireModel
from relay.kernel.operation import Access, Operations

operations = Operations("pages")

ORGS_PAGE: Final = "/orgs"

ROLES: Final = {
    Role.OPERATOR.value: "operator: answers",
    Role.ADMIN.value: "admin: manages agents, keys and people",
    Role.OWNER.value: "owner: everything",
}


@operations.get(ORGS_PAGE, access=Access.OWNER, summary="The page of one's organizations", media=HTML)
async def listing(request: web.Request) -> web.Response:
    principal, token = caller(request), form_token(request)
    found = await request.app[ORGS].of(principal)
    return page(
        "Organizations",
        card(rows(_row(member, active=member.org.id == principal.org_id, token=token) for member in found)),
        card(
            heading("Join one"),
            paragraph("With a code that somebody gave you."),
            button_link("/invite", "Enter a code"),
        ),
        card(
            heading("Make one"),
            form(ORGS_PAGE, "Make an organization", _name(""), hidden={FORM_TOKEN: token}, kind=Kind.SECONDARY),
        ),
        here=ORGS_PAGE,
    )


@operations.post(
    ORGS_PAGE, access=Access.OWNER, summary="Make an organization from the page's form", media=HTML, status=303
)
async def create(request: web.Request) -> web.Response:
    org = await request.app[ORGS].create(caller(request), (await read_own_form(request, OrgBody)).name)
    return see(f"{ORGS_PAGE}/{org.id}")


@operations.get(
    f"{ORGS_PAGE}/{{id}}", access=Access.OWNER, summary="The page of an organization and its members", media=HTML
)
async def show(request: web.Request) -> web.Response:
    principal, org = caller(request), org_id(request)
    members = await request.app[MEMBERS].of_org(principal, org)
    me = next((member for member in members if member.account.id == principal.account_id), None)
    if me is None:
        raise NotFound("there is no such organization, or it is not yours")
    token, recent = form_token(request), is_recent(request, principal)
    here = f"{ORGS_PAGE}/{org}"
    may = ROLE_SCOPES[me.role]
    manages = MEMBERS_WRITE in may
    return page(
        me.org.name,
        _standing(me, active=org == principal.org_id, token=token),
        "" if recent or not manages else card(confirm_first(here, "Changing who is in an organization")),
        card(heading("Members"), rows(_member(member, me, token, changeable=manages and recent) for member in members)),
        await invitations(request, org, me.role, token, ROLES, recent=recent) if manages else "",
        _audit(here) if AUDIT_READ in may else "",
        _settings(me, token, renames=ORG_WRITE in may, deletes=ORG_DELETE in may and recent),
        here=ORGS_PAGE,
    )


@operations.post(
    f"{ORGS_PAGE}/{{id}}/activate",
    access=Access.OWNER,
    summary="Switch to an organization from the page's form",
    media=HTML,
    status=303,
)
async def activate(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[ORGS].enter(caller(request), org_id(request))
    return see("/owner")


@operations.post(
    f"{ORGS_PAGE}/{{id}}/rename",
    access=Access.OWNER,
    summary="Rename an organization from the page's form",
    media=HTML,
    status=303,
)
async def rename(request: web.Request) -> web.Response:
    name = (await read_own_form(request, OrgBody)).name
    await request.app[ORGS].rename(caller(request), org_id(request), name)
    return see(f"{ORGS_PAGE}/{org_id(request)}")


@operations.post(
    f"{ORGS_PAGE}/{{id}}/leave",
    access=Access.OWNER,
    summary="Leave an organization from the page's form",
    media=HTML,
    status=303,
)
async def leave(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[MEMBERS].leave(caller(request), org_id(request))
    return see(ORGS_PAGE)


@operations.post(
    f"{ORGS_PAGE}/{{id}}/delete",
    access=Access.OWNER,
    recent=True,
    summary="Delete an organization from the page's form",
    media=HTML,
    status=303,
)
async def delete(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[ORGS].delete(caller(request), org_id(request))
    return see(ORGS_PAGE)


@operations.post(
    f"{ORGS_PAGE}/{{id}}/members/{{account_id}}/role",
    access=Access.OWNER,
    recent=True,
    summary="Give a member another role from the page's form",
    media=HTML,
    status=303,
)
async def change_role(request: web.Request) -> web.Response:
    role = (await read_own_form(request, RoleForm)).role
    await request.app[MEMBERS].change_role(caller(request), org_id(request), member_id(request), role)
    return see(f"{ORGS_PAGE}/{org_id(request)}")


@operations.post(
    f"{ORGS_PAGE}/{{id}}/members/{{account_id}}/remove",
    access=Access.OWNER,
    recent=True,
    summary="Remove a member from the page's form",
    media=HTML,
    status=303,
)
async def remove(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[MEMBERS].remove(caller(request), org_id(request), member_id(request))
    return see(f"{ORGS_PAGE}/{org_id(request)}")


def _row(member: Member, *, active: bool, token: str) -> str:
    org = member.org
    words = f"<strong>{escape(org.name)}</strong>{' (yours)' if member.personal else ''}, as {member.role}"
    switch = form(
        f"{ORGS_PAGE}/{org.id}/activate", f"Switch to {org.name}", hidden={FORM_TOKEN: token}, kind=Kind.SECONDARY
    )
    return (
        paragraph(words, "<br>You are in it now." if active else "")
        + ("" if active else switch)
        + button_link(f"{ORGS_PAGE}/{org.id}", f"People and settings of {org.name}")
    )


def _standing(me: Member, *, active: bool, token: str) -> str:
    if active:
        return paragraph(f"You are its {me.role}, and in it now.")
    action = f"{ORGS_PAGE}/{me.org.id}/activate"
    return paragraph(f"You are its {me.role}. Agents and keys are shown of the organization you are in.") + form(
        action, "Switch to it", hidden={FORM_TOKEN: token}, kind=Kind.SECONDARY
    )


def _member(member: Member, me: Member, token: str, *, changeable: bool) -> str:
    account = member.account
    words = f"<strong>{escape(account.name)}</strong>{' (you)' if account.id == me.account.id else ''}"
    shown = paragraph(words, "<br>", f"{escape(account.email)}, {member.role}")
    untouchable = member.role is Role.OWNER and me.role is not Role.OWNER
    if not changeable or member.personal or untouchable:
        return shown
    action, hidden = f"{ORGS_PAGE}/{me.org.id}/members/{account.id}", {FORM_TOKEN: token}
    offered = {role: words for role, words in ROLES.items() if me.role is Role.OWNER or role != Role.OWNER.value}
    # One page has many of these, and an id must be unique: the label wraps its select instead of naming it.
    options = options_of(offered, member.role.value)
    select = f'<label>Role of {escape(account.name)} <select name="role">{options}</select></label>\n'
    role = form(f"{action}/role", f"Change the role of {account.name}", select, hidden=hidden, kind=Kind.SECONDARY)
    if account.id == me.account.id:
        return shown + unfolding("Change your role", role)
    ends = "The keys they made end at once, and what they are being asked here is withdrawn. Their agents ask you then."
    return (
        shown
        + unfolding(f"Change the role of {account.name}", role)
        + unfolding(
            f"Remove {account.name}",
            paragraph(ends),
            form(f"{action}/remove", f"Remove {account.name} now", hidden=hidden, kind=Kind.DANGER),
        )
    )


def _audit(here: str) -> str:
    return card(
        heading("Audit"),
        paragraph("Who signed in, and what was done to agents, keys, devices and members."),
        button_link(f"{here}/audit", "Read the audit"),
    )


def _settings(me: Member, token: str, *, renames: bool, deletes: bool) -> str:
    action, hidden = f"{ORGS_PAGE}/{me.org.id}", {FORM_TOKEN: token}
    parts = []
    if renames:
        parts.append(form(f"{action}/rename", "Rename", _name(me.org.name), hidden=hidden, kind=Kind.SECONDARY))
    if me.personal:
        parts.append(hint("This is your own organization: it stays with your account."))
    else:
        parts.append(
            unfolding(
                "Leave it",
                paragraph("The keys you made in it end at once."),
                form(f"{action}/leave", f"Leave {me.org.name} now", hidden=hidden, kind=Kind.DANGER),
            )
        )
    if deletes and not me.personal:
        parts.append(
            unfolding(
                "Delete it",
                paragraph("Its agents, keys and invitations end at once, for everybody in it. There is no way back."),
                form(f"{action}/delete", f"Delete {me.org.name} now", hidden=hidden, kind=Kind.DANGER),
            )
        )
    return card(heading("Settings"), *parts)


def _name(value: str) -> str:
    return field("name", "Name", value=value, required="", maxlength="80", autocomplete="off")
