"""Invitations as the organization's page shows them."""

from collections.abc import Mapping
from html import escape

from aiohttp import web

from auth.entities import Invite, Role
from auth.html import Kind, card, choice, field, form, heading, paragraph, rows, time, unfolding
from auth.keys import INVITES
from auth.principal import caller
from auth.routes.browser import FORM_TOKEN
from relay.domain.ids import OrgId


async def invitations(
    request: web.Request, org: OrgId, role: Role, token: str, roles: Mapping[str, str], *, recent: bool
) -> str:
    """Return the open invitations and, if the caller may make one now, the form for it."""
    action, hidden = f"/orgs/{org}/invites", {FORM_TOKEN: token}
    opened = await request.app[INVITES].of_org(caller(request), org)
    offered = {name: words for name, words in roles.items() if role is Role.OWNER or name != Role.OWNER.value}
    make = form(
        action,
        "Make an invitation",
        choice("role", "As", offered),
        field(
            "email",
            "E-mail address (optional)",
            hint="Then only the account with this address can accept. The relay sends nothing: you pass the link on.",
            type="email",
            maxlength="254",
            autocomplete="off",
        ),
        hidden=hidden,
    )
    return card(
        heading("Invitations"),
        rows(_row(invite, action, hidden) for invite in opened) if opened else paragraph("None is open."),
        make if recent else "",
    )


def _row(invite: Invite, action: str, hidden: Mapping[str, str]) -> str:
    whom = escape(invite.email) if invite.email else "whoever has the code"
    facts = f"by {escape(invite.invited_by)}, until {time(invite.expires_at)}"
    return paragraph(f"{invite.role.value.capitalize()}, for {whom}", "<br>", facts) + unfolding(
        f"Revoke the invitation for {invite.email or 'whoever has the code'}",
        form(f"{action}/{invite.id}/revoke", "Revoke it now", hidden=hidden, kind=Kind.DANGER),
    )
