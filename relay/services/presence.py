"""Whether the agent still waits: a card whose agent hung up says so, and stays answerable until its deadline."""

from relay.domain.clock import Clock
from relay.domain.request import Request, State
from relay.hub import Hub
from relay.services.journal import Journal
from relay.services.recent import RecentRequests
from relay.store.requests import RequestStore


class Presence:
    def __init__(
        self, *, store: RequestStore, recent: RecentRequests, hub: Hub, journal: Journal, clock: Clock
    ) -> None:
        self._store = store
        self._recent = recent
        self._hub = hub
        self._journal = journal
        self._clock = clock

    async def left(self, request: Request) -> None:
        """A call that waited for `request` has hung up; tell the devices unless another one waits here."""
        if self._hub.callers(request.id):
            return
        if await self._store.agent_away(request.id, self._clock.now()):
            self._tell(request)

    async def returned(self, request: Request) -> None:
        """The agent waits again."""
        if request.state is not State.PENDING or not request.away:
            return
        if await self._store.agent_back(request.id, self._clock.now()):
            self._tell(request)

    def _tell(self, request: Request) -> None:
        self._recent.drop(request.id)
        self._journal.nudge(request.account_id)
