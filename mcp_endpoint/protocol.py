"""The protocol's rules, by the official SDK: which revision a message speaks, and what its method answers.

Two eras share one address. Up to 2025-11-25 a client shakes hands first (`initialize`); since 2026-07-28 each request
carries version, client and capabilities itself. Here both are served one message at a time and without state, so any
process can serve any message. The SDK's session manager is not used: `docs/decisions.md` says why.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import anyio
import mcp_types as types
from aiohttp import web
from mcp.server.connection import Connection
from mcp.server.lowlevel import Server
from mcp.server.runner import serve_one
from mcp.shared.dispatcher import CallOptions
from mcp.shared.exceptions import NoBackChannelError
from mcp.shared.inbound import (
    ERROR_CODE_HTTP_STATUS,
    MCP_NAME_HEADER,
    MCP_PROTOCOL_VERSION_HEADER,
    InboundLadderRejection,
    classify_inbound_request,
    decode_header_value,
    find_duplicated_routing_header,
    unsupported_protocol_version_rejection,
    validate_mcp_param_headers,
)
from mcp.shared.jsonrpc_dispatcher import handler_exception_to_error_data
from mcp.shared.message import ServerMessageMetadata
from mcp.shared.transport_context import TransportContext
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION, is_version_at_least

from mcp_endpoint import tasks
from mcp_endpoint.call import Call
from mcp_endpoint.clients import known_client
from mcp_endpoint.jsonrpc import INTERNAL_ERROR, Message, Refused, RpcId, error, result
from mcp_endpoint.meta import BATCH_VERSION
from mcp_endpoint.server import relay_server
from relay.domain.errors import HitlError
from relay.kernel.body import Json
from relay.kernel.log import get_logger

log = get_logger(__name__)

RESUMABLE_SINCE: Final = "2025-11-25"
"""Since then an event may come without data, which is how a client learns where to resume; older ones trip over it."""


@dataclass(frozen=True, slots=True)
class Era:
    """What a message's headers and envelope say about the conversation it is part of."""

    connection: Connection
    is_modern: bool
    client: str | None
    """The program's name where the message itself says it; None when only the session label may."""

    @property
    def version(self) -> str:
        return self.connection.protocol_version

    @property
    def is_resumable(self) -> bool:
        return not self.is_modern and is_version_at_least(self.version, RESUMABLE_SINCE)

    @property
    def takes_tasks(self) -> bool:
        return self.is_modern and tasks.is_declared(self.connection.client_capabilities)


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
    def __init__(self, server: "Server[Any]") -> None:
        self._server = server

    def era_of(self, request: web.Request, message: Message) -> Era:
        """Establish what a message speaks, or refuse one whose headers and body disagree."""
        if duplicate := find_duplicated_routing_header(request.headers.items()):
            raise Refused(types.HEADER_MISMATCH, f"{duplicate} header appears more than once", id=message.id)
        named = request.headers.get(MCP_PROTOCOL_VERSION_HEADER)
        if named is not None and named not in HANDSHAKE_PROTOCOL_VERSIONS:
            return self._modern(request, message, named)
        if message.method == "initialize":
            offered = (message.params or {}).get("protocolVersion")
            named = offered if offered in HANDSHAKE_PROTOCOL_VERSIONS else LATEST_HANDSHAKE_VERSION
            client = known_client((message.params or {}).get("clientInfo"))
            return Era(Connection.from_envelope(named, None, None), is_modern=False, client=client)
        return Era(Connection.from_envelope(named or BATCH_VERSION, None, None), is_modern=False, client=None)

    def _modern(self, request: web.Request, message: Message, named: str) -> Era:
        if message.id is None:
            _refuse(unsupported_protocol_version_rejection(named), message)
            return Era(Connection.from_envelope(named, None, None), is_modern=True, client=None)
        body = {"method": message.method, "params": message.params}
        route = classify_inbound_request(body, headers={k.lower(): v for k, v in request.headers.items()})
        if isinstance(route, InboundLadderRejection):
            _refuse(route, message)
            raise TypeError("a rejection is always raised")
        params = message.params or {}
        if message.method == "tools/call" and self._server.get_tool_input_schema:
            schema = self._server.get_tool_input_schema(str(params.get("name")))
            arguments = params.get("arguments")
            if schema and (arguments is None or isinstance(arguments, dict)):
                _refuse(validate_mcp_param_headers(schema, arguments or {}, request.headers), message)
        if message.method in tasks.METHODS:
            _check_task_name(request, message, params)
        connection = Connection.from_envelope(route.protocol_version, route.client_info, route.client_capabilities)
        return Era(connection, is_modern=True, client=known_client(route.client_info))

    async def serve(self, request: web.Request, call: Call, message: Message, era: Era) -> tuple[Json, int]:
        """Run a request's method; return its JSON-RPC reply and HTTP status."""
        channel = _Channel(request, call, message.id)
        try:
            value = await serve_one(
                self._server, channel, message.method, message.params, connection=era.connection, lifespan_state={}
            )
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


def load(version: str) -> Protocol:
    return Protocol(relay_server(version))


def _check_task_name(request: web.Request, message: Message, params: Json) -> None:
    if decode_header_value(request.headers.get(MCP_NAME_HEADER)) != params.get("taskId"):
        raise Refused(types.HEADER_MISMATCH, "mcp-name header does not match the taskId", id=message.id)


def _refuse(rejection: InboundLadderRejection | None, message: Message) -> None:
    if rejection:
        status = ERROR_CODE_HTTP_STATUS.get(rejection.code, 400)
        raise Refused(rejection.code, rejection.message, status=status, id=message.id, data=rejection.data)


def _loggable(method: str) -> str:
    """A method that is served has a known, short name; what a stranger typed stays out of the log."""
    return method if len(method) <= 40 and method.isascii() else "unknown"
