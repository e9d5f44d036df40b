"""The extension `io.modelcontextprotocol/tasks`: a client that declares it gets a task at once and asks for its state.

A task is a request under another name, and the requests table all its state.
"""

from typing import Any, Final
from uuid import UUID

import mcp_types as types
from mcp.shared.exceptions import MCPError
from pydantic import Field

from mcp_endpoint.actions import own_request
from mcp_endpoint.call import Call
from mcp_endpoint.outcome import outcome_of
from relay.domain.errors import NotFound
from relay.domain.ids import RequestId
from relay.domain.request import MAX_WAIT, Request, State
from relay.kernel.body import Json, id_text, iso
from relay.services.keys import ASK, COLLECTION

EXTENSION: Final = "io.modelcontextprotocol/tasks"

POLL_MS: Final = 3_000
"""A human takes longer to read a card; a client that polls costs one look-up by id each time."""

TTL_MS: Final = int(MAX_WAIT.total_seconds() * 1000)

METHODS: Final = frozenset({"tasks/get", "tasks/update", "tasks/cancel"})

STATUS: Final = {
    State.PENDING: "working",
    State.ANSWERED: "completed",
    State.EXPIRED: "completed",  # nobody answered: the tool's result says so
    State.CANCELLED: "cancelled",
    State.POSTED: "completed",
}


class TaskParams(types.RequestParams):
    task_id: str


class UpdateParams(TaskParams):
    input_responses: dict[str, Any] = Field(default_factory=dict)


def is_declared(capabilities: types.ClientCapabilities | None) -> bool:
    return bool(capabilities and capabilities.extensions and EXTENSION in capabilities.extensions)


def task_of(request: Request) -> Json:
    return {
        "taskId": id_text(request.id),
        "status": STATUS[request.state],
        "createdAt": iso(request.created_at),
        "lastUpdatedAt": iso(request.settled_at or request.created_at),
        "ttlMs": TTL_MS,
        "pollIntervalMs": POLL_MS,
    }


def created(request: Request) -> Json:
    """Return the result of a tool call that became a task."""
    return {"resultType": "task", **task_of(request)}


async def get(call: Call, params: TaskParams) -> Json:
    request = await _task(call, params)
    shown = {"resultType": "complete", **task_of(request)}
    if shown["status"] == "completed":
        await call.app[COLLECTION].mark(request)
        call.asked = request
        outcome = outcome_of(request, call.app[ASK].reach(request.account_id))
        shown["result"] = outcome.as_result() | {"resultType": "complete"}
    return shown


async def cancel(call: Call, params: TaskParams) -> Json:
    """Withdraw the question; one that is settled stays as it is (the extension asks for an empty result)."""
    request = await _task(call, params)
    if request.state is State.PENDING:
        await call.app[ASK].cancel(request, request.agent_id)
    return {"resultType": "complete"}


async def update(call: Call, params: UpdateParams) -> Json:
    """A question asks its agent nothing, so there is nothing to update."""
    await _task(call, params)
    return {"resultType": "complete"}


async def _task(call: Call, params: TaskParams) -> Request:
    if not call.takes_tasks:
        wanted: Json = {"requiredCapabilities": {"extensions": {EXTENSION: {}}}}
        code = types.MISSING_REQUIRED_CLIENT_CAPABILITY
        raise MCPError(code=code, message="Missing required client capability", data=wanted)
    try:
        return await own_request(call, RequestId(UUID(params.task_id)))
    except (ValueError, NotFound):
        raise MCPError(code=types.INVALID_PARAMS, message="Unknown taskId") from None
