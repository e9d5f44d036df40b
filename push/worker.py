"""Sends what the outbox says. Every process may have one; none must.

    claimed --plan--> sent | summarised | put off | left      and then settled, whatever came of it

A row is leased while it is worked on. Whoever dies with a lease has it taken over when that runs out, so a push is
sent at least once; the device tells a second one by its tag.
"""

import asyncio
import datetime as dt
from collections.abc import Coroutine, Sequence
from contextlib import suppress
from typing import Any, Final

from push.compose import message_for, summary_for
from push.metrics import PushMetrics
from push.plan import Leave, Plan, Send, Summarise, Wait, plan
from push.policy import Allowance, is_urgent, next_attempt, next_reminder
from push.results import Result, Verdict
from push.sender import Sender
from push.store.outbox import Due, Outbox, Settled, Shown, Wanted
from relay.bus import Hint
from relay.domain.clock import Clock
from relay.domain.errors import HitlError
from relay.domain.ids import Chance, DeviceId
from relay.domain.log_entry import EntryType
from relay.domain.request import Kind, Priority
from relay.hub import Hub
from relay.kernel.log import get_logger
from relay.kernel.loops import pause
from relay.services.ledger import LedgerService
from relay.services.reach import Reach
from relay.store.ledger import Step

log = get_logger(__name__)

MAX_UNDER_WAY: Final = 512
"""Pushes claimed by this process and not settled yet; more only wait here instead of in the database."""

TICK_S: Final = 1.0
"""How late at most a push is that nobody gave a hint of: a retry, a lease that ran out, another process's request."""

GATHER_S: Final = 0.01
"""What is asked together is claimed together."""

DRAIN_S: Final = 3.0

_WAKING: Final = frozenset({EntryType.REQUEST_CREATED, EntryType.NOTIFICATION, EntryType.REQUEST_RESOLVED})


