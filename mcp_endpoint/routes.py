"""The addresses of the MCP endpoint: all are the same one, and the last of them names the agent.

`/mcp` is ours, the longer ones are the published client's.
"""

from typing import Final

from aiohttp import web

from auth.scopes import REQUESTS_WRITE
from mcp_endpoint import exchange
from mcp_endpoint.http import EVENTS
from relay.kernel.operation import Access, Operations

operations = Operations("mcp")

SHORT: Final = "/mcp"
BARE: Final = "/mcp-server/mcp"
SLASHED: Final = "/mcp-server/mcp/"
NAMED: Final = "/mcp-server/mcp/{agent_name}"

POST: Final = "Messages of an MCP client (streamable HTTP)"
RESUME: Final = "Go on with a stream that was lost"
END: Final = "End a session"


@operations.post(SHORT, access=Access.AGENT, scope=REQUESTS_WRITE, hot=True, summary=POST, media=EVENTS)
@operations.post(BARE, access=Access.AGENT, scope=REQUESTS_WRITE, hot=True, summary=POST, media=EVENTS)
@operations.post(SLASHED, access=Access.AGENT, scope=REQUESTS_WRITE, hot=True, summary=POST, media=EVENTS)
@operations.post(NAMED, access=Access.AGENT, scope=REQUESTS_WRITE, summary=POST, media=EVENTS)
async def post(request: web.Request) -> web.StreamResponse:
    return await exchange.post(request)


@operations.get(SHORT, access=Access.AGENT, scope=REQUESTS_WRITE, summary=RESUME, media=EVENTS)
@operations.get(BARE, access=Access.AGENT, scope=REQUESTS_WRITE, summary=RESUME, media=EVENTS)
@operations.get(SLASHED, access=Access.AGENT, scope=REQUESTS_WRITE, summary=RESUME, media=EVENTS)
@operations.get(NAMED, access=Access.AGENT, scope=REQUESTS_WRITE, summary=RESUME, media=EVENTS)
async def resume(request: web.Request) -> web.StreamResponse:
    return await exchange.resume(request)


@operations.delete(SHORT, access=Access.AGENT, scope=REQUESTS_WRITE, summary=END, media=EVENTS, status=204)
@operations.delete(BARE, access=Access.AGENT, scope=REQUESTS_WRITE, summary=END, media=EVENTS, status=204)
@operations.delete(SLASHED, access=Access.AGENT, scope=REQUESTS_WRITE, summary=END, media=EVENTS, status=204)
@operations.delete(NAMED, access=Access.AGENT, scope=REQUESTS_WRITE, summary=END, media=EVENTS, status=204)
async def end(request: web.Request) -> web.StreamResponse:
    return await exchange.end(request)
