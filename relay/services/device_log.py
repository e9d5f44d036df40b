"""The account's device log: served to whoever relies on it, appended to by its devices, never written by the relay."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from relay.domain.clock import Clock
from relay.domain.device_log import DeviceLog, InboxWrap, check_shape, check_wraps, text
from relay.domain.errors import InvalidInput, LogMoved
from relay.domain.ids import AccountId, DeviceId, OrgId
from relay.domain.log_entry import EntryType
from relay.domain.parties import Device
from relay.kernel.body import Json
from relay.kernel.signatures import is_signed
from relay.services.journal import Journal
from relay.store.device_log import Append, DeviceLogStore, LogPage, Within
from relay.store.parties import DeviceStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Writer:
    """The session that brings an append. Whether it may be appended the signatures say."""

    account_id: AccountId
    org_id: OrgId
    device_id: DeviceId


@dataclass(frozen=True, slots=True)
class Recipient:
    """A box key that an agent may seal to; the inbox key is no device's."""

    key: str
    device: DeviceId | None


class DeviceLogService:
    def __init__(self, *, store: DeviceLogStore, devices: DeviceStore, journal: Journal, clock: Clock) -> None:
        self._store = store
        self._devices = devices
        self._journal = journal
        self._clock = clock

    async def page(self, account: AccountId, after: int = -1) -> LogPage:
        return await self._store.page(account, after)

    async def entries(self, account: AccountId, root: str) -> list[Json]:
        """Return the log with this root, also one that was given up."""
        return await self._store.entries(account, root)

    async def read(self, account: AccountId) -> DeviceLog:
        return DeviceLog.of((await self.page(account)).entries)

    async def append(
        self,
        writer: Writer,
        entries: Sequence[Json],
        wraps: Sequence[InboxWrap],
        *,
        replaces: str = "",
        joins: Device | None = None,
        within: Within | None = None,
    ) -> list[DeviceId]:
        """Append what the account's devices signed, whole or not at all; return the devices that left.

        `replaces` gives the log with that head up for the one that these entries begin; `joins` is made with it.
        """
        log = await self.read(writer.account_id)
        if replaces and replaces != log.head:
            raise LogMoved("this is not the log's head any more; read it again")
        before = DeviceLog() if replaces else log
        check_shape(entries[0], "/entries/0")
        if not before.is_next(entries[0]):
            raise LogMoved("the first entry was not made for the log's end; read it again")
        after = before.appended(entries, is_signed)
        await self._check_signers(before, writer.account_id, entries)
        known = await self._store.wrapped_for(writer.account_id, after.inbox) if after.inbox == before.inbox else []
        check_wraps(after, known, wraps)
        append = Append(
            account=writer.account_id,
            was=log.head,
            anew=bool(replaces),
            after=after,
            entries=entries,
            wraps=wraps,
            at=self._clock.now(),
            joins=joins,
        )
        await self._store.append(append, within)
        await self._note(writer, after)
        return [DeviceId(device) for device in _devices(before) - _devices(after)]

    async def wrap_for(self, account: AccountId, device: DeviceId) -> InboxWrap | None:
        """Return the account's inbox key as it is boxed for this device."""
        log = await self.read(account)
        member = log.device(device)
        return await self._store.wrap(account, log.inbox, member.box) if member else None

    async def recipients(self, account: AccountId) -> list[Recipient]:
        """Return whom an agent may seal to: the inbox key first, then devices, the newest first.

        A device that was revoked is gone at once, whatever the log says still.
        """
        log = await self.read(account)
        inbox = [Recipient(log.inbox, None)] if log.inbox else []
        devices = reversed(await self._devices.of_account(account))
        boxed = [Recipient(text(device.x25519), device.id) for device in devices if device.x25519]
        return inbox + [to for to in boxed if to.device and (log.seq < 0 or log.device(to.device))]

    async def _check_signers(self, before: DeviceLog, account: AccountId, entries: Sequence[Json]) -> None:
        """Refuse what a revoked device signed: it is in the log until another device has said otherwise there."""
        live = {device.id for device in await self._devices.of_account(account)}
        for number, entry in enumerate(entries):
            member = before.members.get(entry["by"])
            if member and member.device_id and member.device_id not in live:
                raise InvalidInput("this device was revoked", f"/entries/{number}/by")

    async def _note(self, writer: Writer, after: DeviceLog) -> None:
        await self._journal.note(
            writer.account_id,
            EntryType.DEVICE_LOG_APPENDED,
            writer.account_id,
            actor=writer.account_id,
            device=writer.device_id,
            digest=after.head_digest,
            org=writer.org_id,
        )


def _devices(log: DeviceLog) -> set[UUID]:
    return {member.device_id for member in log.members.values() if member.device_id}