class Worker:
    def __init__(
        self,
        *,
        outbox: Outbox,
        sender: Sender,
        hub: Hub,
        reach: Reach,
        ledger: LedgerService,
        metrics: PushMetrics,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._outbox = outbox
        self._sender = sender
        self._hub = hub
        self._reach = reach
        self._ledger = ledger
        self._metrics = metrics
        self._clock = clock
        self._chance = chance
        self._allowance = Allowance()
        self._woken = asyncio.Event()
        self._under_way: set[asyncio.Task[None]] = set()

    # When --------------------------------------------------------------------------------------------------------

    def receive(self, hint: Hint) -> None:
        """Take a hint from the bus: there may be something to send."""
        if self._reach.is_pushable(hint.account_id) and (hint.entry is None or hint.entry.type in _WAKING):
            self._woken.set()

    async def run(self) -> None:
        """Work until cancelled."""
        while True:
            try:
                more = await self.take() == MAX_UNDER_WAY
            except HitlError as error:
                log.warning("loop_step_failed", loop="push", code=error.code)
                more = False
            except Exception:
                log.exception("loop_step_broke", loop="push")
                more = False
            if not more:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), TICK_S)
                await pause(GATHER_S)
            self._woken.clear()

    async def work_off(self) -> None:
        """Send everything that is due now, and see it settled."""
        while await self.take():
            await asyncio.gather(*self._under_way)

    async def drain(self) -> None:
        """Let what is under way end; what does not in time is taken over when its lease runs out."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=DRAIN_S)
        for task in tuple(self._under_way):
            task.cancel()
        await asyncio.gather(*self._under_way, return_exceptions=True)

    async def take(self) -> int:
        """Claim what is due and begin to send it; return how many rows that were."""
        room = MAX_UNDER_WAY - len(self._under_way)
        if room <= 0:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return MAX_UNDER_WAY
        now = self._clock.now()
        claimed = await self._outbox.claim(now, room)
        together: dict[DeviceId, list[Due]] = {}
        for due in claimed:
            if due.wanted is Wanted.OPEN and due.shown is Shown.NOTHING and due.attempt == 1:
                self._ledger.pushed(due.request_id, due.device_id, Step.QUEUED)
            if isinstance(self._begin(due, now), Summarise):
                together.setdefault(due.device_id, []).append(due)
        for device, rows in together.items():
            self._allowance.summarised(device, now)
            self._own(self._send_summary(device, rows))
        return len(claimed)

    def _begin(self, due: Due, now: dt.datetime) -> Plan:
        live = due.target is not None and due.device_id in self._hub.live_devices(due.target.account_id)
        planned = plan(due, now, is_live=live, allowance=self._allowance)
        match planned:
            case Send():
                if due.wanted is Wanted.OPEN:
                    self._allowance.take(due.device_id, now)
                self._own(self._send_one(due))
            case Wait(until=until):
                self._own(self._settle(due, due.shown, due.attempt - 1, until))
                self._wake_in((until - now).total_seconds())
            case Leave(shown=shown, step=step, why=why):
                self._metrics.saved()
                if step:
                    self._ledger.pushed(due.request_id, due.device_id, step, why)
                self._own(self._settle(due, shown, due.attempt, None))
            case Summarise():
                pass
        return planned

    # What --------------------------------------------------------------------------------------------------------

    async def _send_one(self, due: Due) -> None:
        if due.target is None or due.about is None:
            raise RuntimeError("the plan sends nothing without an address and a request")
        result = await self._sender.send(due.target, message_for(due, due.about))
        await self._conclude(due, result, Shown(due.wanted.value))

    async def _send_summary(self, device: DeviceId, rows: Sequence[Due]) -> None:
        """One notification for several rows; each is settled with its outcome."""
        first = rows[0]
        if first.target is None:
            raise RuntimeError("the plan summarises nothing without an address")
        waiting = (await self._outbox.open_on([device], self._clock.now())).get(device, 0)
        urgent = any(due.wanted is Wanted.OPEN and _is_urgent(due) for due in rows)
        until = max(due.until for due in rows)
        result = await self._sender.send(first.target, summary_for(device, waiting, until, urgent=urgent))
        for due in rows:
            await self._conclude(due, result, Shown.SUMMARY if due.wanted is Wanted.OPEN else Shown.CLOSED)

    # And then ----------------------------------------------------------------------------------------------------

    async def _conclude(self, due: Due, result: Result | None, told: Shown) -> None:
        now = self._clock.now()
        if told is Shown.OPEN and (result is None or result.verdict is not Verdict.SENT):
            self._allowance.give_back(due.device_id, now)
        if result is None:
            at = self._sender.retry_at(due.target, now) if due.target else now
            await self._settle(due, due.shown, due.attempt - 1, at)
            return
        if result.verdict is Verdict.SENT:
            if due.wanted is Wanted.OPEN:
                self._ledger.pushed(due.request_id, due.device_id, Step.PUSHED, _detail(due, result))
            await self._settle(due, told, 0, _reminder(due, told, now))
            return
        # What may have arrived may have to be taken back.
        shown = told if result.verdict is Verdict.UNKNOWN else due.shown
        again = next_attempt(now, due.attempt, result, due.until, self._chance)
        if again is None and due.wanted is Wanted.OPEN:
            self._ledger.pushed(due.request_id, due.device_id, Step.FAILED, _detail(due, result))
        if again is not None:
            self._wake_in((again - now).total_seconds())
        await self._settle(due, shown, due.attempt, again)

    async def _settle(self, due: Due, shown: Shown, attempt: int, next_at: dt.datetime | None) -> None:
        with suppress(HitlError):  # the database is gone: the lease runs out, and somebody does it again
            await self._outbox.settle(Settled(due, shown, attempt, next_at, self._clock.now()))

    def _own(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="push")
        self._under_way.add(task)
        task.add_done_callback(self._finished)

    def _finished(self, task: "asyncio.Task[None]") -> None:
        self._under_way.discard(task)
        if not task.cancelled() and (error := task.exception()):
            log.warning("push_interrupted", error=type(error).__name__)

    def _wake_in(self, seconds: float) -> None:
        if seconds < TICK_S:
            asyncio.get_running_loop().call_later(max(0.0, seconds), self._woken.set)


def _is_urgent(due: Due) -> bool:
    return due.about is not None and is_urgent(due.about.kind, due.about.priority)


def _reminder(due: Due, told: Shown, now: dt.datetime) -> dt.datetime | None:
    about = due.about
    if about is None or told is not Shown.OPEN or not due.preference.reminders:
        return None
    if about.kind is Kind.NOTIFICATION or about.priority is not Priority.URGENT:
        return None
    return next_reminder(about.created_at, about.expires_at, now)


def _detail(due: Due, result: Result) -> str:
    vendor = due.target.vendor.value if due.target else ""
    return f"{vendor} {result.code}"[:100]
