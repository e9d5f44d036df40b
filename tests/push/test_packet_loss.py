"""One packet in ten is lost between the relay and the push services: nothing else is, and no device is told twice."""

import asyncio
import datetime as dt
import os
import secrets
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest

from push.apns import Apns, ApnsServer
from push.fcm import Fcm
from push.lanes import WIDTH
from push.message import Message
from push.provider import Provider, Target, Vendor
from push.results import Verdict
from push.settings import ApnsSettings
from relay.domain.clock import SystemClock
from relay.kernel.network import networks
from tests.app.conftest import MakeRelay
from tests.emulators.apns import KEY_ID, TEAM_ID, TOPIC, apns_server
from tests.emulators.certificates import make_apple_key, make_authority
from tests.emulators.fcm import fcm_server
from tests.emulators.lossy import FAR, NEAR, LossyLink, lossy_link, why_not
from tests.emulators.webpush import push_service
from tests.fakes.clock import FakeClock
from tests.push.conftest import Pocket, PushRelay
from tests.push.providers import APNS_TOKEN, a_message, a_target
from tests.waiting import until

LACKING = why_not()

pytestmark = [
    pytest.mark.skipif(bool(LACKING) and not os.environ.get("CI"), reason=f"needs root and TUN: {LACKING}"),
    pytest.mark.timeout(180),
    pytest.mark.proves("push.packet_loss"),
]

SECOND = dt.timedelta(seconds=1)
PUSHES = 60


@pytest.fixture
async def link() -> AsyncIterator[LossyLink]:
    async with lossy_link(lambda: secrets.randbelow(10) == 0) as link:
        yield link


@pytest.fixture
async def pushing(link: LossyLink, clock: FakeClock, make_relay: MakeRelay) -> AsyncIterator[PushRelay]:
    assert link
    async with push_service(host=NEAR, seen_at=FAR) as service:
        service.now = lambda: clock.now().timestamp()  # type: ignore[method-assign]
        yield PushRelay(await make_relay(outbound_allow=networks(f"{FAR}/32")), service)


async def test_every_question_is_on_every_device_once_and_gone_when_it_is_settled(
    pushing: PushRelay, link: LossyLink
) -> None:
    pockets = [await pushing.pocket(name) for name in ("phone", "laptop", "tablet")]
    asked = []
    for n in range(24):
        asked.append((await pushing.put(f"{n}?"))["request_id"])
        if n % 8 == 7:
            await pushing.work()
            pushing.clock.forward(61 * SECOND)  # below what would be coalesced
    answered = asked[::2]
    for request in answered:
        await pushing.answer(request)
    await _settled(pushing)
    for pocket in pockets:
        assert _on_screen(pocket) == {request: "closed" if request in answered else "ask" for request in asked}
    assert link.lost > 0


async def test_apns_brings_each_push_once(link: LossyLink, tmp_path: Path) -> None:
    key, authority = make_apple_key(), make_authority(tmp_path)
    async with apns_server(authority, key.public, host=NEAR) as apple:
        here = ApnsServer(FAR, apple.port)
        settings = ApnsSettings(key_id=KEY_ID, team_id=TEAM_ID, topic=TOPIC)
        tls = authority.client_tls()
        provider = Apns(settings, key.private, SystemClock(), production=here, sandbox=here, tls=tls)
        sent = await _sent(provider, a_target(Vendor.APNS, APNS_TOKEN))
        arrived = [push.headers["apns-collapse-id"] for push in apple.delivered]
        link.bad = False
        await provider.close()
        await until(lambda: not any(pool.connections for pool in provider._pools.values()))
    assert set(arrived) == sent
    assert link.lost > 0


async def test_fcm_brings_each_push_once(link: LossyLink, tmp_path: Path) -> None:
    file = tmp_path / "account.json"
    async with fcm_server(file, host=NEAR, seen_at=FAR) as google, aiohttp.ClientSession() as session:
        provider = Fcm(file, session, SystemClock(), base=f"{google.base}/v1/projects")
        # google-auth asks for the token in a thread that nothing can end, with time-outs of minutes: not part of this.
        link.bad = False
        await provider.try_out()
        link.bad = True
        sent = await _sent(provider, a_target(Vendor.FCM, "T"))
        arrived = [message["data"]["tag"] for message in google.sent]
    assert set(arrived) == sent
    assert link.lost > 0


async def _sent(provider: Provider, target: Target) -> set[str]:
    """Send as the outbox does, again under the same tag what was not taken or may have been; return the tags."""
    messages = [a_message() for _ in range(PUSHES)]
    places = asyncio.Semaphore(WIDTH[target.vendor])

    async def one(message: Message) -> None:
        for _ in range(6):
            async with places:
                result = await provider.send(target, message)
            if result.verdict is Verdict.SENT:
                return
            assert result.verdict in {Verdict.RETRY, Verdict.UNKNOWN}, result
        pytest.fail("six times were not enough")

    await asyncio.gather(*(one(message) for message in messages))
    return {message.tag for message in messages}


async def _settled(pushing: PushRelay) -> None:
    """Work until nothing is due any more."""
    for _ in range(20):
        await pushing.work()
        if all(row["due_at"] is None for row in await pushing.rows()):
            return
        pushing.clock.forward(5 * SECOND)
    pytest.fail("pushes are still due")


def _on_screen(pocket: Pocket) -> dict[str, str]:
    """Return what a device shows: of each tag the last, and each request under one tag."""
    shown = {notification["tag"]: facts for facts, notification in zip(pocket.shown, pocket.notifications, strict=True)}
    on_screen = {facts["id"]: facts["op"] for facts in shown.values()}
    assert len(on_screen) == len(shown)
    return on_screen
