"""The page of an organization's audit."""

from collections.abc import Mapping
from html import escape
from typing import Final
from uuid import UUID

from aiohttp import web

from auth.guard import HTML, is_recent
from auth.html import button_link, card, heading, page, paragraph, rows, time
from auth.keys import AUDIT
from auth.principal import caller
from auth.routes.audit import ids_in, page_of
from auth.routes.audit_wire import KINDS, AuditQuery, write_place
from auth.routes.confirming import confirm_first
from auth.routes.orgs import org_id
from auth.services.audit import place_of
from relay.domain.log_entry import EntryType, LogEntry
from relay.kernel.body import read_query
from relay.kernel.operation import Access, Operations

operations = Operations("pages")

DONE: Final[Mapping[EntryType, str]] = {
    EntryType.DEVICE_REGISTERED: "registered a device",
    EntryType.DEVICE_RENAMED: "renamed a device",
    EntryType.DEVICE_REVOKED: "revoked a device",
    EntryType.PAIRING_JOINED: "had a device ask to be paired",
    EntryType.DEVICE_LOG_APPENDED: "signed a change of their devices or of an agent's key",
    EntryType.AGENT_CREATED: "made an agent",
    EntryType.AGENT_RENAMED: "renamed an agent",
    EntryType.AGENT_ASSIGNED: "assigned an agent to another member",
    EntryType.AGENT_PAUSED: "paused an agent",
    EntryType.AGENT_RESUMED: "resumed an agent",
    EntryType.AGENT_ARCHIVED: "archived an agent",
    EntryType.AGENT_DELETED: "deleted an agent",
    EntryType.KEY_CREATED: "made an API key",
    EntryType.KEY_ROTATED: "rotated an API key",
    EntryType.KEY_REVOKED: "revoked an API key",
    EntryType.GRANT_CREATED: "connected a program",
    EntryType.GRANT_REVOKED: "disconnected a program",
    EntryType.AGENT_KEY_REGISTERED: "registered a public key",
    EntryType.ACCOUNT_CREATED: "made their account",
    EntryType.DELETION_ASKED: "asked for their account to be deleted",
    EntryType.DELETION_UNDONE: "kept their account",
    EntryType.ACCOUNT_EXPORTED: "took their data along",
    EntryType.PASSWORD_CHANGED: "changed their password",
    EntryType.PASSKEY_DEMANDED: "changed whether their account demands a passkey",
    EntryType.RECOVERY_CODES_MADE: "made recovery codes",
    EntryType.RECOVERED: "signed in with a recovery code",
    EntryType.RESET_LINK_MADE: "was given a link to a new password",
    EntryType.IDENTITY_LINKED: "linked an identity at a provider",
    EntryType.IDENTITY_UNLINKED: "unlinked an identity at a provider",
    EntryType.PASSKEY_ADDED: "added a passkey",
    EntryType.PASSKEY_REMOVED: "removed a passkey",
    EntryType.CONFIRMED: "proved who they are",
    EntryType.SIGNED_IN: "signed in",
    EntryType.SIGNED_OUT: "signed out",
    EntryType.ORG_CREATED: "made the organization",
    EntryType.ORG_RENAMED: "renamed the organization",
    EntryType.ORG_ENTERED: "switched to the organization",
    EntryType.ORG_DELETED: "deleted the organization",
    EntryType.MEMBER_JOINED: "joined",
    EntryType.MEMBER_MADE_OWNER: "made an owner of",
    EntryType.MEMBER_MADE_ADMIN: "made an admin of",
    EntryType.MEMBER_MADE_OPERATOR: "made an operator of",
    EntryType.MEMBER_REMOVED: "removed",
    EntryType.MEMBER_LEFT: "left",
    EntryType.INVITE_CREATED: "made an invitation",
    EntryType.INVITE_REVOKED: "revoked an invitation",
    EntryType.AUDIT_EXPORTED: "exported the audit",
}
"""In words."""
NOT_HERE: Final = frozenset(
    {
        EntryType.REQUEST_CREATED,
        EntryType.REQUEST_RESOLVED,
        EntryType.REQUEST_CLAIMED,
        EntryType.REQUEST_RELEASED,
        EntryType.AGENT_AWAY,
        EntryType.AGENT_BACK,
        EntryType.NOTIFICATION,
    }
)
"""Questions are in their human's log, not in an organization's audit."""


@operations.get(
    "/orgs/{id}/audit",
    access=Access.OWNER,
    summary="The page of an organization's audit",
    query=AuditQuery,
    media=HTML,
)
async def show(request: web.Request) -> web.Response:
    query, org = read_query(request, AuditQuery), org_id(request)
    entries = await page_of(request, query)
    named = await request.app[AUDIT].names(org, ids_in(entries))
    here, kind = f"/orgs/{org}/audit", f"&kind={query.kind}" if query.kind else ""
    older = f"{here}?before={write_place(place_of(entries[-1]))}{kind}" if len(entries) == query.limit else ""
    export = button_link(f"/api/v1{here}/export", "Download all of it as JSON Lines")
    recent = is_recent(request, caller(request))
    return page(
        "Audit",
        _kinds(here, query.kind),
        card(rows(_row(entry, named) for entry in entries) if entries else paragraph("There is nothing here.")),
        button_link(older, "Older") if older else "",
        card(heading("Take it away"), export if recent else confirm_first(here, "Taking the audit away")),
        button_link(f"/orgs/{org}", "Back to the organization"),
        here="/orgs",
    )


def _kinds(here: str, chosen: str | None) -> str:
    links = [_link(here, "all", current=chosen is None)]
    links += [_link(f"{here}?kind={kind}", kind, current=kind == chosen) for kind in KINDS]
    return paragraph("Show:", ", ".join(links))


def _link(address: str, words: str, *, current: bool) -> str:
    return f'<a href="{escape(address)}"{" aria-current=page" * current}>{escape(words)}</a>'


def _row(entry: LogEntry, named: Mapping[UUID, str]) -> str:
    actor = named.get(entry.actor, "somebody who is gone") if entry.actor else "the relay"
    about = "" if entry.subject == entry.actor else named.get(entry.subject, "")
    words = DONE.get(entry.type, entry.type.value)  # a newer relay's entries are read by an older one
    object_ = f" ({escape(about)})" if about else ""
    return paragraph(
        f"<strong>{escape(actor)}</strong> {escape(words)}{object_}",
        "<br>",
        f'<span class="muted">{time(entry.at)}, <code>{entry.type}</code></span>',
    )
