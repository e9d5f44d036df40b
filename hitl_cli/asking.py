"""Ask and keep asking until the answer is here: every attempt carries the same key, so it is one question."""

import time
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Protocol, TypeVar

from hitl_cli.errors import Unreachable
from hitl_cli.http import Headers, Lost, RelayHttp
from hitl_cli.pacing import Backoff, pause
from hitl_cli.wire import Outcome, outcome_of

T = TypeVar("T")

CEILING_S = 900
"""No relay waits longer for a human."""

GRACE_S = 30.0
"""What the relay may take, after the deadline of the question, to say that it is past."""

FIRST_CONTACT_S = 60.0
"""How long a relay that never answered is looked for. It outlasts a restart, and finds a mistyped address soon."""

HOLD_S = 1.0
"""A wait that ended sooner was no wait: be slower next time."""


class Watcher(Protocol):
    """Whoever wants to see a question being asked."""

    def reached(self, request_id: str, delivery: str) -> None:
        """The relay has the question, under this id; `delivery` is `live`, `push` or `none`."""

    def troubled(self, reason: str) -> None:
        """An attempt failed and another one follows."""


class Unwatched:
    def reached(self, request_id: str, delivery: str) -> None: ...

    def troubled(self, reason: str) -> None: ...


async def ask(
    relay: RelayHttp,
    path: str,
    body: Mapping[str, Any],
    *,
    watcher: Watcher | None = None,
    now: Callable[[], float] = time.monotonic,
    rest: Callable[[float], Awaitable[None]] = pause,
) -> Outcome:
    """Send a question that carries an `idempotency_key` and return how it was settled."""
    watcher = watcher or Unwatched()
    patience = _Patience(now(), min(float(body.get("timeout_seconds") or CEILING_S), CEILING_S))
    backoff = Backoff()

    def headed(headers: Headers) -> None:
        if request_id := headers.get("HITL-Request-Id"):
            patience.contacted = True
            watcher.reached(request_id, headers.get("HITL-Delivery", ""))

    while True:
        started = now()
        after_s = 0.0
        try:
            outcome = outcome_of(await relay.call("POST", path, body, on_headers=headed))
            if not outcome.pending:
                return outcome
            patience.contacted = True
            reason = "the relay has no answer yet"
        except Lost as lost:
            reason, after_s = str(lost), lost.after_s
            watcher.troubled(reason)
        if now() - started > HOLD_S:
            backoff.reset()
        delay = max(backoff.next_s(), after_s)
        if now() + delay > patience.until:
            raise Unreachable(reason)
        await rest(delay)


async def withdraw(relay: RelayHttp, path: str, body: Mapping[str, Any], request_id: str | None) -> None:
    """Take a question back. Without its id, the same key asked with `wait: 0` says which one it was."""
    if request_id is None:
        found = await relay.call("POST", path, {**body, "wait": 0})
        request_id = found["request_id"]
    await relay.call("DELETE", f"/api/v1/requests/{request_id}")


async def tell(
    relay: RelayHttp,
    path: str,
    body: Mapping[str, Any],
    *,
    now: Callable[[], float] = time.monotonic,
    rest: Callable[[float], Awaitable[None]] = pause,
) -> Mapping[str, Any]:
    """Send a notification that carries an `idempotency_key`."""
    sent: Mapping[str, Any] = await insist(lambda: relay.call("POST", path, body), now=now, rest=rest) or {}
    return sent


async def insist(
    call: Callable[[], Awaitable[T]],
    *,
    now: Callable[[], float] = time.monotonic,
    rest: Callable[[float], Awaitable[None]] = pause,
) -> T:
    """Make a call that may be made twice, again and again until it comes through."""
    until = now() + FIRST_CONTACT_S
    backoff = Backoff()
    while True:
        try:
            return await call()
        except Lost as lost:
            delay = max(backoff.next_s(), lost.after_s)
            if now() + delay > until:
                raise Unreachable(str(lost)) from lost
            await rest(delay)


class _Patience:
    def __init__(self, started: float, question_s: float) -> None:
        self._first = started + min(FIRST_CONTACT_S, question_s)
        self._last = started + question_s + GRACE_S
        self.contacted = False

    @property
    def until(self) -> float:
        return self._last if self.contacted else self._first
