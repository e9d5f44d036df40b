"""The inbox by REST, beside the socket: the same cards, the same answers."""

import datetime as dt
from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from auth.keys import ORG_STORE
from auth.principal import Principal, caller
from mobile_api.answering import answer as said
from mobile_api.pending import pending_of
from mobile_api.said import Said
from mobile_api.wire import CEILING_S, Card, card
from relay.domain.errors import NotFound
from relay.domain.ids import RequestId
from relay.domain.request import State
from relay.kernel.body import WireModel, iso, path_id, read_model, read_query
from relay.kernel.operation import Access, Operations
from relay.services.answer import Answerer
from relay.services.keys import ANSWER, CLOCK, DEVICES, JOURNAL_STORE, LEDGER, REQUESTS
from relay.store.ledger import Step

operations = Operations("inbox")


class InboxReply(WireModel):
    cursor: Annotated[int, Field(description="Where the device socket may continue.")]
    server_time: str
    ceiling_s: int
    requests: list[Card]


class AnswerReply(WireModel):
    request_id: str
    answer_id: str
    status: str
    answered_at: str
    collected: Annotated[bool, Field(description="Whether a waiting call of the agent has been given the answer.")]


class ClaimBody(WireModel):
    seconds: Annotated[int, Field(ge=1, le=300)] = 300


class ClaimReply(WireModel):
    request_id: str
    until: str


class HistoryQuery(WireModel):
    before: Annotated[UUID | None, Field(description="The last id of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class HistoryReply(WireModel):
    requests: list[Card]
    next_before: str | None


@operations.get(
    "/api/v1/mobile/inbox",
    access=Access.OWNER,
    summary="What waits for an answer, in all of one's organizations",
    reply=InboxReply,
)
async def inbox(request: web.Request) -> web.Response:
    principal = caller(request)
    now = request.app[CLOCK].now()
    cursor = await request.app[JOURNAL_STORE].head(principal.account_id)
    cards = [card(r) for r in await pending_of(request.app, principal.account_id)]
    return web.json_response({"cursor": cursor, "server_time": iso(now), "ceiling_s": CEILING_S, "requests": cards})


@operations.get(
    "/api/v1/mobile/history",
    access=Access.OWNER,
    summary="What was settled, newest first",
    query=HistoryQuery,
    reply=HistoryReply,
)
async def history(request: web.Request) -> web.Response:
    query, principal = read_query(request, HistoryQuery), caller(request)
    page = await request.app[REQUESTS].history(
        principal.org_id, principal.account_id, before=query.before, limit=query.limit
    )
    following = str(page[-1].id) if len(page) == query.limit else None
    return web.json_response({"requests": [card(r) for r in page], "next_before": following})


@operations.get("/api/v1/mobile/requests/{id}", access=Access.OWNER, summary="One request, as its card", reply=Card)
async def one(request: web.Request) -> web.Response:
    principal = caller(request)
    found = await request.app[REQUESTS].by_id(RequestId(path_id(request)))
    # Of any of one's organizations, as in the inbox: a push was about it whichever of them this browser shows.
    orgs = await request.app[ORG_STORE].ids_of(principal.account_id)
    if found is None or found.account_id != principal.account_id or found.org_id not in orgs:
        raise NotFound("there is no such request, or it is not yours")
    return web.json_response(card(found))


@operations.post(
    "/api/v1/mobile/requests/{id}/answer",
    access=Access.OWNER,
    summary="Answer a request",
    body=Said,
    reply=AnswerReply,
    other={409: "already decided (how, by whom, when), or claimed by somebody else"},
)
async def answer(request: web.Request) -> web.Response:
    body = await read_model(request, Said)
    who = await answerer(request, caller(request))
    settled = await said(request.app, who, RequestId(path_id(request)), body)
    reply = {
        "request_id": str(settled.id),
        "answer_id": str(body.answer_id),
        "status": State.ANSWERED.value,
        "answered_at": iso(settled.settled_at or request.app[CLOCK].now()),
        "collected": settled.collected,
    }
    return web.json_response(reply)


@operations.post(
    "/api/v1/mobile/requests/{id}/claim",
    access=Access.OWNER,
    summary="Hold a request for a while, so that nobody else works on it",
    body=ClaimBody,
    reply=ClaimReply,
    other={409: "already decided, or claimed by somebody else"},
)
async def claim(request: web.Request) -> web.Response:
    body = await read_model(request, ClaimBody)
    who = await answerer(request, caller(request))
    request_id = RequestId(path_id(request))
    held = await request.app[ANSWER].claim(who, request_id, dt.timedelta(seconds=body.seconds))
    return web.json_response({"request_id": str(request_id), "until": iso(held.until)})


@operations.post(
    "/api/v1/mobile/requests/{id}/release", access=Access.OWNER, summary="Give a claimed request back", status=204
)
async def release(request: web.Request) -> web.Response:
    who = await answerer(request, caller(request))
    await request.app[ANSWER].release(who, RequestId(path_id(request)))
    return web.Response(status=204)


@operations.post(
    "/api/v1/mobile/requests/{id}/received",
    access=Access.OWNER,
    summary="The push arrived on this device, and its notification is shown",
    status=204,
)
async def received(request: web.Request) -> web.Response:
    return await _note(request, Step.RECEIVED)


@operations.post(
    "/api/v1/mobile/requests/{id}/displayed",
    access=Access.OWNER,
    summary="The card is on this device's screen, so no push and no reminder is needed",
    status=204,
)
async def displayed(request: web.Request) -> web.Response:
    return await _note(request, Step.DISPLAYED)


@operations.post(
    "/api/v1/mobile/requests/{id}/seen",
    access=Access.OWNER,
    summary="The human opened the card on this device",
    status=204,
)
async def seen(request: web.Request) -> web.Response:
    return await _note(request, Step.SEEN)


async def _note(request: web.Request, step: Step) -> web.Response:
    principal = caller(request)
    await request.app[LEDGER].note(principal.account_id, principal.device_id, RequestId(path_id(request)), step)
    return web.Response(status=204)


async def answerer(request: web.Request, principal: Principal) -> Answerer:
    """Return the human, with the device of the session if it has one."""
    device = None
    if principal.device_id:
        device = await request.app[DEVICES].by_id(principal.account_id, principal.device_id)
    return Answerer(
        account_id=principal.account_id,
        account_name=principal.account_name,
        device_id=device.id if device else None,
        device_name=device.name if device else "",
        device_key=device.ed25519 if device else None,
    )
