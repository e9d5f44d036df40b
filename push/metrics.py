"""What is counted about pushes."""

from typing import Final

from push.lanes import Lanes
from push.provider import Vendor
from push.results import Result, Verdict
from relay.kernel.metrics import Metrics

_SEND_BUCKETS: Final = (0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class PushMetrics:
    def __init__(self, metrics: Metrics, lanes: Lanes) -> None:
        sent = metrics.counter("hitl_pushes", "Pushes tried, by what became of them", "vendor", "verdict")
        took = metrics.histogram("hitl_push_seconds", "Time a push service took", "vendor", buckets=_SEND_BUCKETS)
        saved = metrics.counter("hitl_pushes_saved", "Pushes that were not needed, or not wanted, any more")
        self._sent = {(vendor, verdict): sent.labels(vendor, verdict) for vendor in Vendor for verdict in Verdict}
        self._took = {vendor: took.labels(vendor) for vendor in Vendor}
        self._saved = saved
        self._due = 0
        self._late_s = 0.0
        metrics.gauge("hitl_push_due", "Pushes that wait to be sent", lambda: self._due)
        metrics.gauge("hitl_push_late_seconds", "How long the oldest of them has waited", lambda: self._late_s)
        metrics.gauge(
            "hitl_push_paused", "Push services left alone for now", lambda: sum(lanes.paused(v) for v in Vendor)
        )

    def tried(self, vendor: Vendor, result: Result, seconds: float) -> None:
        self._sent[vendor, result.verdict].inc()
        self._took[vendor].observe(seconds)

    def saved(self) -> None:
        self._saved.inc()

    def depth(self, due: int, late_s: float) -> None:
        self._due, self._late_s = due, late_s
