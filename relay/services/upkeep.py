"""What must happen as time passes: deadlines, seals, partitions, forgetting. Every process may do all of it."""

import datetime as dt
from typing import Final

from relay.bus import Bus, Hint
from relay.domain.clock import Clock
from relay.domain.ids import AccountId
from relay.domain.log_entry import EntryType, LogEntry
from relay.domain.request import State
from relay.hub import Hub
from relay.kernel.log import get_logger
from relay.kernel.loops import pause
from relay.kernel.metrics import Metrics
from relay.services.pairing import PairingService
from relay.services.recent import RecentRequests
from relay.store.journal import JournalStore
from relay.store.ledger import LedgerStore
from relay.store.partitions import Partitions
from relay.store.requests import RequestStore

log = get_logger(__name__)

EXPIRY_EVERY_S: Final = 0.5
EXPIRY_BATCH: Final = 250
"""Small enough that a thousand deadlines at one instant do not hold up an answer for 100 ms."""

SEAL_EVERY_S: Final = 10.0
SEAL_ACCOUNTS: Final = 200
SEAL_ENTRIES: Final = 2_000
"""Of one account in one seal; the heads of the accounts are locked for as long as these take to read."""

UPKEEP_EVERY_S: Final = 3600.0
UPKEEP_FIRST_S: Final = 30.0
KEYS_KEPT: Final = dt.timedelta(hours=24)
LOG_KEPT: Final = dt.timedelta(days=400)
"""A year of audit and some; devices never look back further than a replay."""


class ExpiryService:
    def __init__(
        self,
        *,
        store: RequestStore,
        recent: RecentRequests,
        hub: Hub,
        bus: Bus,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._recent = recent
        self._hub = hub
        self._bus = bus
        self._clock = clock
        self._metrics = metrics

    async def expire(self) -> int:
        """Settle everything past its deadline; return how many that were."""
        total = 0
        while True:
            now = self._clock.now()
            due = await self._store.expire_due(now, EXPIRY_BATCH)
            for request_id, account, seq in due:
                entry = LogEntry(
                    account_id=account,
                    seq=seq,
                    type=EntryType.REQUEST_RESOLVED,
                    subject=request_id,
                    actor=None,
                    device=None,
                    digest=None,
                    at=now,
                )
                known = self._recent.get(request_id)
                gone = known.expired(now) if known and known.state is State.PENDING else None
                self._recent.drop(request_id)
                self._bus.publish(Hint(account, entry, gone))
            total += len(due)
            if len(due) < EXPIRY_BATCH:
                break
            await pause(0)  # let answers through between two batches
        if total:
            self._metrics.expired(total)
        return total


class SealService:
    """Chain each account's log: whoever changes an entry later must change every seal after it."""

    def __init__(self, *, journal: JournalStore, clock: Clock) -> None:
        self._journal = journal
        self._clock = clock

    async def seal(self) -> int:
        """Seal what is new; return how many entries that were."""
        total = 0
        while sealed := await self._journal.seal(SEAL_ACCOUNTS, SEAL_ENTRIES, self._clock.now()):
            total += sealed
        return total

    async def verify(self, account: AccountId) -> tuple[int, int | None]:
        """Recompute the chain; return how many entries hold, and the number where it first breaks, if it does.

        Where retention took entries the chain starts from their last seal; a younger seal must have all of its own.
        """
        chain, position, holding = b"", 0, 0
        oldest = await self._journal.oldest(account)
        expired = self._clock.now() - LOG_KEPT
        for upto, wanted, at in await self._journal.seals(account):
            if at < expired and not 0 < oldest <= upto:
                chain, position = wanted, upto
                continue
            entries, digest = await self._journal.chained(account, position, chain, upto=upto)
            if entries != upto - position or digest != wanted:
                return holding, position + 1
            chain, position, holding = wanted, upto, holding + entries
        return holding, None


class RetentionService:
    def __init__(
        self,
        *,
        requests: RequestStore,
        journal: JournalStore,
        ledger: LedgerStore,
        partitions: Partitions,
        pairing: PairingService,
        clock: Clock,
        keep: dt.timedelta,
        keep_sealed: dt.timedelta,
    ) -> None:
        self._keep_sealed = keep_sealed
        self._requests = requests
        self._journal = journal
        self._ledger = ledger
        self._partitions = partitions
        self._pairing = pairing
        self._clock = clock
        self._keep = keep

    async def make_room(self) -> None:
        """Make the partitions that the next days need."""
        await self._partitions.make(self._clock.now())

    async def forget(self) -> list[str]:
        """Drop what is past its time; return the partitions dropped."""
        now = self._clock.now()
        await self._requests.forget_keys(now - KEYS_KEPT)
        await self._requests.empty_sealed(now - self._keep_sealed)
        await self._pairing.forget_old()
        await self._ledger.forget(now - self._keep)
        await self._journal.forget(now - LOG_KEPT)
        return await self._partitions.drop((now - self._keep).date())

    async def run(self) -> None:
        await self.make_room()
        await self.forget()
