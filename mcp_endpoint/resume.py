"""Where a lost stream goes on: the id of its first event says all that is needed to find the answer again.

The request's row is the state, so any process, and the same one after a restart, can take the wait up where it broke.
"""

import base64
import binascii
import json
from dataclasses import dataclass, replace
from typing import Final
from uuid import UUID

from mcp_endpoint.jsonrpc import MAX_ID, RpcId
from relay.domain.errors import NotFound
from relay.domain.ids import RequestId

MAX_EVENT_ID: Final = 4 * MAX_ID + 200
"""Characters; a longer one is none of ours."""


@dataclass(frozen=True, slots=True)
class Place:
    """`turn` counts the streams of one call, so that no two of them have an event id in common."""

    request_id: RequestId
    rpc_id: RpcId
    token: RpcId | None
    turn: int = 0

    def event_id(self) -> str:
        facts = json.dumps([self.turn, self.request_id.hex, self.rpc_id, self.token])
        return base64.urlsafe_b64encode(facts.encode()).decode().rstrip("=")

    def again(self) -> "Place":
        """Return the place of the next stream of the same call."""
        return replace(self, turn=self.turn + 1)

    @classmethod
    def from_event_id(cls, text: str) -> "Place":
        """Read an id back; whatever cannot be one of ours names nothing."""
        try:
            turn, request, rpc_id, token = json.loads(base64.urlsafe_b64decode(_padded(text)))
            place = cls(RequestId(UUID(hex=request)), rpc_id, token, turn)
        except (ValueError, TypeError, AttributeError, binascii.Error, RecursionError):
            raise NotFound("there is no such event, or it is not yours") from None
        if not (_is_id(rpc_id) and (token is None or _is_id(token)) and _is_turn(turn)):
            raise NotFound("there is no such event, or it is not yours")
        return place


def _padded(text: str) -> str:
    if len(text) > MAX_EVENT_ID or not text.isascii():
        raise ValueError(text)
    return text + "=" * (-len(text) % 4)


def _is_id(value: object) -> bool:
    return isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) <= MAX_ID


def _is_turn(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 1_000_000
