"""Hands one message to one device's provider, and draws the conclusions that are not about the message."""

import asyncio
import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from push.lanes import Lanes
from push.message import Message
from push.metrics import PushMetrics
from push.provider import Target
from push.results import Result, Verdict
from push.store.outbox import LEASE
from push.store.targets import TargetStore, Tried
from push.turnstile import Turnstile
from push.vendors import Vendors
from relay.domain.clock import Clock
from relay.domain.ids import AccountId
from relay.kernel.log import get_logger
from relay.services.reach import Reach

log = get_logger(__name__)


class Sender:
    def __init__(
        self,
        *,
        vendors: Vendors,
        targets: TargetStore,
        lanes: Lanes,
        reach: Reach,
        metrics: PushMetrics,
        clock: Clock,
    ) -> None:
        self._vendors = vendors
        self._targets = targets
        self._lanes = lanes
        self._reach = reach
        self._metrics = metrics
        self._clock = clock
        self._turnstile = Turnstile()

    async def send(self, target: Target, message: Message) -> Result | None:
        """Send, if the way is open; None means that nothing was tried."""
        provider = self._vendors.of(target.vendor)
        if provider is None:
            return Result(verdict=Verdict.DROP, code="off")
        lane, claimed_at = self._lanes.of(target), self._clock.now()
        async with lane.places:
            await self._turnstile.enter()
            now = self._clock.now()
            # Who waited for a place until the lease is half over might still be at it when another takes over.
            if now > claimed_at + LEASE / 2 or not lane.breaker.admits(now):
                return None
            begun = asyncio.get_running_loop().time()
            result = await provider.send(target, message)
            took_s = asyncio.get_running_loop().time() - begun
            now = self._clock.now()
            lane.note(result, now)
        self._metrics.tried(target.vendor, result, took_s)
        dead = self._is_dead(target, result, now)
        await self._note(Tried(target, result, now, dead=dead))
        # A death that is not believed must not cost the push: it is sent again, and again not before a while.
        return replace(result, verdict=Verdict.RETRY) if result.verdict is Verdict.DEAD and not dead else result

    def retry_at(self, target: Target, now: dt.datetime) -> dt.datetime:
        """Return when to come back with what was not tried."""
        return self._lanes.of(target).breaker.retry_at(now)

    async def look_at(self, accounts: Iterable[AccountId]) -> None:
        """Learn anew whether these accounts can be woken."""
        wanted = list(accounts)
        reachable = await self._targets.reachable_among(wanted)
        for account in wanted:
            self._reach.set(account, pushable=account in reachable)

    def _is_dead(self, target: Target, result: Result, now: dt.datetime) -> bool:
        """Whether to believe that a token is dead: not if it was registered since, nor if all are said to be."""
        if result.dead_since and result.dead_since < target.registered_at:
            return False
        dead = self._lanes.is_dead(target.vendor, result, now)
        if result.verdict is Verdict.DEAD and not dead:
            log.warning("push_tokens_kept", vendor=target.vendor.value, code=result.code)
        return dead

    async def _note(self, tried: Tried) -> None:
        account = await self._targets.note(tried)
        if account is not None:
            log.info("push_token_retired", vendor=tried.target.vendor.value, code=tried.result.code)
            await self.look_at([account])
