"""What the method of a message answers, by the official SDK.

Messages of both eras are served one at a time and without state, so any process can serve any message. The SDK's
session manager is not used, nor the SDK for a call that is plain: `docs/decisions.md` says why.
"""

from collections.abc import Mapping
from typing import Any

import anyio
from aiohttp import web
from mcp.server.lowlevel import Server
from mcp.server.runner import serve_one
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.inbound import ERROR_CODE_HTTP_STATUS
from mcp.shared.jsonrpc_dispatcher import handler_exception_to_error_data
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext

from mcp_endpoint.call import Call
from mcp_endpoint.era import Era, era_of
from mcp_endpoint.jsonrpc import INTERNAL_ERROR, Message, RpcId, error, result
from mcp_endpoint.plain import plain_call, plain_result
from mcp_endpoint.server import relay_server, run_tool
from relay.domain.errors import HitlError
from relay.kernel.body import Json
from relay.kernel.log import get_logger

log = get_logger(__name__)


class _Channel:
    """The SDK's `DispatchContext` for one HTTP request: what a handler may send while it works.

    Nothing can be asked of the client: the human is on a phone, not behind the agent.
    """

    can_send_request = False

    def __init__(self, request: web.Request, call: Call, id: RpcId | None) -> None:
        self.request_id = id
        self.transport = TransportContext(kind="streamable-http", can_send_request=False, headers=request.headers)
        self.message_metadata = ServerMessageMetadata(request_context=call)
        self.cancel_requested = anyio.Event()
        self._call = call

    async def send_raw_request(
        self, method: str, _params: Mapping[str, Any] | None, _opts: CallOptions | None = None
    ) -> Json:
        raise NoBackChannelError(method)

    async def notify(self, method: str, params: Mapping[str, Any] | None, _opts: CallOptions | None = None) -> None:
        self._call.frames.append({"jsonrpc": "2.0", "method": method, "params": dict(params or {})})

    async def progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
        if self._call.token is None:
            return
        facts = {"progressToken": self._call.token, "progress": progress, "total": total, "message": message}
        await self.notify("notifications/progress", {name: fact for name, fact in facts.items() if fact is not None})


class Protocol:
    """`has_relay_tools`: the tools of the server are the relay's, so plain calls need not pass through the SDK."""

    def __init__(self, server: "Server[Any]", *, has_relay_tools: bool = False) -> None:
        self._server = server
        self._has_relay_tools = has_relay_tools
        self._server_info = server.server_info_stamp

    def era_of(self, request: web.Request, message: Message) -> Era:
        return era_of(request, message, self._server.get_tool_input_schema)

    async def serve(self, request: web.Request, call: Call, message: Message, era: Era) -> tuple[Json, int]:
        """Run a request's method; return its JSON-RPC reply and HTTP status."""
        try:
            value = await self._value(request, call, message, era)
        except HitlError:
            raise
        except Exception as fault:
            told = handler_exception_to_error_data(fault)
            if told is None:
                log.exception("mcp_method_broke", method=_loggable(message.method))
                return error(message.id, INTERNAL_ERROR, "something broke; the relay's log has the cause"), 200
            status = ERROR_CODE_HTTP_STATUS.get(told.code, 200) if era.is_modern else 200
            return error(message.id, told.code, told.message, told.data), status
        return result(message.id, value), 200

    async def _value(self, request: web.Request, call: Call, message: Message, era: Era) -> Json:
        if self._has_relay_tools and (plain := plain_call(message, era)):
            return plain_result(await run_tool(call, plain.name, plain.arguments), era, self._server_info)
        channel = _Channel(request, call, message.id)
        return await serve_one(
            self._server, channel, message.method, message.params, connection=era.connection(), lifespan_state={}
        )


def load(version: str) -> Protocol:
    return Protocol(relay_server(version), has_relay_tools=True)


def _loggable(method: str) -> str:
    """A method that is served has a known, short name; what a stranger typed stays out of the log."""
    return method if len(method) <= 40 and method.isascii() else "unknown"
