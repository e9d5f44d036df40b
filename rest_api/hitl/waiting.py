"""Hold a call until its request settles, and hand the outcome over exactly once."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from relay.domain.request import Request, State
from relay.hub import Waiter
from relay.kernel.body import to_json
from relay.kernel.waiting import FIRST_BEAT_S, WaitingReply
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
    reply = WaitingReply(request)
    with request.app[HUB].waiting(reply.is_connected if collects else _nobody) as waiter:
        ticket = await open_(waiter)
        with request.app[HEARTBEATS].keeping(reply, waiter.abandon):
            settled = await _outcome(reply, ticket, waiter, wait_s)
        return await _hand_over(reply, settled, ticket, collects=collects)


def _nobody() -> bool:
    return False


async def _outcome(reply: WaitingReply, ticket: Ticket, waiter: Waiter, wait_s: int | None) -> Request:
    app = reply.request.app
    left = (ticket.request.expires_at - app[CLOCK].now()) / dt.timedelta(seconds=1) + SLACK_S
    within = left if wait_s is None else min(wait_s, left)
    if ticket.request.state is not State.PENDING or within <= 0:
        return ticket.request
    settled = await waiter.within(min(FIRST_BEAT_S, within))
    if settled is None and within > FIRST_BEAT_S and not waiter.stopped:
        await reply.begin(_headers(app, ticket.request))
        settled = await waiter.within(within - FIRST_BEAT_S)
    if settled is None:
        # The reply will say `pending`: an answer that comes while it is written is for a later call.
        app[HUB].unbind(waiter)
    return settled or ticket.request


def _headers(app: web.Application, asked: Request) -> dict[str, str]:
    return {"HITL-Request-Id": str(asked.id), "HITL-Delivery": app[ASK].reach(asked.account_id)}


async def _hand_over(reply: WaitingReply, settled: Request, ticket: Ticket, *, collects: bool) -> web.StreamResponse:
    app = reply.request.app
    delivery = app[ASK].reach(settled.account_id)
    body = to_json(status_reply(settled, delivery=delivery, ceiling_applied=ticket.ceiling_applied))
    status = 202 if settled.state is State.PENDING else 200
    try:
        return await reply.finish(body, status=status)
    except ConnectionError:
        if collects:
            await app[ASK].uncollect(settled)
        raise
