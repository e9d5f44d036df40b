"""The reference of the MCP workloads: the SDK's own server and session manager, on uvicorn, with tools that do nothing.

Nobody is authenticated, nothing is saved, nobody is told. Prints its port.
"""

import asyncio
import socket
from typing import Any

import mcp_types as types
import uvicorn
from mcp.server.lowlevel import Server
from mcp.server.transport_security import TransportSecuritySettings


async def call_tool(_context: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
    if params.name == "request_human_input":
        await asyncio.Event().wait()
    return types.CallToolResult(content=[types.TextContent(type="text", text="Notification sent.")])


async def list_tools(_context: Any, _params: Any) -> types.ListToolsResult:
    return types.ListToolsResult(tools=[])


def main() -> None:
    server: Server[Any] = Server("reference", on_call_tool=call_tool, on_list_tools=list_tools)
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    print(listening.getsockname()[1], flush=True)
    # Its check of the Host header would refuse the load's.
    app = server.streamable_http_app(
        transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False)
    )
    config = uvicorn.Config(app, log_level="error", access_log=False, backlog=4096)
    asyncio.run(uvicorn.Server(config).serve([listening]))


if __name__ == "__main__":
    main()
