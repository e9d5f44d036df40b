"""JSON-RPC 2.0 as MCP uses it: messages in, replies out. Nothing here knows about HTTP or tools."""

from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import pydantic_core

from relay.kernel.body import Json

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
REQUEST_CANCELLED: Final = -32800

RpcId: TypeAlias = str | int

MAX_ID: Final = 500
"""Characters of a request's id: it is sent back, and kept while the call waits."""

MAX_BATCH: Final = 20
"""Messages in one POST: each may put a card before a human."""


@dataclass(frozen=True, slots=True)
class Message:
    """A request, or a notification, which has no `id`."""

    method: str
    params: Json | None
    id: RpcId | None


@dataclass(frozen=True, slots=True)
class Batch:
    """What one POST carried. A `reply` is what a client sends to a request of ours, and we make none."""

    messages: list[Message]
    is_array: bool


class Refused(Exception):
    """A message that cannot be served, as a JSON-RPC error and the HTTP status it travels with."""

    def __init__(
        self, code: int, message: str, *, status: int = 400, id: RpcId | None = None, data: object = None
    ) -> None:
        super().__init__(message)
        self.code = code
        self.status = status
        self.id = id
        self.data = data

    def body(self) -> Json:
        return error(self.id, self.code, str(self), self.data)


def error(id: RpcId | None, code: int, message: str, data: object = None) -> Json:
    fault: Json = {"code": code, "message": message}
    if data is not None:
        fault["data"] = data
    return {"jsonrpc": "2.0", "id": id, "error": fault}


def result(id: RpcId | None, value: Json) -> Json:
    return {"jsonrpc": "2.0", "id": id, "result": value}


def read(raw: bytes) -> Batch:
    """Parse the body of a POST. Replies to requests are dropped: the relay makes none."""
    try:
        body = pydantic_core.from_json(raw, allow_inf_nan=False)
    except ValueError:
        raise Refused(PARSE_ERROR, "the body is not valid JSON") from None
    if not isinstance(body, list):
        found = _message(body)
        return Batch([found] if found else [], is_array=False)
    if not 1 <= len(body) <= MAX_BATCH:
        raise Refused(INVALID_REQUEST, f"a batch has 1 to {MAX_BATCH} messages")
    return Batch([found for item in body if (found := _message(item))], is_array=True)


def _message(item: Any) -> Message | None:
    if not isinstance(item, dict) or item.get("jsonrpc") != "2.0":
        raise Refused(INVALID_REQUEST, 'a message is an object with "jsonrpc": "2.0"')
    rpc_id = item.get("id")
    if "method" not in item and ("result" in item or "error" in item):
        return None
    usable = not isinstance(rpc_id, bool) and isinstance(rpc_id, str | int)
    if "id" in item and not (usable and len(str(rpc_id)) <= MAX_ID):
        raise Refused(INVALID_REQUEST, f"the id must be a string or a whole number of at most {MAX_ID} characters")
    if not isinstance(item.get("method"), str):
        raise Refused(INVALID_REQUEST, "the method must be a string", id=rpc_id)
    params = item.get("params")
    if params is not None and not isinstance(params, dict):
        raise Refused(INVALID_REQUEST, "the params must be an object", id=rpc_id)
    return Message(item["method"], params, rpc_id)
