"""What the tools do. Each takes the call and its checked arguments and says what came of it."""

import asyncio
from dataclasses import replace
from typing import Final, TypeAlias

from auth.keys import RATE_LIMITS
from auth.scopes import REQUESTS_READ, REQUESTS_WRITE
from auth.services.rate_limits import ASKS
from mcp_endpoint.arguments import (
    ApproveArguments,
    AskArguments,
    CompleteArguments,
    NotifyArguments,
    ResponseArguments,
    check_wait,
)
from mcp_endpoint.call import Call, needs_scope
from mcp_endpoint.outcome import Outcome, outcome_of
from mcp_endpoint.sealed_arguments import SealedAskArguments, SealedCompleteArguments, SealedNotifyArguments
from relay.domain.errors import NotFound
from relay.domain.ids import RequestId
from relay.domain.request import Request, State
from relay.domain.sealed import Sealed
from relay.kernel.body import Json, id_text, iso
from relay.services.ask import Question
from relay.services.keys import ASK, PRESENCE, REQUESTS
from relay.store.requests import Listing, Whose

LISTED: Final = 20
"""Open and uncollected requests shown to an agent that lost track; it will not have more of either."""

LINE: Final = 200
"""Characters of a prompt in that list: enough to tell which is which."""


Asking: TypeAlias = AskArguments | CompleteArguments | ApproveArguments | SealedAskArguments | SealedCompleteArguments


async def ask(call: Call, given: Asking) -> Outcome:
    needs_scope(call.principal, REQUESTS_WRITE)
    call.wait_s = check_wait(given.wait_seconds) or call.wait_s
    call.app[RATE_LIMITS].count(ASKS, call.principal)
    return await _put(call, given.question(call))


async def notify(call: Call, given: NotifyArguments | SealedNotifyArguments) -> Outcome:
    needs_scope(call.principal, REQUESTS_WRITE)
    call.app[RATE_LIMITS].count(ASKS, call.principal)
    posted = await call.app[ASK].notify(call.asker(), given.question(call))
    reach = call.app[ASK].reach(posted.account_id)
    text = "Notification sent." if reach == "live" else "Notification sent; no device is connected, so it waits there."
    return Outcome([text], {"request_id": id_text(posted.id), "status": "sent", "delivery": reach})


async def get_response(call: Call, given: ResponseArguments) -> Outcome:
    needs_scope(call.principal, REQUESTS_READ)
    call.wait_s = check_wait(given.wait_seconds) or call.wait_s
    if given.request_id:
        return await wait_for(call, await own_request(call, RequestId(given.request_id)))
    return await _listed(call)


async def own_request(call: Call, id: RequestId) -> Request:
    """Find a request of the calling agent; any other does not exist."""
    found = await call.app[ASK].find(id, org=call.principal.org_id)
    if found.agent_id != call.principal.agent_id:
        raise NotFound("there is no such request, or it is not yours")
    return found


async def wait_for(call: Call, found: Request) -> Outcome:
    """Attach to a request that exists."""
    current = await call.app[ASK].attach(found, call.waiter, collects=True)
    return await _as_it_stands(call, current)


async def _put(call: Call, question: Question) -> Outcome:
    ticket = await call.app[ASK].ask(call.asker(), question, call.waiter)
    call.reattached = ticket.reattached
    return await _as_it_stands(call, ticket.request)


async def _as_it_stands(call: Call, request: Request) -> Outcome:
    call.asked = request
    if request.away:
        await call.app[PRESENCE].returned(request)
        call.asked = replace(request, away=False)
    return outcome_of(request, call.app[ASK].reach(request.account_id), reattached=call.reattached)


async def _listed(call: Call) -> Outcome:
    """List what the agent may have lost: what is open, and answers no call has returned. Listing collects nothing."""
    whose = Whose(call.principal.org_id, call.principal.agent_id)
    store, wanted = call.app[REQUESTS], Listing(limit=LISTED)
    pages = await asyncio.gather(
        store.listed(whose, replace(wanted, state=State.PENDING)),
        store.listed(whose, replace(wanted, uncollected=True)),
    )
    found = [request for page in pages for request in page]
    lines = [f"{request.id} ({request.state}): {_line(request)}" for request in found]
    head = (
        "Call get_human_response with one of these ids:" if lines else "Nothing is open, and no answer waits for you."
    )
    return Outcome(["\n".join([head, *lines])], {"requests": [_entry(request) for request in found]})


def _entry(request: Request) -> Json:
    return {
        "request_id": id_text(request.id),
        "status": request.state.value,
        "prompt": _line(request),
        "expires_at": iso(request.expires_at),
    }


def _line(request: Request) -> str:
    content = request.content
    return "(sealed)" if isinstance(content, Sealed) else content.prompt[:LINE]
