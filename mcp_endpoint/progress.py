"""What a waiting call tells its client every fifteen seconds, so that the client goes on waiting."""

import datetime as dt
from collections.abc import Callable
from typing import Final

from mcp_endpoint.jsonrpc import RpcId
from mcp_endpoint.stream import message_event
from relay.domain.clock import Clock
from relay.domain.request import Request
from relay.kernel.body import to_json

EVERY_S: Final = 15
"""Claude Code gives up a call that is silent for 300 s, proxies often after 60."""

_STEP: Final = 0.001
"""Progress must rise; the clock of a server may be set back."""


class Progress:
    __slots__ = ("_clock", "_last", "_reach", "_request", "_token")

    def __init__(self, token: RpcId, request: Request, clock: Clock, reach: Callable[[], str]) -> None:
        self._token = token
        self._request = request
        self._clock = clock
        self._reach = reach
        self._last = -_STEP

    def event(self) -> bytes:
        """Return the next notification: seconds since the question was asked, of those it stays open."""
        elapsed = _seconds(self._clock.now() - self._request.created_at)
        self._last = max(elapsed, self._last + _STEP)
        params = {
            "progressToken": self._token,
            "progress": round(self._last, 3),
            "total": _seconds(self._request.expires_at - self._request.created_at),
            "message": self._message(int(self._last // 60)),
        }
        return message_event(to_json({"jsonrpc": "2.0", "method": "notifications/progress", "params": params}))

    def _message(self, minutes: int) -> str:
        since = f", {minutes} min" if minutes else ""
        if self._reach() == "none":
            return f"Waiting for the human{since}; no device of theirs is connected"
        return f"Waiting for the human{since}"


def _seconds(span: dt.timedelta) -> float:
    return span / dt.timedelta(seconds=1)
