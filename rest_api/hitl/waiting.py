"""Hold a call until its request settles, and hand the outcome over exactly once."""

import asyncio
import datetime as dt
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import web

from relay.domain.request import Request, State
from relay.hub import Waiter
from relay.kernel.waiting import FIRST_BEAT_S, PeerGone, Waiting
from relay.services.ask import Ticket
from relay.services.keys import ASK, CLOCK, HEARTBEATS, HUB
from rest_api.hitl.wire import status_reply

Open = Callable[[Waiter], Awaitable[Ticket]]
"""Saves a question, or finds a request, with the waiter bound to it."""

SLACK_S: Final = 2.0
"""The expiry loop settles a request within a second of its deadline; a call waits that much longer for the word."""


async def hold(request: web.Request, open_: Open, wait_s: int | None, *, collects: bool) -> web.StreamResponse:
    """Open a ticket and reply with its outcome: at once, within `wait_s`, or when it settles.

    `collects` says whether this caller is the agent the answer is for; an owner who looks on collects nothing.
    """
    gone: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    with request.app[HEARTBEATS].keeping(request, gone) as waiting:
        connected = (lambda: waiting.connected) if collects else _nobody
        with request.app[HUB].waiting(connected) as waiter:
            ticket = await open_(waiter)
            settled = await _outcome(request, ticket, waiter, waiting, wait_s, gone)
            return await _hand_over(request, settled, ticket, waiting, collects=collects)


def _nobody() -> bool:
    return False


async def _outcome(
    request: web.Request,
    ticket: Ticket,
    waiter: Waiter,
    waiting: Waiting,
    wait_s: int | None,
    gone: "asyncio.Future[None]",
) -> Request:
    left = (ticket.request.expires_at - request.app[CLOCK].now()) / dt.timedelta(seconds=1) + SLACK_S
    within = left if wait_s is None else min(wait_s, left)
    if ticket.request.state is not State.PENDING or within <= 0:
        return ticket.request
    gone.add_done_callback(lambda _: _fail(waiter, gone))
    quick = await request.app[ASK].outcome(ticket.request, waiter, min(FIRST_BEAT_S, within))
    if quick.state is not State.PENDING or within <= FIRST_BEAT_S:
        return quick
    await waiting.begin(_headers(request, ticket))
    return await request.app[ASK].outcome(ticket.request, waiter, within - FIRST_BEAT_S)


def _fail(waiter: Waiter, gone: "asyncio.Future[None]") -> None:
    if not gone.cancelled() and gone.exception() and not waiter.settled.done():
        waiter.settled.set_exception(PeerGone("the caller hung up"))


def _headers(request: web.Request, ticket: Ticket) -> dict[str, str]:
    delivery = request.app[ASK].reach(ticket.request.account_id)
    return {"HITL-Request-Id": str(ticket.request.id), "HITL-Delivery": delivery}


async def _hand_over(
    request: web.Request, settled: Request, ticket: Ticket, waiting: Waiting, *, collects: bool
) -> web.StreamResponse:
    delivery = request.app[ASK].reach(settled.account_id)
    reply = status_reply(settled, delivery=delivery, ceiling_applied=ticket.ceiling_applied)
    status = 202 if settled.state is State.PENDING else 200
    try:
        return await waiting.finish(to_json(reply), status=status, headers=_headers(request, ticket))
    except ConnectionError:
        if collects:
            await request.app[ASK].uncollect(settled)
        raise


def to_json(document: dict[str, Any]) -> bytes:
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
