"""Write what happened into the account's log, and tell the account's devices."""

from uuid import UUID

from relay.bus import Bus, Hint
from relay.domain.clock import Clock
from relay.domain.ids import AccountId, DeviceId, OrgId
from relay.domain.log_entry import EntryType, LogEntry
from relay.domain.request import Request
from relay.store.journal import JournalStore


class Journal:
    def __init__(self, store: JournalStore, bus: Bus, clock: Clock) -> None:
        self._store = store
        self._bus = bus
        self._clock = clock

    async def note(
        self,
        account: AccountId,
        type: EntryType,
        subject: UUID,
        *,
        actor: UUID | None = None,
        device: DeviceId | None = None,
        digest: bytes | None = None,
        org: OrgId | None = None,
    ) -> None:
        """Record something that happened outside a request: a key made, a device revoked. `org` audits it."""
        at = self._clock.now()
        seq = await self._store.note(account, type, subject, actor=actor, device=device, digest=digest, at=at, org=org)
        entry = LogEntry(
            account_id=account,
            seq=seq,
            type=type,
            subject=subject,
            actor=actor,
            device=device,
            digest=digest,
            at=at,
            org_id=org,
        )
        self._bus.publish(Hint(account, entry))

    def announce(
        self,
        type: EntryType,
        seq: int,
        request: Request,
        *,
        actor: UUID | None = None,
        device: DeviceId | None = None,
    ) -> None:
        """Tell the devices of an entry that a statement of the request store has written already."""
        entry = LogEntry(
            account_id=request.account_id,
            seq=seq,
            type=type,
            subject=request.id,
            actor=actor,
            device=device,
            digest=None,
            at=request.settled_at or request.created_at,
        )
        self._bus.publish(Hint(request.account_id, entry, request))

    def nudge(self, account: AccountId) -> None:
        """Have the account's log read again: something was written, its number is not known here."""
        self._bus.publish(Hint(account))
