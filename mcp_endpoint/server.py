"""The relay as an MCP server: what it offers, and the errors of its tools as results that models can read."""

from typing import Any, Final

import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.shared.exceptions import MCPError

from mcp_endpoint import prompts, tasks, tools
from mcp_endpoint.call import Call
from mcp_endpoint.outcome import Outcome
from relay.domain.errors import Forbidden, HitlError
from relay.domain.request import State
from relay.kernel.body import Json

Context = ServerRequestContext[Any, Call]

INSTRUCTIONS: Final = (
    "HITL Relay puts your questions before a human, on whatever device is at hand, and brings back the answer. Ask "
    "with request_human_input, tell with notify_human, report with notify_human_completion. Answers may take minutes; "
    "a question stays open for 15 at most. Never invent an answer the human has not given."
)


def relay_server(version: str) -> "Server[Any]":
    server: Server[Any] = Server(
        "HITL Relay",
        version=version,
        title="HITL Relay",
        instructions=INSTRUCTIONS,
        on_list_tools=_list_tools,
        on_call_tool=_call_tool,
        on_list_prompts=_list_prompts,
        on_get_prompt=_get_prompt,
    )
    server.add_request_handler("tasks/get", tasks.TaskParams, _task_get)
    server.add_request_handler("tasks/update", tasks.UpdateParams, _task_update)
    server.add_request_handler("tasks/cancel", tasks.TaskParams, _task_cancel)
    server.extensions[tasks.EXTENSION] = {}
    # The SDK's tracing would put frames around every waiting call, for traces nobody here collects.
    server.middleware.clear()
    return server


async def _list_tools(_context: Context, _params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[each.tool for each in tools.TOOLS.values()])


async def run_tool(call: Call, name: str, arguments: Json) -> Outcome:
    """Run a tool that exists. What the caller can mend comes back as a result, so that the model reads it."""
    try:
        return await tools.run(call, name, arguments)
    except Forbidden:
        raise  # HTTP says it: an OAuth client then asks its user for the scope
    except HitlError as error:
        return Outcome([str(error)], is_error=True)


async def _call_tool(context: Context, params: types.CallToolRequestParams) -> Any:
    call = _call(context)
    if params.name not in tools.TOOLS:
        raise MCPError(code=types.INVALID_PARAMS, message=f"Unknown tool: {params.name[:100]}")
    outcome = await run_tool(call, params.name, params.arguments or {})
    if call.takes_tasks and call.asked is not None and call.asked.state is State.PENDING:
        task, call.asked = tasks.created(call.asked), None
        return task
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=text) for text in outcome.texts],
        structured_content=outcome.facts,
        is_error=outcome.is_error,
    )


async def _list_prompts(_context: Context, _params: types.PaginatedRequestParams | None) -> types.ListPromptsResult:
    return types.ListPromptsResult(prompts=[prompts.HITL_COMS_ONLY])


async def _get_prompt(_context: Context, params: types.GetPromptRequestParams) -> types.GetPromptResult:
    if params.name != prompts.HITL_COMS_ONLY.name:
        raise MCPError(code=types.INVALID_PARAMS, message=f"Unknown prompt: {params.name[:100]}")
    return types.GetPromptResult(description=prompts.HITL_COMS_ONLY.description, messages=prompts.messages())


async def _task_get(context: Context, params: tasks.TaskParams) -> dict[str, Any]:
    return await tasks.get(_call(context), params)


async def _task_update(context: Context, params: tasks.UpdateParams) -> dict[str, Any]:
    return await tasks.update(_call(context), params)


async def _task_cancel(context: Context, params: tasks.TaskParams) -> dict[str, Any]:
    return await tasks.cancel(_call(context), params)


def _call(context: Context) -> Call:
    if context.request is None:
        raise TypeError("a call comes through the door, with itself as the SDK's request context")
    return context.request
