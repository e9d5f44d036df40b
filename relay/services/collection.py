"""Who has the answer: whether the agent was handed it, or the next identical ask shall have it.

Two calls may wait for one request, one of which hangs up just as the answer comes: what the one gives back the other
may have been handed. So both facts are remembered here for a while, and the handing over wins in whatever order the
two are written.
"""

from collections import OrderedDict
from typing import Final

from relay.domain.clock import Clock
from relay.domain.ids import RequestId
from relay.domain.request import Request, State
from relay.kernel.log import get_logger
from relay.store.requests import RequestStore

log = get_logger(__name__)

REMEMBERED: Final = 20_000


class Collection:
    def __init__(self, *, store: RequestStore, clock: Clock) -> None:
        self._store = store
        self._clock = clock
        self._handed: OrderedDict[RequestId, None] = OrderedDict()
        self._given_back: OrderedDict[RequestId, None] = OrderedDict()

    async def mark(self, request: Request) -> None:
        """Note that an agent is about to be handed the answer, so that the same question asked again is a new one."""
        if request.state is State.ANSWERED and not request.collected:
            await self._store.mark_collected(request.id, self._clock.now())

    async def handed(self, request: Request) -> None:
        """An agent has the answer."""
        if request.state is State.ANSWERED:
            _remember(self._handed, request.id)
            if request.id in self._given_back:
                await self._store.mark_collected(request.id, self._clock.now())

    async def give_back(self, request: Request) -> None:
        """The answer could not be handed over: keep it for the agent's next identical ask."""
        if request.state is not State.ANSWERED or request.id in self._handed:
            return
        log.info("answer_not_collected", request_id=str(request.id))
        _remember(self._given_back, request.id)
        await self._store.mark_uncollected(request.id)
        if request.id in self._handed:
            await self._store.mark_collected(request.id, self._clock.now())


def _remember(ids: OrderedDict[RequestId, None], request: RequestId) -> None:
    ids[request] = None
    if len(ids) > REMEMBERED:
        ids.popitem(last=False)
