"""Carry a new device's keys to the device that vouches for it, and the session back."""

import base64
import hashlib
from collections.abc import Sequence
from typing import Final
from uuid import UUID

from relay.domain.clock import Clock
from relay.domain.device_log import InboxWrap, is_key_of, raw
from relay.domain.errors import InvalidInput, NotFound
from relay.domain.ids import AccountId, Chance, DeviceId, uuid7
from relay.domain.log_entry import EntryType
from relay.domain.pairing import CLAIM_LIFE, PAIRING_LIFE, Joined, Newcomer, Pairing, PairingState
from relay.domain.parties import Device
from relay.kernel.body import Json
from relay.kernel.signatures import is_signed
from relay.services.device_log import DeviceLogService, Writer
from relay.services.journal import Journal
from relay.store.pairings import GONE, PairingStore

LETTERS: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter is mistaken for a digit."""

CODE_LENGTH: Final = 8
"""Forty bits, for five minutes and one use; what proves a device is its MAC or the compared digits, not the code."""

_LOOK_ALIKES: Final = str.maketrans("ILO", "110", "- ")


class PairingService:
    def __init__(
        self, *, store: PairingStore, log: DeviceLogService, journal: Journal, clock: Clock, chance: Chance
    ) -> None:
        self._store = store
        self._log = log
        self._journal = journal
        self._clock = clock
        self._chance = chance

    async def begin(self, writer: Writer, commitment: str) -> tuple[Pairing, str]:
        """Make a code; it is shown once and kept as a digest."""
        now = self._clock.now()
        code = "".join(LETTERS[byte & 31] for byte in self._chance(CODE_LENGTH))
        pairing = Pairing(
            id=uuid7(now, self._chance),
            account_id=writer.account_id,
            org_id=writer.org_id,
            commitment=commitment,
            expires_at=now + PAIRING_LIFE,
        )
        await self._store.add(pairing, _digest(code), now)
        return pairing, code

    async def join(self, code: str, newcomer: Newcomer) -> tuple[Pairing, str]:
        """Take a new device's keys; return the pairing and the ticket with which the device asks what became of it."""
        if not is_key_of({"sign": newcomer.sign, "box": newcomer.box, "pop": newcomer.pop}, is_signed):
            raise InvalidInput("does not verify", "/pop")
        now = self._clock.now()
        ticket = base64.urlsafe_b64encode(self._chance(32)).decode().rstrip("=")
        typed = code.upper().translate(_LOOK_ALIKES)
        device = DeviceId(uuid7(now, self._chance))
        joined = await self._store.join(_digest(typed), now, _digest(ticket), device, newcomer)
        if joined is None:
            raise NotFound("there is no such code, or it was used or is over")
        await self._journal.note(joined.account_id, EntryType.PAIRING_JOINED, joined.id)
        return joined, ticket

    async def find(self, account: AccountId, id: UUID) -> Pairing:
        pairing = await self._store.find(id, account, self._clock.now())
        if pairing is None:
            raise NotFound(GONE)
        return pairing

    async def reveal(self, account: AccountId, id: UUID, nonce: str, root: str) -> Pairing:
        """Show the new device what the digits are made of; too late to choose keys that fit them."""
        pairing = await self.find(account, id)
        if base64.b64encode(hashlib.sha256(raw(nonce)).digest()).decode() != pairing.commitment:
            raise InvalidInput("is not what was committed to", "/nonce")
        revealed = await self._store.reveal(id, account, self._clock.now(), nonce, root)
        if revealed is None:
            raise NotFound(GONE)
        return revealed

    async def accept(
        self, writer: Writer, id: UUID, device_id: str, entries: Sequence[Json], wraps: Sequence[InboxWrap]
    ) -> list[DeviceId]:
        """Append what adds the new device, and make it; both or neither. Return the devices that left by the way."""
        pairing, now = await self.find(writer.account_id, id), self._clock.now()
        joined = pairing.joined
        if joined is None or pairing.state is PairingState.ACCEPTED:
            raise NotFound(GONE)
        if device_id != str(joined.device_id):
            raise InvalidInput("is not the one this pairing named", "/device_id")
        _check_added(joined, entries)
        left = await self._log.append(
            writer,
            entries,
            wraps,
            joins=_device(pairing, joined),
            within=self._store.accepting(pairing, now, max(pairing.expires_at, now + CLAIM_LIFE)),
        )
        await self._journal.note(
            writer.account_id,
            EntryType.DEVICE_REGISTERED,
            joined.device_id,
            actor=writer.account_id,
            device=writer.device_id,
            org=writer.org_id,
        )
        return left

    async def refuse(self, account: AccountId, id: UUID) -> None:
        if not await self._store.refuse(id, account):
            raise NotFound(GONE)

    async def claim(self, ticket: str) -> Pairing:
        """Say how it stands. Who is told `accepted` is told so once, and is handed the session by the caller."""
        digest, now = _digest(ticket), self._clock.now()
        pairing = await self._store.of_ticket(digest, now)
        if pairing and pairing.is_accepted:
            pairing = await self._store.claim(digest, now)
        if pairing is None:
            raise NotFound(GONE)
        return pairing

    async def forget_old(self) -> None:
        await self._store.forget(self._clock.now())


def _check_added(joined: Joined, entries: Sequence[Json]) -> None:
    """Of the entries one adds just the device that joined, and none another."""
    new, added = joined.newcomer, [entry for entry in entries if entry.get("type") == "add"]
    wanted = {"kind": "device", "device_id": str(joined.device_id), "sign": new.sign, "box": new.box, "pop": new.pop}
    if len(added) != 1 or any(added[0].get(name) != of for name, of in wanted.items()):
        raise InvalidInput("must add the device that joined, with the keys it brought, and no other", "/entries")


def _device(pairing: Pairing, joined: Joined) -> Device:
    return Device(
        id=joined.device_id,
        account_id=pairing.account_id,
        name=joined.newcomer.name,
        kind=joined.newcomer.kind,
        created_at=joined.at,
        ed25519=raw(joined.newcomer.sign),
        x25519=raw(joined.newcomer.box),
    )


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
