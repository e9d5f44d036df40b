"""How much may be under way at once, and where: a lane for each vendor, for Web Push one for each push service."""

import asyncio
import datetime as dt
from collections import OrderedDict
from typing import Final

from push.breaker import Breaker, Valve
from push.provider import Target, Vendor
from push.results import Result
from push.webpush import origin_of
from relay.kernel.log import get_logger
from relay.kernel.outbound import MOST_AT_ONE_HOST

log = get_logger(__name__)

WIDTH: Final = {Vendor.APNS: 200, Vendor.FCM: 32, Vendor.WEBPUSH: MOST_AT_ONE_HOST}
"""APNs multiplexes on one connection; FCM asks for few at once. To a push service as many as there are connections: one
more would wait for a connection with its time running, and be taken for one that may have arrived."""

MAX_LANES: Final = 1_000
"""There are a handful of push services, but everybody may name one of their own. Idle lanes go first."""


class Lane:
    def __init__(self, vendor: Vendor) -> None:
        self.vendor = vendor
        self.places = asyncio.Semaphore(WIDTH[vendor])
        self.breaker = Breaker()

    def note(self, result: Result, now: dt.datetime) -> None:
        was_open = self.breaker.is_open
        if self.breaker.note(result, now):
            log.warning("push_paused", vendor=self.vendor.value, verdict=result.verdict.value, code=result.code)
        elif was_open and not self.breaker.is_open:
            log.info("push_resumed", vendor=self.vendor.value)


class Lanes:
    def __init__(self) -> None:
        self._lanes: OrderedDict[str, Lane] = OrderedDict()
        self._valves = {vendor: Valve() for vendor in Vendor}

    def of(self, target: Target) -> Lane:
        name = origin_of(target.token) if target.vendor is Vendor.WEBPUSH else target.vendor.value
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes[name] = Lane(target.vendor)
            if len(self._lanes) > MAX_LANES:
                self._lanes.popitem(last=False)
        self._lanes.move_to_end(name)
        return lane

    def is_dead(self, vendor: Vendor, result: Result, now: dt.datetime) -> bool:
        """Return whether a token is to be retired for this outcome."""
        return self._valves[vendor].lets(result, now)

    def paused(self, vendor: Vendor) -> int:
        return sum(lane.breaker.is_open for lane in self._lanes.values() if lane.vendor is vendor)
