"""Wait for the human, and hand the answer over exactly once."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from auth.keys import LEASES
from auth.services.leases import ended
from mcp_endpoint import http
from mcp_endpoint.call import Call
from mcp_endpoint.jsonrpc import REQUEST_CANCELLED, error
from mcp_endpoint.keys import DOOR
from mcp_endpoint.outcome import outcome_of
from mcp_endpoint.progress import Progress
from mcp_endpoint.resume import Place
from mcp_endpoint.stream import EventStream, message_event, priming_event
from relay.domain.request import Request, State
from relay.kernel.body import Json, to_json
from relay.kernel.waiting import PeerGone
from relay.services.keys import ASK, CLOCK, COLLECTION, HUB, PRESENCE

QUICK_S: Final = 0.2
"""An answer within it is one ordinary response; after it the stream begins, and with it progress."""

SLACK_S: Final = 2.0
"""The expiry loop settles a request within a second of its deadline; a call waits that much longer for the word."""


@dataclass(slots=True)
class Turn:
    """A request of the client and the reply to it, which is complete unless a human is awaited (`waits`).

    `place` is where the client may go on when the stream breaks; None where its protocol has no such thing.
    """

    call: Call
    body: Json
    status: int = 200
    place: Place | None = None

    @property
    def waits(self) -> bool:
        return self.call.asked is not None and self.call.asked.state is State.PENDING

    def settle(self, request: Request) -> None:
        """Say in the reply how the request stands now."""
        self.call.asked = request
        reach = self.call.app[ASK].reach(request.account_id)
        said = outcome_of(request, reach, reattached=self.call.reattached).as_result()
        self.body["result"] |= said

    def refuse(self) -> None:
        why = str(ended()) if self.call.waiter.revoked else "Request cancelled"
        self.body = error(self.body["id"], REQUEST_CANCELLED, why)


async def go_on(request: web.Request, stream: EventStream, turn: Turn) -> web.StreamResponse:
    """Reply to a client that resumes: always as a stream, also when the answer is there already."""
    with request.app[DOOR].beats.keeping(stream, lambda: _abandon([turn])):
        try:
            stream.begin({}, _opening(stream, [turn]))
            return await _stream(stream, [turn])
        except PeerGone:
            await _left(turn)
            raise


async def hold(request: web.Request, stream: EventStream, turns: list[Turn], *, is_array: bool) -> web.StreamResponse:
    """Reply to all turns: at once as JSON, or as a stream that goes on until the last human has answered."""
    waiting = [turn for turn in turns if turn.waits]
    if not waiting:
        return await _reply(stream, turns, is_array=is_array)
    with (
        request.app[DOOR].beats.keeping(stream, lambda: _abandon(waiting)),
        request.app[LEASES].held(request, lambda: _revoke(waiting)) as lease,
    ):
        try:
            if len(turns) == 1 and await _settled(turns[0], QUICK_S):
                return await _reply(stream, turns, is_array=is_array)
            if lease.ended:
                for turn in waiting:
                    await _left(turn)
                raise ended()
            stream.begin({}, _opening(stream, turns))
            return await _stream(stream, turns)
        except PeerGone:
            for turn in waiting:
                await _left(turn)
            raise


async def _stream(stream: EventStream, turns: list[Turn]) -> web.StreamResponse:
    for turn in turns:
        if turn.waits and not await _settled(turn, turn.call.wait_s - QUICK_S):
            if turn.call.cancelled or turn.call.waiter.revoked:
                await _left(turn)
                turn.refuse()
            elif turn.call.waiter.stopped and turn.place:
                stream.will_return()  # a client without its answer comes back, and finds the question again
                continue
            else:
                turn.settle(_as_it_is(turn))
        await _hand_over(stream, turn)
    return stream.end()


async def _settled(turn: Turn, seconds: float) -> bool:
    """Wait for the turn's human; return whether the reply is complete."""
    asked = turn.call.asked
    if asked is None:
        return True
    left_s = (asked.expires_at - turn.call.app[CLOCK].now()) / dt.timedelta(seconds=1) + SLACK_S
    settled = await turn.call.waiter.within(min(seconds, left_s))
    if settled is None:
        return False
    turn.settle(settled)
    return True


def _as_it_is(turn: Turn) -> Request:
    """Stop waiting: an answer that comes from now on is for a later call."""
    asked = turn.call.asked
    if asked is None:
        raise TypeError("only a turn that asked can wait")
    turn.call.app[HUB].unbind(turn.call.waiter)
    return asked


async def _hand_over(stream: EventStream, turn: Turn) -> None:
    """Send a reply on the stream. One that cannot be sent is given back, for the agent's next call."""
    try:
        stream.send(to_json(turn.body))
    except ConnectionError:
        await _give_back(turn)
        raise
    await _handed(turn)


async def _reply(stream: EventStream, turns: list[Turn], *, is_array: bool) -> web.StreamResponse:
    """Reply at once: as JSON, or as a short stream when the handlers had something to say before."""
    try:
        if any(turn.call.frames for turn in turns):
            stream.begin({}, b"".join(message_event(to_json(frame)) for turn in turns for frame in turn.call.frames))
            for turn in turns:
                stream.send(to_json(turn.body))
            sent = stream.end()
        elif is_array:
            sent = http.quick_reply(stream, [turn.body for turn in turns], 200)
        else:
            sent = http.quick_reply(stream, turns[0].body, turns[0].status)
    except ConnectionError:
        for turn in turns:
            await _give_back(turn)
        raise
    for turn in turns:
        await _handed(turn)
    return sent


async def _give_back(turn: Turn) -> None:
    if turn.call.asked:
        await turn.call.app[COLLECTION].give_back(turn.call.asked)


async def _handed(turn: Turn) -> None:
    if turn.call.asked:
        await turn.call.app[COLLECTION].handed(turn.call.asked)


async def _left(turn: Turn) -> None:
    if turn.call.asked and turn.waits:
        await turn.call.app[PRESENCE].left(turn.call.asked)


def _abandon(waiting: list[Turn]) -> None:
    for turn in waiting:
        turn.call.waiter.abandon()


def _revoke(waiting: list[Turn]) -> None:
    for turn in waiting:
        turn.call.waiter.revoke()


def _opening(stream: EventStream, turns: list[Turn]) -> bytes:
    """Return the first bytes of a stream: where to go on, what was said already, and the first progress."""
    first = b"".join(message_event(to_json(frame)) for turn in turns for frame in turn.call.frames)
    only = turns[0] if len(turns) == 1 else None
    if only and only.place:
        first = priming_event(only.place.event_id()) + first
    # Progress of one call keeps the whole stream alive.
    tracked = next((turn for turn in turns if turn.waits and turn.call.token is not None), None)
    if tracked is None or tracked.call.token is None or tracked.call.asked is None:
        return first
    app, asked = tracked.call.app, tracked.call.asked
    progress = Progress(tracked.call.token, asked, app[CLOCK], lambda: app[ASK].reach(asked.account_id))
    stream.pulse = progress.event
    return first + progress.event()
