"""The delivery ledger as the doors use it: record a step, read what became of a request."""

from collections.abc import Mapping

from prometheus_client import Counter

from relay.domain.clock import Clock
from relay.domain.errors import NotFound
from relay.domain.ids import AccountId, DeviceId, RequestId
from relay.hub import Hub
from relay.kernel.metrics import Metrics
from relay.services.recent import RecentRequests
from relay.store.ledger import LedgerEntry, LedgerStore, Step
from relay.store.requests import RequestStore


class LedgerService:
    def __init__(
        self,
        *,
        store: LedgerStore,
        requests: RequestStore,
        recent: RecentRequests,
        hub: Hub,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._store = store
        self._requests = requests
        self._recent = recent
        self._clock = clock
        self._steps = step_counters(metrics)
        store.on_written(hub.touch)

    def sent(self, request: RequestId, device: DeviceId) -> None:
        """A card of the device's own account was written to its socket."""
        self._put(request, device, Step.SENT)

    async def note(self, account: AccountId, device: DeviceId | None, request: RequestId, step: Step) -> None:
        """Record what a device reports; a request that is not its account's is not its business."""
        known = self._recent.get(request) or await self._requests.by_id(request)
        if known is None or known.account_id != account:
            raise NotFound("there is no such request, or it is not yours")
        if device:
            self._put(request, device, step)

    def pushed(self, request: RequestId, device: DeviceId, step: Step, detail: str = "") -> None:
        """Record a step of a push to one of the account's devices; `detail` is the push service's word."""
        self._put(request, device, step, detail)

    async def of(self, request: RequestId) -> list[LedgerEntry]:
        return await self._store.of(request)

    def _put(self, request: RequestId, device: DeviceId, step: Step, detail: str = "") -> None:
        self._steps[step].inc()
        self._store.record(LedgerEntry(request, device, step, self._clock.now(), detail=detail))


def step_counters(metrics: Metrics) -> Mapping[Step, Counter]:
    steps = metrics.counter("hitl_delivery_steps", "Steps on the way to a device's screen", "step")
    return {step: steps.labels(step) for step in Step}
