"""Ask a human, tell a human, take a question back, find one again."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from relay.domain.clock import Clock
from relay.domain.errors import AlreadyDecided, InvalidInput, KeyReused, NotFound
from relay.domain.ids import AccountId, AgentId, Chance, OrgId, RequestId, uuid7
from relay.domain.log_entry import EntryType
from relay.domain.quick import quick
from relay.domain.request import Content, Deadline, Kind, Priority, Request, State
from relay.domain.sealed import Sealed
from relay.hub import Hub, Waiter
from relay.kernel.metrics import Metrics
from relay.services.collection import Collection
from relay.services.journal import Journal
from relay.services.reach import Delivery, Reach
from relay.services.recent import RecentRequests
from relay.store.ids import as_stored
from relay.store.requests import Asked, AskRow, RequestStore


@quick
@dataclass(frozen=True, slots=True)
class Asker:
    """The agent that asks, and the account it may ask."""

    org_id: OrgId
    account_id: AccountId
    agent_id: AgentId


@quick
@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    content: Content | Sealed
    kind: Kind
    priority: Priority = Priority.NORMAL
    wait: dt.timedelta | None = None
    idempotency_key: str | None = None
    dedupe_key: str | None = None
    """What makes two sealed questions the same one: the caller's own, since their ciphertexts differ."""
    call_id: str | None = None
    """What the caller's program calls this one call. Repeated after a lost connection it means the same request, even
    one whose answer was collected; another call with the same content joins what is pending, as ever."""


@quick
@dataclass(frozen=True, slots=True)
class Ticket:
    """An ask that is saved. `ceiling_applied` says whether the caller wanted more time than there is."""

    request: Request
    ceiling_applied: bool
    reattached: bool


class AskService:
    def __init__(
        self,
        *,
        store: RequestStore,
        recent: RecentRequests,
        hub: Hub,
        reach: Reach,
        journal: Journal,
        clock: Clock,
        chance: Chance,
        metrics: Metrics,
        collection: Collection,
    ) -> None:
        self._collection = collection
        self._store = store
        self._recent = recent
        self._hub = hub
        self._reach = reach
        self._journal = journal
        self._clock = clock
        self._chance = chance
        self._metrics = metrics

    async def ask(self, asker: Asker, question: Question, waiter: Waiter | None = None) -> Ticket:
        """Save a question, or find the same one asked before; `waiter` is bound to it before it is written."""
        now = self._clock.now()
        deadline = Deadline.after(question.wait, start=now)
        request = self._request(asker, question, now, deadline, State.PENDING)
        row = AskRow.of(request, idempotency_key=question.idempotency_key, dedupe_key=question.dedupe_key)
        if question.call_id and (known := await self._store.request_of_call(row, question.call_id)):
            return await self._reattach(known, deadline, waiter)
        if waiter:
            self._hub.bind(waiter, request.id)
        self._recent.put(request)
        asked = await self._save(row)
        if asked.request_id == request.id:
            if asked.seq is not None:
                self._metrics.asked(request.kind)
                self._journal.announce(EntryType.REQUEST_CREATED, asked.seq, request, actor=asker.agent_id)
            await self._remember(row, question, request.id)
            return Ticket(request, deadline.ceiling_applied, reattached=False)
        self._recent.drop(request.id)
        await self._remember(row, question, asked.request_id)
        return await self._reattach(asked.request_id, deadline, waiter)

    async def notify(self, asker: Asker, question: Question) -> Request:
        """Tell a human something. Nothing is awaited."""
        now = self._clock.now()
        request = self._request(asker, question, now, Deadline.after(None, start=now), State.POSTED)
        row = AskRow.of(request, idempotency_key=question.idempotency_key, reattach=False)
        asked = await self._save(row)
        if asked.request_id == request.id and asked.seq is not None:
            self._metrics.asked(request.kind)
            self._journal.announce(EntryType.NOTIFICATION, asked.seq, request, actor=asker.agent_id)
            return request
        return await self.find(asked.request_id, org=asker.org_id)

    async def attach(self, request: Request, waiter: Waiter, *, collects: bool) -> Request:
        """Let a later call wait for a request that exists: bind first, then read, so no answer slips past."""
        self._hub.bind(waiter, request.id)
        current = await self.find(request.id, org=request.org_id)
        return await self._handed_over(current, waiter, collects=collects)

    async def find(self, id: RequestId, *, org: OrgId) -> Request:
        """Read a request; another organization's does not exist."""
        request = await self._store.by_id(id)
        if request is None or request.org_id != org:
            raise NotFound("there is no such request, or it is not yours")
        return request

    async def cancel(self, request: Request, actor: UUID) -> Request:
        """Take a pending question back; devices drop its card."""
        now = self._clock.now()
        gone = request.cancelled(now)
        seq = await self._store.cancel(request.id, actor, now)
        if seq is None:
            settled = await self.find(request.id, org=request.org_id)
            raise settled.refusal() if settled.state is not State.PENDING else AlreadyDecided(State.EXPIRED, now)
        self._recent.put(gone)
        self._metrics.settled(gone)
        self._journal.announce(EntryType.REQUEST_RESOLVED, seq, gone, actor=actor)
        return gone

    def reach(self, account: AccountId) -> Delivery:
        """Return whether a device of the account is connected, can be woken, or neither."""
        return self._reach.of(account)

    def _request(self, asker: Asker, question: Question, now: dt.datetime, deadline: Deadline, state: State) -> Request:
        return Request(
            id=as_stored(RequestId(uuid7(now, self._chance))),
            org_id=asker.org_id,
            account_id=asker.account_id,
            agent_id=asker.agent_id,
            kind=question.kind,
            priority=question.priority,
            content=question.content,
            created_at=now,
            expires_at=deadline.expires_at,
            state=state,
        )

    async def _save(self, row: AskRow) -> Asked:
        asked = await self._store.add(row)
        if asked.digest != row.digest:
            raise KeyReused("this idempotency key was used for another question")
        return asked

    async def _remember(self, row: AskRow, question: Question, id: RequestId) -> None:
        if question.call_id:
            await self._store.remember_call(row, question.call_id, id)

    async def _reattach(self, id: RequestId, deadline: Deadline, waiter: Waiter | None) -> Ticket:
        if waiter:
            self._hub.bind(waiter, id)
        request = await self._store.by_id(id)
        if request is None:
            raise InvalidInput("this idempotency key belongs to a request that is no longer kept", "/idempotency_key")
        self._metrics.reattached()
        # If the first call failed after its commit, nobody was told: have the devices look.
        self._journal.nudge(request.account_id)
        if waiter:
            request = await self._handed_over(request, waiter, collects=True)
        return Ticket(request, deadline.ceiling_applied, reattached=True)

    async def _handed_over(self, request: Request, waiter: Waiter, *, collects: bool) -> Request:
        """A request that is settled already needs no waiting: hand it over as it is."""
        if request.state is State.PENDING:
            return request
        self._hub.unbind(waiter)
        waiter.settle(request)
        if collects:
            await self._collection.mark(request)
        return request
