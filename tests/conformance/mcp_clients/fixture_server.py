"""What the official suite expects of a server, on the relay's own transport: tools, resources, prompts without sense.

`python -m tests.conformance.mcp_clients.fixture_server` prints the address it listens on. Nobody is authenticated: the
suite has no way to send a credential.
"""

import asyncio
import base64
import os
from typing import Any, Final, cast
from uuid import UUID

import mcp_types as types
from aiohttp import web
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.prompts.base import UserMessage

from auth.keys import AUTH_SETTINGS, AuthSettings
from auth.principal import PRINCIPAL, CredentialKind, Principal
from auth.response_headers import fixed_lines
from mcp_endpoint import exchange
from mcp_endpoint.door import Door
from mcp_endpoint.keys import DOOR
from mcp_endpoint.protocol import Protocol
from relay.domain.clock import SystemClock
from relay.domain.ids import AccountId, OrgId
from relay.hub import Hub
from relay.kernel.waiting import FIXED_HEADERS
from relay.services.keys import CHANCE, CLOCK, HUB

PIXEL: Final = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
SOUND: Final = base64.b64encode(b"RIFF\x24\x00\x00\x00WAVEfmt \x10\x00\x00\x00").decode()
TEXT: Final = "This is the content of the static text resource."

NOBODY: Final = UUID(int=0)
server = MCPServer("fixture", version="1")


@server.tool()
def test_simple_text() -> str:
    """Say something."""
    return "This is a simple text response for testing."


@server.tool(structured_output=False)
def test_image_content() -> Any:
    """Show something."""
    return types.ImageContent(type="image", data=PIXEL, mime_type="image/png")


@server.tool(structured_output=False)
def test_audio_content() -> Any:
    """Sound something."""
    return types.AudioContent(type="audio", data=SOUND, mime_type="audio/wav")


@server.tool(structured_output=False)
def test_embedded_resource() -> Any:
    """Embed something."""
    return _embedded("test://embedded-resource", "This is an embedded resource content.")


@server.tool(structured_output=False)
def test_multiple_content_types() -> Any:
    """Do all of it."""
    return [
        types.TextContent(type="text", text="Multiple content types test:"),
        types.ImageContent(type="image", data=PIXEL, mime_type="image/png"),
        _embedded("test://mixed-content-resource", '{"test":"data","value":123}', "application/json"),
    ]


@server.tool()
async def test_tool_with_progress(ctx: Context) -> str:
    """Take three steps."""
    for done in (0, 50, 100):
        await ctx.report_progress(done, 100)
    return "Done."


@server.tool()
async def test_tool_with_logging(ctx: Context) -> str:
    """Say what it does while it does it."""
    for said in ("Tool execution started", "Tool processing data", "Tool execution completed"):
        await ctx.session.send_log_message(level="info", data=said, related_request_id=ctx.request_id)
    return "Done."


@server.tool()
def test_error_handling() -> str:
    """Fail."""
    raise ValueError("This tool intentionally returns an error for testing")


@server.resource("test://static-text", mime_type="text/plain")
def static_text() -> str:
    return TEXT


@server.resource("test://static-binary", mime_type="image/png")
def static_binary() -> bytes:
    return base64.b64decode(PIXEL)


@server.resource("test://template/{id}/data", mime_type="application/json")
def template(id: str) -> str:
    return f'{{"id":"{id}","templateTest":true,"data":"Data for ID: {id}"}}'


@server.prompt()
def test_simple_prompt() -> str:
    """Say something."""
    return "This is a simple prompt for testing."


@server.prompt()
def test_prompt_with_arguments(arg1: str, arg2: str) -> str:
    """Say two things."""
    return f"Prompt with arguments: arg1='{arg1}', arg2='{arg2}'"


@server.prompt()
def test_prompt_with_embedded_resource(resourceUri: str) -> list[Any]:  # noqa: N803 - the suite's name
    """Embed something."""
    return [UserMessage(content=_embedded(resourceUri, "Embedded resource content for testing."))]


@server.prompt()
def test_prompt_with_image() -> list[Any]:
    """Show something."""
    return [UserMessage(content=types.ImageContent(type="image", data=PIXEL, mime_type="image/png"))]


@server.completion()
async def complete(*_: Any) -> types.Completion:
    return types.Completion(values=["paris", "park", "party"], total=150, has_more=False)


def _embedded(uri: str, text: str, mime: str = "text/plain") -> types.EmbeddedResource:
    return types.EmbeddedResource(
        type="resource", resource=types.TextResourceContents(uri=uri, mime_type=mime, text=text)
    )


async def set_level(*_: Any) -> types.EmptyResult:
    return types.EmptyResult()


async def admitted(request: web.Request) -> web.StreamResponse:
    """Let everybody in, as one and the same caller."""
    request[PRINCIPAL] = Principal(
        org_id=OrgId(NOBODY),
        account_id=AccountId(NOBODY),
        owner_id=AccountId(NOBODY),
        scopes=frozenset(),
        credential_id=NOBODY,
        kind=CredentialKind.API_KEY,
    )
    serve = {"POST": exchange.post, "GET": exchange.resume, "DELETE": exchange.end}[request.method]
    return await serve(request)


def load() -> Protocol:
    low = server._lowlevel_server
    low.add_request_handler("logging/setLevel", types.SetLevelRequestParams, set_level)
    low.middleware.clear()
    return Protocol(cast("Any", low))


async def main() -> None:
    app = web.Application()
    app[DOOR], app[HUB], app[CLOCK], app[CHANCE] = Door(load), Hub(), SystemClock(), os.urandom
    app[AUTH_SETTINGS] = AuthSettings(public_url="http://localhost:8000")
    app[FIXED_HEADERS] = fixed_lines(app[AUTH_SETTINGS])
    app.router.add_route("*", "/mcp", admitted)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    print(f"http://127.0.0.1:{runner.addresses[0][1]}/mcp", flush=True)  # noqa: T201 - how the test learns of it
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
