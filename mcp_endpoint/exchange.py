"""One HTTP request of an MCP client: messages in, replies out, and the wait for a human between.

A tool that asks returns at once with a typed *pending*; the wait happens here, outside the SDK, so that a waiting call
keeps no more in memory than a waiting REST call. When it ends, the text of the pending result is replaced by the
answer's.
"""

import datetime as dt
import functools
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from auth.principal import caller
from mcp_endpoint import http
from mcp_endpoint.actions import own_request, wait_for
from mcp_endpoint.call import Call, check_label
from mcp_endpoint.clients import SESSION_HEADER, SHORTEST_S, client_of, label_of, new_label, slice_s
from mcp_endpoint.jsonrpc import INVALID_PARAMS, INVALID_REQUEST, Batch, Message, Refused, RpcId, error, read, result
from mcp_endpoint.keys import DOOR
from mcp_endpoint.meta import call_id_of, check_batch, token_of
from mcp_endpoint.resume import Place
from mcp_endpoint.sessions import CallName, Names, call_name
from mcp_endpoint.stream import EventStream
from mcp_endpoint.waiting import Turn, go_on, hold
from relay.domain.errors import InvalidInput, NotFound
from relay.domain.request import Request
from relay.services.keys import CHANCE, CLOCK, HUB

if TYPE_CHECKING:
    from mcp_endpoint.era import Era
    from mcp_endpoint.protocol import Protocol

VERSION_HEADER: Final = "MCP-Protocol-Version"
NAME_HEADER: Final = "X-MCP-Agent-Name"
LAST_EVENT: Final = "Last-Event-ID"


def _refusing(serve: Handler) -> Handler:
    """Answer what cannot be served with a JSON-RPC error; credentials and scopes are HTTP's business, and pass."""

    @functools.wraps(serve)
    async def reply(request: web.Request) -> web.StreamResponse:
        try:
            return await serve(request)
        except Refused as refused:
            return http.json_reply(refused.body(), status=refused.status)
        except InvalidInput as wrong:
            return http.json_reply(error(None, INVALID_PARAMS, str(wrong)), status=400)
        except NotFound as missing:
            return http.json_reply(error(None, INVALID_PARAMS, str(missing)), status=404)

    return reply


@_refusing
async def post(request: web.Request) -> web.StreamResponse:
    """Serve the messages of one POST."""
    http.check_origin(request)
    http.check_post(request)
    conversation = _Conversation.of(request)
    stream = EventStream(request)
    calls: Names = []
    try:
        turns, headers, is_array = await _begun(request, conversation, stream, calls)
        if not turns:
            return web.Response(status=202)
        if headers:
            return http.json_reply(turns[0].body, headers=headers)
        return await hold(request, stream, turns, is_array=is_array)
    finally:
        request.app[DOOR].sessions.leave(calls)
        for _, call in calls:
            request.app[HUB].unbind(call.waiter)


@_refusing
async def resume(request: web.Request) -> web.StreamResponse:
    """Go on with a stream that was lost. A GET without a place to go on from is for what the relay never sends."""
    http.check_origin(request)
    http.check_stream(request)
    if LAST_EVENT not in request.headers:
        raise web.HTTPMethodNotAllowed(hdrs.METH_GET, [hdrs.METH_POST, hdrs.METH_DELETE])
    conversation = _Conversation.of(request)
    place = Place.from_event_id(request.headers[LAST_EVENT])
    stream = EventStream(request)
    with request.app[HUB].waiting(stream.is_connected) as waiter:
        call = Call(request.app, caller(request), waiter, wait_s=conversation.wait_s, token=place.token)
        found = await own_request(call, place.request_id)
        call.wait_s = _rest_s(request, found, conversation.wait_s)
        outcome = await wait_for(call, found)
        turn = Turn(call, result(place.rpc_id, outcome.as_result()), place=place.again())
        named = [(conversation.name(request, place.rpc_id), call)]
        try:
            request.app[DOOR].sessions.enter(named)
            return await go_on(request, stream, turn)
        finally:
            request.app[DOOR].sessions.leave(named)


