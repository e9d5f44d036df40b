"""Put the broker together: stores on a database, services on stores, loops around services."""

import datetime as dt
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager

from aiohttp import web

from relay.bus import Bus
from relay.domain.clock import Clock
from relay.domain.ids import Chance
from relay.hub import Hub
from relay.kernel.loops import running
from relay.kernel.metrics import Metrics
from relay.kernel.waiting import TICK_S, Heartbeats
from relay.services import keys
from relay.services.answer import AnswerService
from relay.services.ask import AskService
from relay.services.collection import Collection
from relay.services.deliver import DeliverService
from relay.services.device_log import DeviceLogService
from relay.services.journal import Journal
from relay.services.ledger import LedgerService
from relay.services.pairing import PairingService
from relay.services.presence import Presence
from relay.services.reach import Reach
from relay.services.recent import RecentRequests
from relay.services.upkeep import (
    EXPIRY_EVERY_S,
    SEAL_EVERY_S,
    UPKEEP_EVERY_S,
    UPKEEP_FIRST_S,
    ExpiryService,
    RetentionService,
    SealService,
)
from relay.store.database import Database
from relay.store.device_log import DeviceLogStore
from relay.store.journal import JournalStore
from relay.store.ledger import LedgerStore
from relay.store.pairings import PairingStore
from relay.store.parties import AgentStore, DeviceStore
from relay.store.partitions import Partitions
from relay.store.requests import RequestStore


@asynccontextmanager
async def broker(
    app: web.Application,
    database: Database,
    bus: Bus,
    *,
    clock: Clock,
    chance: Chance,
    keep: dt.timedelta,
    keep_sealed: dt.timedelta,
) -> AsyncIterator[None]:
    """Open the stores and put the services where the doors find them; closing writes what is queued."""
    requests, journal_store, ledger = RequestStore(database), JournalStore(database), LedgerStore(database)
    hub, metrics, recent = Hub(), app[keys.METRICS], RecentRequests()
    journal = Journal(journal_store, bus, clock)
    app[keys.CLOCK], app[keys.CHANCE], app[keys.DATABASE], app[keys.HUB] = clock, chance, database, hub
    app[keys.BUS], app[keys.REACH] = bus, Reach(hub)
    app[keys.REQUESTS], app[keys.JOURNAL_STORE] = requests, journal_store
    app[keys.AGENTS], app[keys.DEVICES] = AgentStore(database), DeviceStore(database)
    app[keys.HEARTBEATS], app[keys.JOURNAL] = Heartbeats(), journal
    app[keys.COLLECTION] = collection = Collection(store=requests, clock=clock)
    app[keys.ASK] = AskService(
        store=requests,
        recent=recent,
        hub=hub,
        reach=app[keys.REACH],
        journal=journal,
        clock=clock,
        chance=chance,
        metrics=metrics,
        collection=collection,
    )
    app[keys.ANSWER] = AnswerService(
        store=requests,
        recent=recent,
        hub=hub,
        journal=journal,
        clock=clock,
        metrics=metrics,
        collection=collection,
    )
    app[keys.DEVICE_LOG] = DeviceLogService(
        store=DeviceLogStore(database), devices=app[keys.DEVICES], journal=journal, clock=clock
    )
    app[keys.PAIRING] = pairing = PairingService(
        store=PairingStore(database), log=app[keys.DEVICE_LOG], journal=journal, clock=clock, chance=chance
    )
    app[keys.PRESENCE] = Presence(store=requests, recent=recent, hub=hub, journal=journal, clock=clock)
    app[keys.LEDGER] = LedgerService(store=ledger, requests=requests, recent=recent, hub=hub, clock=clock)
    app[keys.DELIVER] = deliver = DeliverService(journal=journal_store, requests=requests, hub=hub, bus=bus)
    app[keys.EXPIRY] = ExpiryService(store=requests, recent=recent, hub=hub, bus=bus, clock=clock, metrics=metrics)
    app[keys.SEAL] = SealService(journal=journal_store, clock=clock)
    app[keys.RETENTION] = RetentionService(
        requests=requests,
        journal=journal_store,
        ledger=ledger,
        partitions=Partitions(database),
        pairing=pairing,
        clock=clock,
        keep=keep,
        keep_sealed=keep_sealed,
    )
    _measure(metrics, hub, app[keys.HEARTBEATS])
    await app[keys.RETENTION].make_room()
    requests.start()
    ledger.start()
    try:
        yield
    finally:
        await deliver.close()
        await requests.close()
        await ledger.close()


@asynccontextmanager
async def broker_loops(app: web.Application) -> AsyncIterator[None]:
    """Run what must happen as time passes."""
    async with AsyncExitStack() as stack:
        ticks = _counter()
        for name, every_s, step in (
            ("expiry", EXPIRY_EVERY_S, app[keys.EXPIRY].expire),
            ("heartbeats", TICK_S, lambda: app[keys.HEARTBEATS].beat(ticks())),
            ("sweep", app[keys.DELIVER].sweep_every_s, app[keys.DELIVER].sweep),
            ("seal", SEAL_EVERY_S, app[keys.SEAL].seal),
        ):
            await stack.enter_async_context(running(name, every_s, step))
        # Soon after the start too: a relay that is restarted every day must still forget.
        retention = running("retention", UPKEEP_EVERY_S, app[keys.RETENTION].run, first_s=UPKEEP_FIRST_S)
        await stack.enter_async_context(retention)
        yield


def _measure(metrics: Metrics, hub: Hub, heartbeats: Heartbeats) -> None:
    metrics.gauge("hitl_devices_connected", "Followers of an account connected here", lambda: hub.counts()[0])
    metrics.gauge("hitl_calls_waiting", "Calls waiting here for a human", lambda: hub.counts()[1])
    metrics.gauge("hitl_replies_waiting", "HTTP replies kept alive by heartbeats", lambda: len(heartbeats))


def _counter() -> Callable[[], int]:
    count = iter(range(1 << 62))
    return lambda: next(count)
