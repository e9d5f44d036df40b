"""Ask, tell, report: the three calls of the dialect, and the request they make."""

import asyncio
from contextlib import suppress
from typing import Annotated
from uuid import UUID, uuid4

from aiohttp import web
from aiohttp_sse import sse_response
from pydantic import Field

from auth.keys import ACCOUNTS, LEASES
from auth.principal import Principal, caller
from auth.services.leases import ended
from auth.services.rate_limits import ASKS
from relay.domain.errors import Forbidden, InvalidInput, NotFound
from relay.domain.ids import AccountId, RequestId
from relay.domain.request import MAX_COMMENT, MAX_WAIT, Request, State
from relay.hub import Waiter
from relay.kernel.body import WireModel, id_text, iso, path_id, read_model, read_query, to_json
from relay.kernel.operation import Access, Operations
from relay.kernel.problem import document_of
from relay.kernel.waiting import WaitingReply
from relay.services.answer import Answerer
from relay.services.ask import Asker, Question, Ticket
from relay.services.keys import ANSWER, ASK, HUB, LEDGER, REQUESTS
from relay.store.requests import Listing, Whose
from rest_api.hitl.waiting import hold, show_now
from rest_api.hitl.wire import (
    AskBody,
    CompleteBody,
    NotifyBody,
    NotifyReply,
    SealedBody,
    SealedNotifyBody,
    StatusReply,
    Value,
    status_reply,
)

operations = Operations("requests")

MAX_WAIT_S = int(MAX_WAIT.total_seconds())

LOOK_EVERY_S = 15.0
"""A quiet stream looks so often whether its reader is still there; a ping that finds it gone takes as long."""


class ListQuery(WireModel):
    state: State | None = None
    uncollected: Annotated[bool, Field(description="Only answers that no call has returned yet.")] = False
    before: Annotated[UUID | None, Field(description="The last id of the page before.")] = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class ListReply(WireModel):
    requests: list[StatusReply]
    next_before: str | None


class WaitQuery(WireModel):
    timeout: Annotated[int, Field(ge=0, le=MAX_WAIT_S, description="Seconds.")] = MAX_WAIT_S


class RespondBody(WireModel):
    answer: Value
    comment: Annotated[str, Field(max_length=MAX_COMMENT)] = ""
    answer_id: Annotated[UUID | None, Field(description="Makes a repeated call the same answer.")] = None


@operations.post(
    "/api/v1/hitl/request",
    access=Access.AGENT,
    scope="requests:write",
    limits=(ASKS,),
    hot=True,
    summary="Ask the human, and wait for the answer",
    body=AskBody,
    reply=StatusReply,
    other={202: "nobody has answered within `wait`", 409: "the idempotency key was used for another question"},
)
async def ask(request: web.Request) -> web.StreamResponse:
    body = await read_model(request, AskBody)
    return await put(request, body, body.question(agent_name(request), idempotency_key(request, body.idempotency_key)))


@operations.post(
    "/api/v1/hitl/complete",
    access=Access.AGENT,
    scope="requests:write",
    limits=(ASKS,),
    hot=True,
    summary="Report that the work is done, and wait for what the human wants next",
    body=CompleteBody,
    reply=StatusReply,
    other={202: "nobody has answered within `wait`"},
)
async def complete(request: web.Request) -> web.StreamResponse:
    body = await read_model(request, CompleteBody)
    return await put(request, body, body.question(agent_name(request), idempotency_key(request, body.idempotency_key)))


@operations.post(
    "/api/v1/hitl/notify",
    access=Access.AGENT,
    scope="requests:write",
    limits=(ASKS,),
    hot=True,
    summary="Tell the human something; nothing is awaited",
    body=NotifyBody,
    reply=NotifyReply,
)
async def notify(request: web.Request) -> web.StreamResponse:
    body = await read_model(request, NotifyBody)
    return await tell(request, body, body.question(agent_name(request), idempotency_key(request, body.idempotency_key)))


@operations.get(
    "/api/v1/requests",
    access=Access.EITHER,
    scope="requests:read",
    summary="What was asked, newest first: an agent sees its own, an owner their account's",
    query=ListQuery,
    reply=ListReply,
)
async def listing(request: web.Request) -> web.Response:
    query, principal = read_query(request, ListQuery), caller(request)
    wanted = Listing(state=query.state, uncollected=query.uncollected, before=query.before, limit=query.limit)
    page = await request.app[REQUESTS].listed(whose(principal), wanted)
    reach = request.app[ASK].reach(principal.account_id)
    following = str(page[-1].id) if len(page) == query.limit else None
    shown = [status_reply(r, delivery=reach) for r in page]
    return web.json_response({"requests": shown, "next_before": following})


@operations.get(
    "/api/v1/requests/{id}", access=Access.EITHER, scope="requests:read", summary="One request", reply=StatusReply
)
async def show(request: web.Request) -> web.StreamResponse:
    return await show_now(request, await mine(request), collects=_is_agent(request))


@operations.get(
    "/api/v1/requests/{id}/wait",
    access=Access.EITHER,
    scope="requests:read",
    summary="Wait for a request to settle",
    query=WaitQuery,
    reply=StatusReply,
    other={202: "still pending after `timeout`"},
)
async def wait(request: web.Request) -> web.StreamResponse:
    query = read_query(request, WaitQuery)
    found = await mine(request)

    async def open_(waiter: Waiter) -> Ticket:
        current = await request.app[ASK].attach(found, waiter, collects=_is_agent(request))
        return Ticket(current, ceiling_applied=False, reattached=True)

    return await hold(request, open_, query.timeout, collects=_is_agent(request))


