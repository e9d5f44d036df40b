"""Begin something that is ended later, once, and not too late."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from auth.flow import Flow, FlowKind
from auth.secrets import digest_of
from auth.store.flows import FlowStore
from relay.domain.clock import Clock
from relay.domain.ids import AccountId, Chance, uuid7


@dataclass(frozen=True, slots=True)
class Bound:
    """To what a flow is bound: an account, a browser by its cookie, both, or neither."""

    account: AccountId | None = None
    browser: str | None = None


UNBOUND = Bound()


class Flows:
    def __init__(self, *, store: FlowStore, clock: Clock, chance: Chance) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance

    async def begin(
        self,
        kind: FlowKind,
        secret: str,
        life: dt.timedelta,
        *,
        bound: Bound = UNBOUND,
        facts: Mapping[str, str] | None = None,
    ) -> Flow:
        """Remember that `secret` will come back."""
        now = self._clock.now()
        flow = Flow(
            id=uuid7(now, self._chance),
            kind=kind,
            browser=digest_of(bound.browser) if bound.browser else None,
            account_id=bound.account,
            facts=facts or {},
            created_at=now,
            expires_at=now + life,
        )
        await self._store.add(flow, digest_of(secret))
        return flow

    async def look(self, kind: FlowKind, secret: str) -> Flow | None:
        """Return what `secret` belongs to, without ending it."""
        return await self._store.look(kind, digest_of(secret), self._clock.now())

    async def end(self, kind: FlowKind, secret: str) -> Flow | None:
        """Return what `secret` belongs to, once."""
        return await self._store.take(kind, digest_of(secret), self._clock.now())

    async def attempt(self, kind: FlowKind, browser: str, most: int) -> list[Flow]:
        """Return what a browser has begun, counting the attempt that is about to be made; nothing after `most`."""
        return await self._store.attempt(kind, digest_of(browser), self._clock.now(), most)

    async def end_this(self, flow: Flow) -> Flow | None:
        """End a flow that was found; return None when somebody was quicker."""
        return flow if await self._store.delete(flow.id) else None

    async def forget_old(self) -> None:
        await self._store.forget(self._clock.now())