@_refusing
async def end(request: web.Request) -> web.StreamResponse:
    """End a session: calls that name it are refused from now on. Questions it asked stay open."""
    http.check_origin(request)
    conversation = _Conversation.of(request)
    if not conversation.label:
        raise Refused(INVALID_REQUEST, f"{SESSION_HEADER} says which session to end")
    request.app[DOOR].sessions.end(caller(request).credential_id, conversation.label)
    return web.Response(status=204)


@dataclass(frozen=True, slots=True)
class _Conversation:
    """What the headers and the address say about who calls."""

    label: str
    client: str
    wait_s: int
    agent_label: str

    @classmethod
    def of(cls, request: web.Request) -> "_Conversation":
        label = label_of(request)
        if label and request.app[DOOR].sessions.has_ended(caller(request).credential_id, label):
            raise Refused(INVALID_REQUEST, "this session has ended; initialize a new one", status=404)
        client = client_of(request, label)
        in_path = request.match_info.get("agent_name", "")
        name = check_label(in_path or request.headers.get(NAME_HEADER, ""), "/agent_name")
        return cls(label, client, slice_s(request, client), name)

    def name(self, request: web.Request, id: RpcId) -> CallName:
        """Return under which name `notifications/cancelled` finds a call."""
        return call_name(caller(request).credential_id, self.label, id)


async def _begun(
    request: web.Request, conversation: _Conversation, stream: EventStream, calls: Names
) -> tuple[list[Turn], dict[str, str], bool]:
    """Run the methods of all messages; return their turns, headers of the reply, and whether an array was sent.

    Each call can be cancelled from the start, and is put into `calls`.

    A function of its own, so that what was sent and what the SDK made of it is forgotten before the wait.
    """
    protocol = await request.app[DOOR].protocol()
    batch = read(await http.read_body(request))
    if batch.is_array:
        check_batch(request.headers.get(VERSION_HEADER))
    turns: list[Turn] = []
    headers: dict[str, str] = {}
    for message in batch.messages:
        era = protocol.era_of(request, message)
        if message.id is None:
            _take_note(request, conversation, message)
            continue
        call = Call(
            request.app,
            caller(request),
            request.app[HUB].waiting(stream.is_connected),
            label=conversation.agent_label,
            wait_s=slice_s(request, era.client or conversation.client),
            takes_tasks=era.takes_tasks,
            token=token_of(message),
            call_id=call_id_of(message),
        )
        calls.append((conversation.name(request, message.id), call))
        request.app[DOOR].sessions.enter(calls[-1:])
        turns.append(await _turn(request, call, message, era, protocol))
        if message.method == "initialize" and not era.is_modern:
            headers |= _greeting(request, batch, era)
    return turns, headers, batch.is_array


async def _turn(request: web.Request, call: Call, message: Message, era: "Era", protocol: "Protocol") -> Turn:
    body, status = await protocol.serve(request, call, message, era)
    place = None
    if call.asked and era.is_resumable and message.id is not None:
        place = Place(call.asked.id, message.id, call.token)
    return Turn(call, body, status=status, place=place)


def _rest_s(request: web.Request, asked: Request, wait_s: int) -> int:
    """Return what is left of a call's slice: the client counts from its first attempt."""
    waited = (request.app[CLOCK].now() - asked.created_at) // dt.timedelta(seconds=1)
    return max(SHORTEST_S, wait_s - waited)


def _greeting(request: web.Request, batch: Batch, era: "Era") -> dict[str, str]:
    if batch.is_array:
        raise Refused(INVALID_REQUEST, "initialize is never part of a batch")
    return {SESSION_HEADER: new_label(era.client or "other", request.app[CHANCE])}


def _take_note(request: web.Request, conversation: _Conversation, message: Message) -> None:
    """Heed a notification; the only one that asks for something is a cancellation."""
    unwanted = (message.params or {}).get("requestId")
    if message.method == "notifications/cancelled" and isinstance(unwanted, str | int):
        sessions = request.app[DOOR].sessions
        sessions.cancel(conversation.name(request, unwanted))