@operations.get(
    "/api/v1/requests/{id}/events",
    access=Access.EITHER,
    scope="requests:read",
    summary="Follow a request: its deliveries, and how it is settled",
    media="text/event-stream",
)
async def events(request: web.Request) -> web.StreamResponse:
    """Send `delivery` for every step on every device, then `resolved` with the outcome, and end.

    A stream whose credential ends is told so by `refused`.
    """
    found = await mine(request)
    seen: set[tuple[str, str]] = set()
    with (
        request.app[HUB].watching(found.id) as changed,
        request.app[LEASES].held(request, changed.set) as lease,
    ):
        async with sse_response(request) as stream:
            while stream.is_connected() and not request.app[HUB].stopping and not lease.ended:
                changed.clear()
                current = await request.app[ASK].find(found.id, org=found.org_id)
                for entry in await request.app[LEDGER].of(found.id):
                    if (step := (str(entry.device_id), entry.step.value)) not in seen:
                        seen.add(step)
                        name = {
                            "device_id": step[0],
                            "device_name": entry.device_name,
                            "step": step[1],
                            "detail": entry.detail,
                        }
                        await stream.send(to_json({**name, "at": iso(entry.at)}).decode(), event="delivery")
                if current.state is not State.PENDING:
                    reply = status_reply(current, delivery=request.app[ASK].reach(current.account_id))
                    await stream.send(to_json(reply).decode(), event="resolved")
                    break
                with suppress(TimeoutError):
                    await asyncio.wait_for(changed.wait(), LOOK_EVERY_S)
            else:
                if lease.ended:
                    await stream.send(to_json(document_of(ended())).decode(), event="refused")
    return stream


@operations.delete(
    "/api/v1/requests/{id}",
    access=Access.EITHER,
    scope="requests:write",
    summary="Cancel a pending request; its cards disappear",
    reply=StatusReply,
    other={409: "it is settled already"},
)
async def cancel(request: web.Request) -> web.Response:
    principal = caller(request)
    gone = await request.app[ASK].cancel(await mine(request), principal.agent_id or principal.account_id)
    return web.json_response(status_reply(gone, delivery=request.app[ASK].reach(gone.account_id)))


@operations.post(
    "/api/v1/requests/{id}/respond",
    access=Access.OWNER,
    scope="requests:write",
    summary="Answer a request, as its human",
    body=RespondBody,
    reply=StatusReply,
    other={409: "already decided: how, by whom, when"},
)
async def respond(request: web.Request) -> web.Response:
    body, principal = await read_model(request, RespondBody), caller(request)
    who = Answerer(account_id=principal.account_id, account_name=principal.account_name)
    request_id = RequestId(path_id(request))
    settled = await request.app[ANSWER].answer(who, request_id, body.answer_id or uuid4(), body.answer, body.comment)
    return web.json_response(status_reply(settled, delivery=request.app[ASK].reach(settled.account_id)))


async def tell(request: web.Request, body: NotifyBody | SealedNotifyBody, question: Question) -> web.StreamResponse:
    """Put a message before the human, and say whether it can reach one."""
    posted = await request.app[ASK].notify(await asker(request, body.audience), question)
    reach = request.app[ASK].reach(posted.account_id)
    return WaitingReply(request).finish(
        to_json({"status": "sent", "request_id": id_text(posted.id), "delivery": reach})
    )


async def put(
    request: web.Request, body: AskBody | CompleteBody | SealedBody, question: Question
) -> web.StreamResponse:
    """Put a question before the human, and hold the call as long as it is willing to wait."""
    who = await asker(request, body.audience)

    async def open_(waiter: Waiter) -> Ticket:
        return await request.app[ASK].ask(who, question, waiter)

    asynchronous = "respond-async" in request.headers.get("Prefer", "")  # RFC 7240 4.1
    return await hold(request, open_, 0 if asynchronous else body.wait, collects=True)


async def asker(request: web.Request, audience: UUID | None) -> Asker:
    principal = caller(request)
    if principal.agent_id is None:
        raise Forbidden("only an agent may ask")
    account = principal.account_id
    if audience is not None and audience != account:
        if not await request.app[ACCOUNTS].is_member(principal.org_id, AccountId(audience)):
            raise InvalidInput("is not a member of the agent's organization", "/audience")
        account = AccountId(audience)
    return Asker(principal.org_id, account, principal.agent_id)


async def mine(request: web.Request) -> Request:
    """Find the request named in the path, if it is the caller's to see."""
    principal = caller(request)
    found = await request.app[ASK].find(RequestId(path_id(request)), org=principal.org_id)
    owned = found.agent_id == principal.agent_id if principal.agent_id else found.account_id == principal.account_id
    if not owned:
        raise NotFound("there is no such request, or it is not yours")
    return found


def whose(principal: Principal) -> Whose:
    """An agent sees its own requests, an owner those put to their account."""
    account = None if principal.agent_id else principal.account_id
    return Whose(principal.org_id, principal.agent_id, account)


def _is_agent(request: web.Request) -> bool:
    return caller(request).agent_id is not None


def agent_name(request: web.Request) -> str:
    return caller(request).agent_name or ""


def idempotency_key(request: web.Request, in_body: str | None) -> str | None:
    """Return the idempotency key of the body or the header; two that differ cannot both be meant."""
    header = request.headers.get("Idempotency-Key")
    # Bytes that are not UTF-8 arrive as surrogates, which are not printable.
    if header is not None and not (1 <= len(header) <= 200 and header.isprintable()):
        raise InvalidInput("the Idempotency-Key header must have 1 to 200 printable characters", "/idempotency_key")
    if header and in_body and header != in_body:
        raise InvalidInput("differs from the Idempotency-Key header", "/idempotency_key")
    return in_body or header
