"""The sealed twins of ask, tell and report: ciphertext in, ciphertext out, everything else as the plain ones do it."""

from aiohttp import web

from auth.services.rate_limits import ASKS
from relay.domain.request import Kind
from relay.kernel.body import read_model
from relay.kernel.operation import Access, Operations
from rest_api.hitl.routes import agent_name, idempotency_key, put, tell
from rest_api.hitl.wire import NotifyReply, SealedBody, SealedNotifyBody, StatusReply

operations = Operations("sealed requests")


@operations.post(
    "/api/v1/hitl/request/e2ee",
    access=Access.AGENT,
    scope="requests:write",
    limits=(ASKS,),
    hot=True,
    summary="Ask the human what the relay cannot read, and wait for the sealed answer",
    body=SealedBody,
    reply=StatusReply,
    other={202: "nobody has answered within `wait`", 409: "the idempotency key was used for another question"},
)
async def ask(request: web.Request) -> web.StreamResponse:
    body = await read_model(request, SealedBody)
    return await put(request, body, body.question(agent_name(request), idempotency_key(request, body.idempotency_key)))


@operations.post(
    "/api/v1/hitl/complete/e2ee",
    access=Access.AGENT,
    scope="requests:write",
    limits=(ASKS,),
    hot=True,
    summary="Report that the work is done, sealed, and wait for what the human wants next",
    body=SealedBody,
    reply=StatusReply,
    other={202: "nobody has answered within `wait`", 409: "the idempotency key was used for another question"},
)
async def complete(request: web.Request) -> web.StreamResponse:
    body = await read_model(request, SealedBody)
    key = idempotency_key(request, body.idempotency_key)
    return await put(request, body, body.question(agent_name(request), key, kind=Kind.COMPLETION))


@operations.post(
    "/api/v1/hitl/notify/e2ee",
    access=Access.AGENT,
    scope="requests:write",
    limits=(ASKS,),
    hot=True,
    summary="Tell the human what the relay cannot read; nothing is awaited",
    body=SealedNotifyBody,
    reply=NotifyReply,
)
async def notify(request: web.Request) -> web.StreamResponse:
    body = await read_model(request, SealedNotifyBody)
    return await tell(request, body, body.question(agent_name(request), idempotency_key(request, body.idempotency_key)))
