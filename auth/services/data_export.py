"""All that is kept about a human, for them to take along."""

from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, TypeAlias

from auth.entities import Identity, Member, Passkey, Session
from auth.principal import Principal
from auth.services.notes import Notes
from auth.store.data_export import ExportStore
from auth.store.identities import IdentityStore
from auth.store.orgs import OrgStore
from auth.store.passkeys import PasskeyStore
from auth.store.sessions import SessionStore
from relay.domain.clock import Clock
from relay.domain.log_entry import EntryType, LogEntry
from relay.domain.parties import Device
from relay.domain.request import Request
from relay.store.journal import JournalStore
from relay.store.parties import DeviceStore
from relay.store.requests import Listing, RequestStore, Whose

PAGE: Final = 200
"""Rows in memory at a time, however much there is."""

Kept: TypeAlias = Member | Session | Passkey | Identity | Device | Request | LogEntry | dict[str, Any]

KINDS: Final[Mapping[type, str]] = {
    Member: "member",
    Session: "session",
    Passkey: "passkey",
    Identity: "identity",
    Device: "device",
    Request: "request",
    LogEntry: "logentry",
}


class DataExport:
    def __init__(
        self,
        *,
        orgs: OrgStore,
        sessions: SessionStore,
        passkeys: PasskeyStore,
        identities: IdentityStore,
        more: ExportStore,
        devices: DeviceStore,
        requests: RequestStore,
        journal: JournalStore,
        notes: Notes,
        clock: Clock,
    ) -> None:
        self._orgs = orgs
        self._sessions = sessions
        self._passkeys = passkeys
        self._identities = identities
        self._more = more
        self._devices = devices
        self._requests = requests
        self._journal = journal
        self._notes = notes
        self._clock = clock

    async def begin(self, principal: Principal) -> None:
        """Note that the data was taken along."""
        await self._notes.by(principal, EntryType.ACCOUNT_EXPORTED, principal.account_id)

    async def all_of(self, principal: Principal) -> AsyncIterator[tuple[str, Kept]]:
        """Yield what is kept, kind by kind; of requests, those that were put to this human."""
        account = principal.account_id
        memberships = await self._orgs.of_account(account)
        for listed in (
            memberships,
            await self._sessions.of_account(account, self._clock.now()),
            await self._passkeys.of_account(account),
            await self._identities.of_account(account),
            await self._devices.of_account(account),
        ):
            for one in listed:
                yield KINDS[type(one)], one
        async for kind, row in self._more.rows_of(account):
            yield kind, row
        for membership in memberships:
            async for request in self._requests_of(Whose(membership.org.id, account=account)):
                yield KINDS[Request], request
        seq = 0
        while entries := await self._journal.after(account, seq, PAGE):
            for entry in entries:
                yield KINDS[LogEntry], entry
            seq = entries[-1].seq

    async def _requests_of(self, whose: Whose) -> AsyncIterator[Request]:
        before = None
        while page := await self._requests.listed(whose, Listing(before=before, limit=PAGE)):
            for request in page:
                yield request
            before = page[-1].id
