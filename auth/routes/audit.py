"""An organization's audit, in pages and as an export."""

from typing import Final
from uuid import UUID

from aiohttp import web

from auth.html import NO_STORE
from auth.keys import AUDIT
from auth.principal import caller
from auth.routes.audit_wire import (
    AuditEntryReply,
    AuditQuery,
    AuditReply,
    ExportedEntry,
    ExportQuery,
    read_place,
    write_place,
)
from auth.routes.orgs import org_id
from auth.services.audit import place_of
from relay.domain.log_entry import LogEntry
from relay.kernel.body import json_reply, read_query
from relay.kernel.operation import Access, Operations
from relay.services.keys import CLOCK

operations = Operations("organizations")

LINES: Final = "application/x-ndjson"


@operations.get(
    "/api/v1/orgs/{id}/audit",
    access=Access.OWNER,
    summary="What members and agents did that concerns the organization, newest first (owners, admins)",
    query=AuditQuery,
    reply=AuditReply,
)
async def listing(request: web.Request) -> web.Response:
    query = read_query(request, AuditQuery)
    entries = await page_of(request, query)
    named = await request.app[AUDIT].names(org_id(request), ids_in(entries))
    following = write_place(place_of(entries[-1])) if len(entries) == query.limit else None
    shown = [AuditEntryReply.of(entry, named) for entry in entries]
    return json_reply(AuditReply(entries=shown, next_before=following), headers=NO_STORE)


@operations.get(
    "/api/v1/orgs/{id}/audit/export",
    access=Access.OWNER,
    recent=True,
    summary="The same as JSON Lines, all of it; the export is itself an entry (owners, admins)",
    query=ExportQuery,
    media=LINES,
)
async def export(request: web.Request) -> web.StreamResponse:
    query, org, audit = read_query(request, ExportQuery), org_id(request), request.app[AUDIT]
    await audit.begin_export(caller(request), org)
    response = web.StreamResponse(
        headers={
            "Content-Type": f"{LINES}; charset=utf-8",
            "Content-Disposition": f'attachment; filename="audit-{org}.jsonl"',
            **NO_STORE,
        }
    )
    await response.prepare(request)
    async for page in audit.export(org, query.filter(request.app[CLOCK].now())):
        await response.write("".join(f"{ExportedEntry.of(entry).model_dump_json()}\n" for entry in page).encode())
    await response.write_eof()
    return response


async def page_of(request: web.Request, query: AuditQuery) -> list[LogEntry]:
    below = read_place(query.before) if query.before else None
    wanted = query.filter(request.app[CLOCK].now())
    return await request.app[AUDIT].page(caller(request), org_id(request), wanted, below=below, limit=query.limit)


def ids_in(entries: list[LogEntry]) -> set[UUID]:
    return {named for entry in entries for named in (entry.actor, entry.subject) if named}
