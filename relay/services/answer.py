"""A human decides: the first valid answer wins, every later one is told who won."""

import datetime as dt
from dataclasses import dataclass
from uuid import UUID

from relay.domain.clock import Clock
from relay.domain.errors import ClaimedByAnother, InvalidInput, NotFound
from relay.domain.form import Value
from relay.domain.ids import AccountId, DeviceId, RequestId
from relay.domain.log_entry import EntryType
from relay.domain.quick import changed
from relay.domain.receipt import Receipt, check
from relay.domain.request import MAX_CLAIM, MAX_COMMENT, Answer, Claim, Request, State
from relay.hub import Hub, Waiter
from relay.kernel.metrics import Metrics
from relay.kernel.signatures import is_signed
from relay.services.collection import Collection
from relay.services.journal import Journal
from relay.services.recent import RecentRequests
from relay.store.requests import AnswerRow, RequestStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Answerer:
    """The human, and the device in hand (none when the answer came by plain REST)."""

    account_id: AccountId
    account_name: str
    device_id: DeviceId | None = None
    device_name: str = ""
    device_key: bytes | None = None
    """What the device signs with; a receipt under another key is not its own."""


class AnswerService:
    def __init__(
        self,
        *,
        store: RequestStore,
        recent: RecentRequests,
        hub: Hub,
        journal: Journal,
        clock: Clock,
        metrics: Metrics,
        collection: Collection,
    ) -> None:
        self._collection = collection
        self._store = store
        self._recent = recent
        self._hub = hub
        self._journal = journal
        self._clock = clock
        self._metrics = metrics

    async def answer(
        self,
        who: Answerer,
        id: RequestId,
        answer_id: UUID,
        value: Value | None,
        comment: str = "",
        *,
        sealed: str | None = None,
        receipt: Receipt | None = None,
    ) -> Request:
        """Settle a request. The same `answer_id` again is the same answer, not a second one."""
        if len(comment) > MAX_COMMENT:
            raise InvalidInput(f"must have at most {MAX_COMMENT} characters", "/comment")
        request = await self._mine(who.account_id, id)
        if _is(request, answer_id):
            return request
        answer = Answer(
            id=answer_id,
            value=value,
            comment=comment,
            by=who.account_id,
            by_name=who.account_name,
            device=who.device_id,
            device_name=who.device_name,
            at=self._clock.now(),
            sealed=sealed,
            receipt=receipt.to_json() if receipt else None,
        )
        settled = request.answered(answer)
        if receipt:
            check(receipt, settled, who.device_key, is_signed)
        callers = self._hub.callers(request.id)
        seq = await self._store.answer(AnswerRow(settled, collected=bool(callers)))
        if seq is None:
            return await self._lost(who, id, answer_id)
        collected = await self._correct(settled, callers)
        self._recent.put(settled)
        self._metrics.settled(settled)
        self._journal.announce(EntryType.REQUEST_RESOLVED, seq, settled, actor=who.account_id, device=who.device_id)
        return changed(settled, collected=collected)

    async def claim(self, who: Answerer, id: RequestId, lease: dt.timedelta = MAX_CLAIM) -> Claim:
        """Hold a pending request for a while, so that two humans do not work on it at once."""
        if not dt.timedelta(seconds=1) <= lease <= MAX_CLAIM:
            raise InvalidInput(f"must be 1 to {MAX_CLAIM // dt.timedelta(seconds=1)}", "/seconds")
        request = await self._mine(who.account_id, id)
        now = self._clock.now()
        until = min(now + lease, request.expires_at)
        seq = await self._store.claim(id, who.account_id, who.device_id, now, until)
        if seq is None:
            raise await self._why(id, who.account_id)
        self._tell(request)
        return Claim(who.account_id, until)

    async def release(self, who: Answerer, id: RequestId) -> None:
        """Give a claimed request back. Releasing what one does not hold changes nothing."""
        request = await self._mine(who.account_id, id)
        if await self._store.release(id, who.account_id, who.device_id, self._clock.now()) is not None:
            self._tell(request)

    async def _mine(self, account: AccountId, id: RequestId) -> Request:
        request = self._recent.get(id) or await self._store.by_id(id)
        if request is None or request.account_id != account:
            raise NotFound("there is no such request, or it is not yours")
        return request

    async def _lost(self, who: Answerer, id: RequestId, answer_id: UUID) -> Request:
        """The database did not take this answer: it has it already, or somebody was quicker."""
        current = await self._store.by_id(id)
        if current is None or current.account_id != who.account_id:
            raise NotFound("there is no such request, or it is not yours")
        self._recent.put(current)
        if _is(current, answer_id):
            # Written by a statement whose reply was lost on the way: nobody was told yet.
            if self._hub.callers(id):
                await self._store.mark_collected(id, self._clock.now())
            self._hub.settle(current)
            self._journal.nudge(current.account_id)
            return current
        raise self._refusal(current, who.account_id)

    async def _correct(self, settled: Request, counted: list[Waiter]) -> bool:
        """Callers may have come or left while the answer was written: note and return whether one gets it after all."""
        present = self._hub.callers(settled.id)
        if present and not counted:
            await self._store.mark_collected(settled.id, self._clock.now())
        elif counted and not present and all(waiter.left for waiter in counted):
            await self._collection.give_back(settled)
            return False
        return bool(present or counted)

    async def _why(self, id: RequestId, account: AccountId) -> Exception:
        current = await self._store.by_id(id)
        if current is None:
            return NotFound("there is no such request, or it is not yours")
        return self._refusal(current, account)

    def _refusal(self, current: Request, account: AccountId) -> Exception:
        now = self._clock.now()
        if current.state is State.PENDING and current.claim and current.claim.by != account:
            return ClaimedByAnother(current.claim.by, current.claim.until)
        if current.state is State.PENDING:
            return current.expired(now).refusal()
        return current.refusal()

    def _tell(self, request: Request) -> None:
        # What changed is read back with the entry; the hint need only say whose log has moved.
        self._recent.drop(request.id)
        self._journal.nudge(request.account_id)


def _is(request: Request, answer_id: UUID) -> bool:
    return request.answer is not None and request.answer.id == answer_id
