"""Counters and gauges for Prometheus. Labels are words of the domain, never ids."""

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Sequence

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest

from relay.domain.request import Kind, Request, State

_ANSWER_BUCKETS = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 900)


class Metrics:
    """One registry an application, so that two in one process (tests) do not meet."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        asked = Counter("hitl_asked", "Requests put before a human", ["kind"], registry=self._registry)
        settled = Counter("hitl_settled", "Requests settled, by how", ["state"], registry=self._registry)
        self._asked = {kind: asked.labels(kind.value) for kind in Kind}
        self._settled = {state: settled.labels(state.value) for state in State}
        self._reattached = Counter("hitl_reattached", "Asks that joined an earlier one", registry=self._registry)
        self._answer_s = Histogram(
            "hitl_answer_seconds", "From asked to answered", buckets=_ANSWER_BUCKETS, registry=self._registry
        )
        requests = Counter("hitl_http_requests", "HTTP requests served", ["status"], registry=self._registry)
        self._http = {status: requests.labels(f"{status}xx") for status in (2, 3, 4, 5)}
        self._counted: defaultdict[Counter, int] = defaultdict(int)
        """What was counted since somebody read it. The library's counters lock and check at each step, which is half
        of what counting costs a round trip; read once in a while they need not."""

    def asked(self, kind: Kind) -> None:
        self._counted[self._asked[kind]] += 1

    def settled(self, request: Request) -> None:
        self._counted[self._settled[request.state]] += 1
        if request.state is State.ANSWERED and request.settled_at:
            self._answer_s.observe((request.settled_at - request.created_at) / dt.timedelta(seconds=1))

    def expired(self, count: int) -> None:
        self._counted[self._settled[State.EXPIRED]] += count

    def reattached(self) -> None:
        self._reattached.inc()

    def served(self, status: int) -> None:
        if counter := self._http.get(status // 100):
            self._counted[counter] += 1

    def gauge(self, name: str, doc: str, read: Callable[[], float]) -> None:
        """Add a gauge that is read when it is asked for."""
        Gauge(name, doc, registry=self._registry).set_function(read)

    def counter(self, name: str, doc: str, *labels: str) -> Counter:
        """Add a counter of a package's own."""
        return Counter(name, doc, labels, registry=self._registry)

    def histogram(self, name: str, doc: str, *labels: str, buckets: Sequence[float]) -> Histogram:
        return Histogram(name, doc, labels, buckets=buckets, registry=self._registry)

    def text(self) -> bytes:
        """Return everything in Prometheus' text format."""
        for counter, count in self._counted.items():
            counter.inc(count)
        self._counted.clear()
        return generate_latest(self._registry)
