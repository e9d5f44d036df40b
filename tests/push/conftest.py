"""A relay whose push service is an emulator, and browsers in pockets that subscribed to it."""

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from typing import Any

import pytest

from push.keys import PUSH_DEVICES, PUSH_WORKER
from push.store.outbox import Outbox
from push.worker import Worker
from relay.kernel.network import networks
from relay.services.keys import DATABASE, LEDGER
from tests.app.conftest import PASSWORD, MakeRelay, Party, Relay, make_relay
from tests.emulators.webpush import PushService, Subscription, push_service
from tests.fakes.clock import FakeClock
from tests.waiting import until

__all__ = ["make_relay"]

LOOPBACK = networks("127.0.0.0/8")


@dataclass
class Pocket:
    """A browser with notifications allowed, in nobody's hand: it has no socket."""

    party: Party
    id: str
    subscription: Subscription

    @property
    def shown(self) -> list[dict[str, Any]]:
        """Return what came, the facts only."""
        return [message["hitl"] for message in self.subscription.browser.opened]

    @property
    def notifications(self) -> list[dict[str, Any]]:
        return [message["notification"] for message in self.subscription.browser.opened]

    async def register(self) -> int:
        return (await self.party.post(f"/api/v1/mobile/devices/{self.id}/push", self.subscription.json())).status

    async def health(self) -> dict[str, Any] | None:
        listed = await (await self.party.get("/api/v1/mobile/devices")).json()
        found: dict[str, Any] | None = next(each["push"] for each in listed if each["device_id"] == self.id)
        return found


@dataclass
class PushRelay:
    relay: Relay
    service: PushService

    @property
    def clock(self) -> FakeClock:
        return self.relay.clock

    async def pocket(self, name: str = "phone", *, registered: bool = True) -> Pocket:
        """Sign in on a new browser and allow notifications there."""
        session = self.relay.client.session
        session.cookie_jar.clear()
        body = {"email": "ada@example.org", "password": PASSWORD}
        token = (await (await self.relay.client.post("/api/v1/auth/sign-in", json=body)).json())["token"]
        session.cookie_jar.clear()
        party = Party(self.relay.client, token)
        made = await (await party.post("/api/v1/mobile/devices", {"name": name, "kind": "browser"})).json()
        pocket = Pocket(party, made["device_id"], self.service.subscribe(self.relay.app[PUSH_DEVICES].key))
        if registered:
            assert await pocket.register() == 204
        return pocket

    async def put(self, prompt: str = "Deploy to production?", **more: Any) -> dict[str, Any]:
        """Ask without waiting."""
        reply = await self.relay.agent.post("/api/v1/hitl/request", {"prompt": prompt, "wait": 0, **more})
        body: dict[str, Any] = await reply.json()
        assert reply.status == 202, body
        return body

    async def answer(self, request_id: str, answer: Any = "yes") -> None:
        reply = await self.relay.owner.post(f"/api/v1/requests/{request_id}/respond", {"answer": answer})
        assert reply.status == 200, await reply.text()

    async def prefer(self, **wish: Any) -> None:
        reply = await self.relay.owner.patch("/api/v1/mobile/push/preferences", wish)
        assert reply.status == 200, await reply.text()

    async def work(self) -> None:
        """Send all that is due now."""
        await self.relay.app[PUSH_WORKER].work_off()

    async def steps(self, request_id: str, *, count: int) -> list[tuple[str, str]]:
        """Wait until the ledger has so many steps of a request, and return them with their details."""
        found: list[tuple[str, str]] = []

        async def written() -> bool:
            entries = await self.relay.app[LEDGER].of(request_id)  # type: ignore[arg-type]
            found[:] = [(entry.step.value, entry.detail) for entry in entries]
            return len(found) == count

        await until(written)
        return found

    def another_worker(self, outbox: Outbox | None = None) -> Worker:
        """Make a worker beside the application's own, with the same memory. `outbox`: where it claims and settles."""
        first = self.relay.app[PUSH_WORKER]
        return Worker(
            outbox=outbox or first._outbox,
            sender=first._sender,
            hub=first._hub,
            reach=first._reach,
            ledger=first._ledger,
            metrics=first._metrics,
            clock=first._clock,
            chance=first._chance,
        )

    async def rows(self) -> list[dict[str, Any]]:
        """Return the outbox."""
        return [dict(row) for row in await self.relay.app[DATABASE].fetch("SELECT * FROM push_outbox")]


MakePushRelay = Callable[..., Awaitable[PushRelay]]


@pytest.fixture
async def service(clock: FakeClock) -> AsyncIterator[PushService]:
    async with push_service() as service:
        service.now = lambda: clock.now().timestamp()  # type: ignore[method-assign]
        yield service


@pytest.fixture
async def make_push_relay(make_relay: MakeRelay, service: PushService) -> MakePushRelay:
    async def make(**settings: Any) -> PushRelay:
        return PushRelay(await make_relay(outbound_allow=LOOPBACK, **settings), service)

    return make


@pytest.fixture
async def pushing(make_push_relay: MakePushRelay) -> PushRelay:
    return await make_push_relay()
