"""Put push together: providers on credentials, the worker on the outbox."""

import asyncio
import datetime as dt
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Final

import aiohttp
from aiohttp import web

from push.credentials import LOOK_EVERY_S, Rotation, open_apns, open_fcm
from push.devices import PushDevices
from push.keys import PUSH_DEVICES, PUSH_METRICS, PUSH_SETTINGS, PUSH_WORKER, ROTATION, VENDORS
from push.lanes import Lanes
from push.metrics import PushMetrics
from push.provider import Check, State, Vendor
from push.sender import Sender
from push.store.outbox import Outbox
from push.store.targets import TargetStore
from push.vapid import Vapid, new_secret
from push.vendors import Vendors
from push.webpush import WebPush
from push.worker import Worker
from relay.kernel.loops import running
from relay.services.keys import BUS, CHANCE, CLOCK, DATABASE, HUB, LEDGER, METRICS, OUTBOUND, REACH
from relay.services.reach import REFRESH_S

MEASURE_S: Final = 5.0
FORGET_S: Final = 3600.0
KEEP_ROWS: Final = dt.timedelta(hours=24)
"""A request is over after fifteen minutes and its notification an hour later; what became of it is in the ledger."""

KEEP_DEAD: Final = dt.timedelta(days=30)
"""So long a human can see why a device is not woken any more."""


@asynccontextmanager
async def push(app: web.Application) -> AsyncIterator[None]:
    """Open the providers and put the services where the doors find them; closing lets what is under way end."""
    clock, lanes, vendors = app[CLOCK], Lanes(), Vendors()
    outbox, targets = Outbox(app[DATABASE]), TargetStore(app[DATABASE])
    metrics = PushMetrics(app[METRICS], lanes)
    sender = Sender(vendors=vendors, targets=targets, lanes=lanes, reach=app[REACH], metrics=metrics, clock=clock)
    worker = Worker(
        outbox=outbox,
        sender=sender,
        hub=app[HUB],
        reach=app[REACH],
        ledger=app[LEDGER],
        metrics=metrics,
        clock=clock,
        chance=app[CHANCE],
    )
    vapid, rotation = await _vapid(app, targets), Rotation(vendors)
    session = aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar())
    await _open(app, session, rotation, vapid)
    app[VENDORS], app[ROTATION], app[PUSH_WORKER] = vendors, rotation, worker
    app[PUSH_METRICS] = metrics
    app[PUSH_DEVICES] = PushDevices(targets=targets, sender=sender, clock=clock, chance=app[CHANCE], key=vapid.public)
    app[REACH].replace(await targets.reachable())
    app[BUS].listen(worker.receive)
    outbox.start()
    targets.start()
    try:
        yield
    finally:
        await worker.drain()
        await targets.close()
        await outbox.close()
        await vendors.close()
        await session.close()


@asynccontextmanager
async def push_loops(app: web.Application) -> AsyncIterator[None]:
    """Send, and do what must be done beside it."""
    targets, outbox, clock = TargetStore(app[DATABASE]), Outbox(app[DATABASE]), app[CLOCK]

    async def refresh() -> None:
        app[REACH].replace(await targets.reachable())

    async def measure() -> None:
        now = clock.now()
        due, oldest = await outbox.depth(now)
        app[PUSH_METRICS].depth(due, (now - oldest).total_seconds() if oldest else 0.0)

    async def forget() -> None:
        await outbox.forget(clock.now() - KEEP_ROWS)
        await targets.forget_dead(clock.now() - KEEP_DEAD)

    async with AsyncExitStack() as stack:
        await stack.enter_async_context(running("reach", REFRESH_S, refresh))
        await stack.enter_async_context(running("push depth", MEASURE_S, measure))
        await stack.enter_async_context(running("push credentials", LOOK_EVERY_S, app[ROTATION].look))
        await stack.enter_async_context(running("push upkeep", FORGET_S, forget, first_s=60.0))
        task = asyncio.create_task(app[PUSH_WORKER].run(), name="push")
        try:
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def _vapid(app: web.Application, targets: TargetStore) -> Vapid:
    secret = await targets.key(new_secret(), app[CLOCK].now())
    return Vapid.of(secret, app[PUSH_SETTINGS].vapid_contact, app[CLOCK])


async def _open(app: web.Application, session: aiohttp.ClientSession, rotation: Rotation, vapid: Vapid) -> None:
    settings, clock = app[PUSH_SETTINGS], app[CLOCK]
    web_push = WebPush(app[OUTBOUND], vapid, public_url=settings.public_url, clock=clock, chance=app[CHANCE])
    check = Check(State.READY)
    if not settings.is_contact_reachable:
        check = Check(State.WARNING, "Apple refuses pushes until HITL_PUSH_CONTACT or an https HITL_PUBLIC_URL is set")
    await rotation.begin(Vendor.WEBPUSH, None, lambda: (web_push, check))
    await rotation.begin(Vendor.APNS, settings.apns.key_file, lambda: open_apns(settings.apns, clock))
    fcm = settings.fcm_credentials
    await rotation.begin(Vendor.FCM, fcm, lambda: open_fcm(fcm, session, clock))
