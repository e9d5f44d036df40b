"""The MCP side of the proxy: the plain tools, over stdin and stdout."""

from collections.abc import Awaitable
from typing import Annotated, Any, Literal, TypeAlias

from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import Field

from hitl_cli.errors import HitlError
from hitl_cli.proxy import words
from hitl_cli.proxy.waits import LONGEST_S, SLICES_S, UNKNOWN_S, Question, Tell, Waits
from hitl_cli.wire import body_of

Call: TypeAlias = Context[Any, Any]

Sentence: TypeAlias = Annotated[str, Field(min_length=1, max_length=100_000, pattern=r"\S")]
Choices: TypeAlias = Annotated[
    list[str] | None,
    Field(description="Answers to choose from, each short enough for a button. Absent: a free answer."),
]
Markdown: TypeAlias = Annotated[str | None, Field(description="Markdown below the question: what the options mean.")]
Priority: TypeAlias = Literal["low", "normal", "high", "urgent"]
Seconds: TypeAlias = Annotated[
    int | None, Field(ge=1, description="How long this call may wait before it returns that there is no answer yet.")
]
Open: TypeAlias = Annotated[int | None, Field(ge=1, description="How long the question stays open; 900 at most.")]


def proxy_server(waits: Waits, version: str) -> MCPServer[Any]:
    """Build the server; `run_stdio_async` serves one client until it closes its end."""
    server: MCPServer[Any] = MCPServer(
        "hitl-sealed", title="HITL, sealed", version=version, instructions=words.INSTRUCTIONS, log_level="ERROR"
    )
    add_asking(server, waits)
    add_the_rest(server, waits)
    return server


def add_asking(server: MCPServer[Any], waits: Waits) -> None:
    @server.tool(title="Ask the human", description=words.ASK, structured_output=False)
    async def request_human_input(
        *,
        prompt: Sentence,
        call: Call,
        choices: Choices = None,
        multiple: bool = False,
        placeholder_text: str | None = None,
        context: Markdown = None,
        priority: Priority = "normal",
        danger: Annotated[bool, Field(description="Whether it cannot be undone: the human confirms twice.")] = False,
        timeout_seconds: Open = None,
        wait_seconds: Seconds = None,
    ) -> str:
        body = body_of(
            prompt=prompt, choices=choices or None, multiple=multiple, placeholder_text=placeholder_text or None,
            context=context or None, priority=_unusual(priority), danger=danger, timeout_seconds=timeout_seconds,
        )  # fmt: skip
        return await _said(waits.ask("input", body, wait_s=_slice_s(call, wait_seconds), tell=_teller(call)))

    @server.tool(title="Report completion and ask what is next", description=words.COMPLETE, structured_output=False)
    async def notify_human_completion(
        *,
        summary: Sentence,
        call: Call,
        choices: Choices = None,
        context: Markdown = None,
        timeout_seconds: Open = None,
        wait_seconds: Seconds = None,
    ) -> str:
        body = body_of(
            summary=summary, choices=choices or None, context=context or None, timeout_seconds=timeout_seconds
        )
        return await _said(waits.ask("completion", body, wait_s=_slice_s(call, wait_seconds), tell=_teller(call)))

    @server.tool(title="Ask permission to use a tool", description=words.APPROVE, structured_output=False)
    async def request_approval(
        *,
        tool_name: Annotated[str, Field(min_length=1, max_length=200, description="The tool you want to use.")],
        call: Call,
        input: Annotated[dict[str, Any] | None, Field(description="Its arguments, exactly: they are shown.")] = None,
        tool_use_id: str | None = None,
        reason: Markdown = None,
        danger: bool = False,
        wait_seconds: Seconds = None,
    ) -> str:
        body = body_of(
            prompt=f"Allow {tool_name}?", kind="approval", choices=[words.YES, words.NO], context=reason or None,
            action={"tool": tool_name, "arguments": input or {}}, danger=danger, priority="high",
            idempotency_key=f"call {tool_use_id}" if tool_use_id else None,
        )  # fmt: skip
        try:
            return words.said(
                await waits.ask("approval", body, wait_s=_slice_s(call, wait_seconds), tell=_teller(call))
            )
        except HitlError as error:  # Claude Code reads a decision, and nothing else
            return words.denied(words.failure(error))


def add_the_rest(server: MCPServer[Any], waits: Waits) -> None:
    @server.tool(title="Tell the human", description=words.TELL, structured_output=False)
    async def notify_human(message: Sentence, context: Markdown = None, priority: Priority = "normal") -> str:
        try:
            await waits.tell(body_of(message=message, context=context or None, priority=_unusual(priority)))
        except HitlError as error:
            raise ToolError(f"Not sent: {error}") from error
        return "Notification sent."

    @server.tool(title="Wait on for an answer", description=words.WAIT, structured_output=False)
    async def get_human_response(*, call: Call, request_id: str | None = None, wait_seconds: Seconds = None) -> str:
        if request_id:
            return await _said(waits.wait_on(request_id, wait_s=_slice_s(call, wait_seconds), tell=_teller(call)))
        return "\n".join(["Open here:", *waits.open()]) if waits.open() else "Nothing is open here."

    @server.prompt(
        title="Talk to me through HITL only", description="From now on the agent reaches its human only by these tools."
    )
    def hitl_coms_only() -> str:
        return words.ONLY


async def _said(asked: Awaitable[Question]) -> str:
    try:
        return words.said(await asked)
    except HitlError as error:
        raise ToolError(words.failure(error)) from error


def _teller(call: Call) -> Tell:
    async def tell(seconds: float) -> None:
        await call.report_progress(seconds, LONGEST_S, "Waiting for the human")

    return tell


def _slice_s(call: Call, wish: int | None) -> float:
    """Return how long this call may wait: what it says itself, else what its client is known to bear."""
    if wish is not None:
        return min(float(wish), LONGEST_S)
    client = call.session.client_params
    return SLICES_S.get(client.client_info.name if client else "", UNKNOWN_S)


def _unusual(priority: Priority) -> str | None:
    return None if priority == "normal" else priority
