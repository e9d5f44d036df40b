"""Hold a call until its request settles, and hand the outcome over exactly once."""

import datetime as dt
from collections.abc import Awaitable, Callable
from typing import Final

from aiohttp import web

from auth.keys import LEASES
from auth.services.leases import ended
from relay.domain.request import Request, State
from relay.hub import Waiter
from relay.kernel.body import id_text, to_json
from relay.kernel.problem import document_of
from relay.kernel.waiting import FIRST_BEAT_S, WaitingReply
from relay.services.ask import Ticket
from relay.services.keys import ASK, CLOCK, COLLECTION, HEARTBEATS, HUB
from rest_api.hitl.wire import status_reply

Open = Callable[[Waiter], Awaitable[Ticket]]
"""Saves a question, or finds a request, with the waiter bound to it."""

SLACK_S: Final = 2.0
"""The expiry loop settles a request within a second of its deadline; a call waits that much longer for the word."""


async def hold(request: web.Request, open_: Open, wait_s: int | None, *, collects: bool) -> web.StreamResponse:
    """Open a ticket and reply with its outcome: at once, within `wait_s`, or when it settles.

    `collects` says whether this caller is the agent the answer is for; an owner who looks on collects nothing.
    """
    app, reply = request.app, WaitingReply(request)
    with (
        app[HUB].waiting(reply.is_connected if collects else _nobody) as waiter,
        app[LEASES].held(request, waiter.revoke),
    ):
        ticket = await open_(waiter)
        within_s = _within(app, ticket.request, wait_s)
        settled = None
        if within_s > 0:
            with app[HEARTBEATS].keeping(reply, waiter.abandon):
                settled = await waiter.within(min(FIRST_BEAT_S, within_s))
                if settled is None and within_s > FIRST_BEAT_S and not (waiter.stopped or waiter.revoked):
                    reply.begin(_headers(app, ticket.request))
                    settled = await waiter.within(within_s - FIRST_BEAT_S)
        if settled is None and waiter.revoked:
            return _turned_away(reply)
        if settled is None:
            # The reply will say what the ticket says: an answer that comes meanwhile is for a later call.
            app[HUB].unbind(waiter)
            settled = ticket.request
        status = 202 if settled.state is State.PENDING else 200
        return await _hand_over(reply, ticket, settled, status=status, collects=collects)


def _turned_away(reply: WaitingReply) -> web.StreamResponse:
    """End the call of a credential that ended; a reply that has begun can say so in its body only."""
    error = ended()
    if not reply.begun:
        raise error
    return reply.finish(to_json(document_of(error)))


async def show_now(request: web.Request, asked: Request, *, collects: bool) -> web.StreamResponse:
    """Reply with a request as it is. An agent that is shown its answer has collected it."""
    if collects:
        await request.app[COLLECTION].mark(asked)
    ticket = Ticket(asked, ceiling_applied=False, reattached=True)
    return await _hand_over(WaitingReply(request), ticket, asked, status=200, collects=collects)


async def _hand_over(
    reply: WaitingReply, ticket: Ticket, settled: Request, *, status: int, collects: bool
) -> web.StreamResponse:
    app = reply.request.app
    try:
        sent = reply.finish(_body(app, settled, ticket), status=status)
    except ConnectionError:
        if collects:
            await app[COLLECTION].give_back(settled)
        raise
    if collects:
        await app[COLLECTION].handed(settled)
    return sent


def _nobody() -> bool:
    return False


def _within(app: web.Application, asked: Request, wait_s: int | None) -> float:
    """Return for how many seconds to wait: not at all for what is settled, never past the deadline."""
    if wait_s == 0 or asked.state is not State.PENDING:
        return 0.0
    left = (asked.expires_at - app[CLOCK].now()) / dt.timedelta(seconds=1) + SLACK_S
    return left if wait_s is None else min(wait_s, left)


def _headers(app: web.Application, asked: Request) -> dict[str, str]:
    return {"HITL-Request-Id": id_text(asked.id), "HITL-Delivery": app[ASK].reach(asked.account_id)}


def _body(app: web.Application, settled: Request, ticket: Ticket) -> bytes:
    delivery = app[ASK].reach(settled.account_id)
    facts = {"ceiling_applied": ticket.ceiling_applied, "reattached": ticket.reattached}
    return to_json(status_reply(settled, delivery=delivery, **facts))
