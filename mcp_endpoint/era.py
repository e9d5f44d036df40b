"""Which revision of the protocol a message speaks, told from its headers and envelope.

Two eras share one address. Up to 2025-11-25 a client shakes hands first (`initialize`); since 2026-07-28 each request
carries version, client and capabilities itself, and headers that must agree with it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

import mcp_types as types
from aiohttp import web
from mcp.server.connection import Connection
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
from mcp_types.version import HANDSHAKE_PROTOCOL_VERSIONS, LATEST_HANDSHAKE_VERSION, is_version_at_least

from mcp_endpoint import tasks
from mcp_endpoint.clients import known_client
from mcp_endpoint.jsonrpc import Message, Refused
from mcp_endpoint.meta import BATCH_VERSION
from relay.kernel.body import Json

RESUMABLE_SINCE: Final = "2025-11-25"
"""Since then an event may come without data, which is how a client learns where to resume; older ones trip over it."""

SchemaOf: TypeAlias = Callable[[str], Mapping[str, Any] | None]
"""Returns the schema of a tool's arguments, for tools that want some of them repeated in headers."""


@dataclass(frozen=True, slots=True)
class Era:
    """What a message's headers and envelope say about the conversation it is part of."""

    version: str
    is_modern: bool
    client: str | None = None
    """The program's name where the message itself says it; None when only the session label may."""
    client_info: Any = None
    capabilities: Any = None

    @property
    def is_resumable(self) -> bool:
        return not self.is_modern and is_version_at_least(self.version, RESUMABLE_SINCE)

    @property
    def takes_tasks(self) -> bool:
        declared = self.capabilities.get("extensions") if isinstance(self.capabilities, dict) else None
        return bool(declared) and tasks.is_declared(self.connection().client_capabilities)

    def connection(self) -> Connection:
        """Return it as the SDK's kind of connection: one that shook hands already."""
        return Connection.from_envelope(self.version, self.client_info, self.capabilities)


def era_of(request: web.Request, message: Message, schema_of: SchemaOf | None) -> Era:
    """Establish what a message speaks, or refuse one whose headers and body disagree."""
    if duplicate := find_duplicated_routing_header(request.headers.items()):
        raise Refused(types.HEADER_MISMATCH, f"{duplicate} header appears more than once", id=message.id)
    named = request.headers.get(MCP_PROTOCOL_VERSION_HEADER)
    if named is not None and named not in HANDSHAKE_PROTOCOL_VERSIONS:
        return _modern(request, message, named, schema_of)
    if message.method == "initialize":
        offered = (message.params or {}).get("protocolVersion")
        named = offered if offered in HANDSHAKE_PROTOCOL_VERSIONS else LATEST_HANDSHAKE_VERSION
        return Era(named, is_modern=False, client=known_client((message.params or {}).get("clientInfo")))
    return Era(named or BATCH_VERSION, is_modern=False)


def _modern(request: web.Request, message: Message, named: str, schema_of: SchemaOf | None) -> Era:
    if message.id is None:
        _refuse(unsupported_protocol_version_rejection(named), message)
        return Era(named, is_modern=True)
    body = {"method": message.method, "params": message.params}
    route = classify_inbound_request(body, headers=request.headers)
    if isinstance(route, InboundLadderRejection):
        _refuse(route, message)
        raise TypeError("a rejection is always raised")
    params = message.params or {}
    if message.method == "tools/call" and schema_of is not None:
        schema = schema_of(str(params.get("name")))
        arguments = params.get("arguments")
        if schema and (arguments is None or isinstance(arguments, dict)):
            _refuse(validate_mcp_param_headers(schema, arguments or {}, request.headers), message)
    if message.method in tasks.METHODS:
        _check_task_name(request, message, params)
    client = known_client(route.client_info)
    return Era(
        route.protocol_version,
        is_modern=True,
        client=client,
        client_info=route.client_info,
        capabilities=route.client_capabilities,
    )


def _check_task_name(request: web.Request, message: Message, params: Json) -> None:
    if decode_header_value(request.headers.get(MCP_NAME_HEADER)) != params.get("taskId"):
        raise Refused(types.HEADER_MISMATCH, "mcp-name header does not match the taskId", id=message.id)


def _refuse(rejection: InboundLadderRejection | None, message: Message) -> None:
    if rejection:
        status = ERROR_CODE_HTTP_STATUS.get(rejection.code, 400)
        raise Refused(rejection.code, rejection.message, status=status, id=message.id, data=rejection.data)
