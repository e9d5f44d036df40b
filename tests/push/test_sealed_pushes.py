"""A ciphertext goes along with its push where it fits, by every vendor; where it does not, the push goes without."""

import base64
import json
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import pytest

from push.apns import Apns, ApnsServer
from push.fcm import Fcm
from push.message import Message
from push.provider import Vendor
from push.results import Verdict
from push.settings import ApnsSettings
from push.vapid import Vapid, from_base64url, new_secret
from push.webpush import MOST, WebPush, declarative
from relay.domain.clock import SystemClock
from relay.kernel.body import to_json
from relay.kernel.outbound import OutboundRules, outbound
from tests.app.sealing import a_box
from tests.emulators.apns import KEY_ID, TEAM_ID, TOPIC, apns_server
from tests.emulators.certificates import make_apple_key, make_authority
from tests.emulators.fcm import fcm_server
from tests.emulators.webpush import push_service
from tests.push.conftest import LOOPBACK, PushRelay
from tests.push.providers import APNS_TOKEN, a_message, a_target

pytestmark = pytest.mark.proves("push.ciphertext")


class Way:
    """A provider, with what arrives at the end of it."""

    def __init__(self, provider: Any, target: Any, arrived: Any) -> None:
        self._provider, self._target, self._arrived = provider, target, arrived

    async def bring(self, message: Message) -> dict[str, Any]:
        """Send, and return the facts as the device has them."""
        assert (await self._provider.send(self._target, message)).verdict is Verdict.SENT
        facts: dict[str, Any] = self._arrived()
        return facts


@pytest.fixture(params=list(Vendor))
async def way(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Way]:
    async with AsyncExitStack() as stack:
        match request.param:
            case Vendor.APNS:
                yield await _apns(stack, tmp_path)
            case Vendor.FCM:
                yield await _fcm(stack, tmp_path)
            case Vendor.WEBPUSH:
                yield await _webpush(stack)


async def test_a_ciphertext_is_brought_as_it_is_stored(way: Way) -> None:
    agent = uuid4()
    facts = await way.bring(_sealed(_envelope(recipients=3), agent_id=agent))
    assert facts["sealed"] == {"payload": _envelope(recipients=3), "version": 2, "reply": "json"}
    assert facts["agent_id"] == str(agent)
    assert facts["deadline"]


@pytest.mark.parametrize("payload", ["=" * 4000, "\n" * 2500, '"' * 2500])
async def test_one_that_is_too_long_in_the_vendors_form_stays_behind(way: Way, payload: str) -> None:
    facts = await way.bring(_sealed(payload))
    assert "sealed" not in facts
    assert "agent_id" not in facts
    assert facts["id"]


async def test_a_browser_gets_what_every_push_service_hands_on_and_no_more() -> None:
    """One byte less or more of ciphertext, at the limit."""
    async with AsyncExitStack() as stack:
        way = await _webpush(stack)
        fits = MOST - (len(_plain(_sealed("x"))) - 1)
        assert (await way.bring(_sealed("x" * fits)))["sealed"]
        assert "sealed" not in await way.bring(_sealed("x" * (fits + 1)))


async def test_pushes_with_a_ciphertext_look_alike_on_the_way() -> None:
    sizes = set[int]()
    async with AsyncExitStack() as stack:
        service = await stack.enter_async_context(push_service())
        way = await _webpush(stack, service)
        subscription = next(iter(service.subscriptions.values()))
        taken = subscription.browser.take
        subscription.browser.take = lambda body: (sizes.add(len(body)), taken(body))[1]  # type: ignore[method-assign]
        for recipients in (1, 3, 5):
            await way.bring(_sealed(_envelope(recipients=recipients)))
    assert len(sizes) == 1


async def test_the_outbox_gives_the_agent_and_the_ciphertext_and_no_words_even_to_who_wants_words(
    pushing: PushRelay,
) -> None:
    phone = await pushing.pocket()
    await pushing.prefer(show_words=True)
    body = {"encrypted_payload": a_box(1), "wait": 0, "kind": "approval"}
    assert (await pushing.relay.agent.post("/api/v1/hitl/request/e2ee", body)).status == 202
    await pushing.work()
    (message,) = phone.subscription.browser.opened
    assert (message["hitl"]["sealed"]["payload"], message["hitl"]["agent_id"]) == (a_box(1), pushing.relay.agent.id)
    assert "deploy-bot" not in json.dumps(message)
    assert "actions" not in message["hitl"]


def _sealed(payload: str, **over: Any) -> Message:
    return a_message(sealed={"payload": payload, "version": 2, "reply": "json"}, **{"agent_id": uuid4()} | over)


def _envelope(recipients: int) -> str:
    """Return a ciphertext in the form and size of a short question for so many devices."""

    def text(size: int, mark: int = 0) -> str:
        return base64.b64encode(bytes((mark,)) * size).decode()

    wraps = {text(32, device): text(104) for device in range(recipients)}
    return json.dumps({"c": text(24 + 256 + 16), "h": text(350), "v": 2, "w": wraps}, separators=(",", ":"))


def _plain(message: Message) -> bytes:
    return to_json(declarative(message, "https://relay.example.org"))


async def _apns(stack: AsyncExitStack, folder: Path) -> Way:
    key, authority = make_apple_key(), make_authority(folder)
    apple = await stack.enter_async_context(apns_server(authority, key.public))
    here = ApnsServer("localhost", apple.port)
    settings = ApnsSettings(key_id=KEY_ID, team_id=TEAM_ID, topic=TOPIC)
    provider = Apns(settings, key.private, SystemClock(), production=here, sandbox=here, tls=authority.client_tls())
    stack.push_async_callback(provider.close)
    return Way(provider, a_target(Vendor.APNS, APNS_TOKEN), lambda: apple.delivered[-1].payload["hitl"])


async def _fcm(stack: AsyncExitStack, folder: Path) -> Way:
    file = folder / "account.json"
    google = await stack.enter_async_context(fcm_server(file))
    session = await stack.enter_async_context(aiohttp.ClientSession())
    provider = Fcm(file, session, SystemClock(), base=f"{google.base}/v1/projects")
    return Way(provider, a_target(Vendor.FCM, "T"), lambda: json.loads(google.sent[-1]["data"]["hitl"]))


async def _webpush(stack: AsyncExitStack, service: Any = None) -> Way:
    service = service or await stack.enter_async_context(push_service())
    vapid = Vapid.of(new_secret(), "mailto:test@example.org", SystemClock())
    subscription = service.subscribe(vapid.public)
    keys = subscription.json()
    target = a_target(
        Vendor.WEBPUSH,
        keys["endpoint"],
        p256dh=from_base64url(keys["p256dh"]),
        auth=from_base64url(keys["auth"]),
    )
    way = await stack.enter_async_context(outbound(OutboundRules(allow=LOOPBACK)))
    provider = WebPush(way, vapid, public_url="https://relay.example.org", clock=SystemClock(), chance=os.urandom)
    return Way(provider, target, lambda: subscription.browser.opened[-1]["hitl"])
