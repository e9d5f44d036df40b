"""Every fault of every vendor, from the question to the screen: nothing is lost, and nothing is there twice."""

import datetime as dt
import json
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import aiohttp
import pytest

import push.fcm
from push.apns import Apns, ApnsServer
from push.apns_connection import ApnsConnection
from push.fcm import Fcm
from push.keys import PUSH_DEVICES, VENDORS
from push.provider import Check, State, Vendor
from push.settings import ApnsSettings
from relay.kernel.outbound import Bounds
from tests.emulators.apns import KEY_ID, TEAM_ID, TOPIC, apns_server
from tests.emulators.certificates import AppleKey, make_apple_key, make_authority
from tests.emulators.fcm import fcm_server, refusal
from tests.push.conftest import PushRelay
from tests.push.providers import APNS_TOKEN

pytestmark = [pytest.mark.proves("push.vendor_faults"), pytest.mark.timeout(120)]

KEY: AppleKey = make_apple_key()
SECOND = dt.timedelta(seconds=1)
LONG_AGO_MS = 1_700_000_000_000
"""Before any device here was registered."""


class Hand:
    """A device of one vendor in somebody's hand. `script` is what its push service does first, `told` what came."""

    def __init__(self, script: Any, told: Callable[[], list[tuple[str, dict[str, Any]]]]) -> None:
        self.script = script
        self._told = told

    def screen(self) -> dict[str, str]:
        """Return what is on it: of each tag the last. No request is there under two tags."""
        last = dict(self._told())
        shown = {facts["id"]: facts["op"] for facts in last.values()}
        assert len(shown) == len(last)
        return shown


@pytest.fixture
async def hand(request: pytest.FixtureRequest, pushing: PushRelay, tmp_path: Path) -> AsyncIterator[Hand]:
    made = {Vendor.APNS: _iphone, Vendor.FCM: _android, Vendor.WEBPUSH: _browser}[request.param](pushing, tmp_path)
    yield await anext(made)
    await anext(made, None)


APNS_FAULTS = [
    "stall",
    "refuse",
    "goaway",
    "drop",
    "empty",
    "no-id",
    (429, "TooManyRequests"),
    (500, "InternalServerError"),
    (503, "Shutdown"),
    (403, "ExpiredProviderToken"),
    (403, "BadEnvironmentKeyInToken"),
    (410, "Unregistered", LONG_AGO_MS),
]
FCM_FAULTS = [
    "stall",
    "drop",
    "expired",
    refusal(429, "RESOURCE_EXHAUSTED", "slow down", "QUOTA_EXCEEDED", Retry_After="7"),
    refusal(500, "INTERNAL", "down", "INTERNAL"),
    refusal(503, "UNAVAILABLE", "down", "UNAVAILABLE"),
    refusal(403, "PERMISSION_DENIED", "IAM"),
]
WEBPUSH_FAULTS = ["stall", "drop", (429, {"Retry-After": "7"}), (500, {}), (503, {"Retry-After": "1"}), (408, {})]

FAULTS = [
    *((Vendor.APNS, fault) for fault in APNS_FAULTS),
    *((Vendor.FCM, fault) for fault in FCM_FAULTS),
    *((Vendor.WEBPUSH, fault) for fault in WEBPUSH_FAULTS),
]


@pytest.fixture(autouse=True)
def _soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """What does not answer is given up within half a second, instead of ten."""
    monkeypatch.setattr(ApnsConnection, "request_s", 0.5)
    monkeypatch.setattr(push.fcm, "SEND", aiohttp.ClientTimeout(total=0.5))
    monkeypatch.setattr("push.webpush.BOUNDS", Bounds(most=8192, within_s=0.5))


@pytest.mark.parametrize(("hand", "fault"), FAULTS, indirect=["hand"])
async def test_one_fault_costs_time_and_nothing_else(pushing: PushRelay, hand: Hand, fault: Any) -> None:
    hand.script(fault)
    asked = [(await pushing.put(f"{n}?"))["request_id"] for n in range(3)]
    await _work_until(pushing, lambda: len(hand.screen()) == 3)
    assert hand.screen() == dict.fromkeys(asked, "ask")
    hand.script(fault)
    await pushing.answer(asked[0])
    await _work_until(pushing, lambda: hand.screen()[asked[0]] == "closed")
    assert hand.screen() == dict.fromkeys(asked, "ask") | {asked[0]: "closed"}


async def _work_until(pushing: PushRelay, condition: Callable[[], bool]) -> None:
    """Work, and let time pass: a pause of a push service is over within a minute or two."""
    for _ in range(20):
        await pushing.work()
        if condition():
            return
        pushing.clock.forward(10 * SECOND)
    pytest.fail("it never came")


async def _iphone(pushing: PushRelay, folder: Path) -> AsyncIterator[Hand]:
    authority = make_authority(folder)
    async with apns_server(authority, KEY.public) as apple:
        here = ApnsServer("localhost", apple.port)
        settings = ApnsSettings(key_id=KEY_ID, team_id=TEAM_ID, topic=TOPIC)
        tls = authority.client_tls()
        provider = Apns(settings, KEY.private, pushing.clock, production=here, sandbox=here, tls=tls)
        await pushing.relay.app[VENDORS].put(Vendor.APNS, provider, Check(State.READY))
        await _registered(pushing, {"vendor": "apns", "token": APNS_TOKEN})
        yield Hand(
            apple.script[APNS_TOKEN].append,
            lambda: [(push.headers["apns-collapse-id"], push.payload["hitl"]) for push in apple.delivered],
        )
        await provider.close()


async def _android(pushing: PushRelay, folder: Path) -> AsyncIterator[Hand]:
    file = folder / "account.json"
    async with fcm_server(file) as google, aiohttp.ClientSession() as session:
        provider = Fcm(file, session, pushing.clock, base=f"{google.base}/v1/projects")
        await pushing.relay.app[VENDORS].put(Vendor.FCM, provider, Check(State.READY))
        await _registered(pushing, {"vendor": "fcm", "token": "T"})

        def script(fault: Any) -> None:
            if fault == "expired":
                google.tokens.clear()
            else:
                google.script["T"].append(fault)

        yield Hand(script, lambda: [(m["data"]["tag"], json.loads(m["data"]["hitl"])) for m in google.sent])


async def _browser(pushing: PushRelay, _folder: Path) -> AsyncIterator[Hand]:
    subscription = pushing.service.subscribe(pushing.relay.app[PUSH_DEVICES].key)
    await _registered(pushing, subscription.json())
    opened = subscription.browser.opened
    yield Hand(pushing.service.script.append, lambda: [(m["notification"]["tag"], m["hitl"]) for m in opened])


async def _registered(pushing: PushRelay, body: dict[str, Any]) -> None:
    pocket = await pushing.pocket(registered=False)
    reply = await pocket.party.post(f"/api/v1/mobile/devices/{pocket.id}/push", body)
    assert reply.status == 204, await reply.text()
