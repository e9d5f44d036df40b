"""An organization's audit: what its members did that concerns it, out of the logs of all of them.

Members come and go, and the entries stay where they were written; see `docs/decisions.md`. An entry has ids and no
words, so names are looked up when somebody reads it.
"""

from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

from auth.principal import Principal
from auth.scopes import AUDIT_READ
from auth.services.notes import Notes
from auth.services.orgs import Standings
from auth.store.orgs import OrgStore
from relay.domain.ids import OrgId
from relay.domain.log_entry import EntryType, LogEntry
from relay.store.audit import AuditFilter, AuditStore, Place
from relay.store.parties import AgentStore

EXPORT_PAGE: Final = 500


class AuditService:
    def __init__(
        self, *, store: AuditStore, orgs: OrgStore, agents: AgentStore, standings: Standings, notes: Notes
    ) -> None:
        self._store = store
        self._orgs = orgs
        self._agents = agents
        self._standings = standings
        self._notes = notes

    async def page(
        self, principal: Principal, org: OrgId, wanted: AuditFilter, *, below: Place | None, limit: int
    ) -> list[LogEntry]:
        """Return the next entries below a place, newest first."""
        await self._standings.of(principal, org, AUDIT_READ)
        return await self._store.page(org, wanted, below=below, limit=limit)

    async def begin_export(self, principal: Principal, org: OrgId) -> None:
        """Make sure that the caller may take the audit away, and note that they do, before they get any of it."""
        await self._standings.of(principal, org, AUDIT_READ)
        await self._notes.by(principal, EntryType.AUDIT_EXPORTED, org, org=org)

    async def export(self, org: OrgId, wanted: AuditFilter) -> AsyncIterator[list[LogEntry]]:
        """Yield all entries in pages, newest first. The caller has begun the export."""
        below: Place | None = None
        while page := await self._store.page(org, wanted, below=below, limit=EXPORT_PAGE):
            yield page
            below = place_of(page[-1])

    async def names(self, org: OrgId, ids: set[UUID]) -> dict[UUID, str]:
        """Return what accounts and agents of these ids are called now; who is gone has no name."""
        found = await self._orgs.names(sorted(ids))
        found.update((agent.id, agent.name) for agent in await self._agents.of_org(org) if agent.id in ids)
        return found


def place_of(entry: LogEntry) -> Place:
    return entry.at, entry.account_id, entry.seq
