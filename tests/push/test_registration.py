"""A device says where it is woken, tries it, and takes it back."""

from typing import Any

import pytest
from aiohttp import web

from hitl_relay.app import SETTINGS, create_app
from push.keys import PUSH_DEVICES
from push.vapid import from_base64url
from relay.kernel.settings import Secret
from tests.push.conftest import MakePushRelay, PushRelay

APNS = "ab" * 32


@pytest.mark.proves("push.registration")
async def test_a_device_shows_how_its_push_does(pushing: PushRelay) -> None:
    phone = await pushing.pocket(registered=False)
    assert await phone.health() is None
    await phone.register()
    new = await phone.health()
    assert new == {"vendor": "webpush", "state": "new", "last_ok_at": None, "code": ""}
    reply = await phone.party.post(f"/api/v1/mobile/devices/{phone.id}/push/test")
    assert await reply.json() == {"verdict": "sent", "code": "201"}
    assert phone.shown[0]["op"] == "test"
    working = await phone.health()
    assert working is not None
    assert (working["state"], working["last_ok_at"]) == ("ok", "2026-03-04T12:00:00.000Z")
    assert (await phone.party.delete(f"/api/v1/mobile/devices/{phone.id}/push")).status == 204
    assert await phone.health() is None
    assert (await phone.party.post(f"/api/v1/mobile/devices/{phone.id}/push/test")).status == 404


@pytest.mark.proves("push.registration")
async def test_a_test_says_what_is_wrong(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    path = f"/api/v1/mobile/devices/{phone.id}/push/test"
    pushing.service.script.append((503, {}))
    assert await (await phone.party.post(path)).json() == {"verdict": "retry", "code": "503"}
    phone.subscription.gone = True
    assert await (await phone.party.post(path)).json() == {"verdict": "dead", "code": "410"}


async def test_registering_the_same_address_again_keeps_what_is_known(pushing: PushRelay) -> None:
    phone = await pushing.pocket()
    await phone.party.post(f"/api/v1/mobile/devices/{phone.id}/push/test")
    await phone.register()
    health = await phone.health()
    assert health is not None
    assert health["state"] == "ok"


@pytest.mark.proves("push.registration")
@pytest.mark.parametrize(
    ("spoilt", "pointer"),
    [
        ({"endpoint": None}, "/endpoint"),
        ({"endpoint": "ftp://push.example.org/1"}, "/endpoint"),
        ({"endpoint": "https://push.example.org/1 2"}, "/endpoint"),
        ({"endpoint": "https://push.example.org/" + "x" * 2048}, "/endpoint"),
        ({"p256dh": None}, "/p256dh"),
        ({"p256dh": "!"}, "/p256dh"),
        ({"p256dh": "AAAA"}, "/p256dh"),
        ({"p256dh": "BA" + "A" * 85}, "/p256dh"),
        ({"auth": "AAAA"}, "/auth"),
        ({"auth": "é"}, "/auth"),
        ({"vendor": "apns"}, "/token"),
        ({"vendor": "apns", "token": "not hexadecimal"}, "/token"),
        ({"vendor": "fcm"}, "/token"),
        ({"vendor": "fcm", "token": "a\nb"}, "/token"),
        ({"vendor": "pigeon"}, "/vendor"),
    ],
)
async def test_what_is_no_address_is_refused_by_name(pushing: PushRelay, spoilt: dict[str, Any], pointer: str) -> None:
    phone = await pushing.pocket(registered=False)
    path = f"/api/v1/mobile/devices/{phone.id}/push"
    reply = await phone.party.post(path, phone.subscription.json() | spoilt)
    assert (reply.status, (await reply.json())["pointer"]) == (400, pointer)
    assert await phone.health() is None


async def test_an_app_of_a_vendor_that_is_off_is_told_so(pushing: PushRelay) -> None:
    phone = await pushing.pocket(registered=False)
    body = {"vendor": "apns", "token": APNS}
    assert (await phone.party.post(f"/api/v1/mobile/devices/{phone.id}/push", body)).status == 204
    reply = await phone.party.post(f"/api/v1/mobile/devices/{phone.id}/push/test")
    assert await reply.json() == {"verdict": "drop", "code": "off"}


@pytest.mark.proves("push.vapid")
async def test_the_relays_key_is_made_once_and_kept(make_push_relay: MakePushRelay, database_url: Secret) -> None:
    first = await make_push_relay()
    key = (await (await first.relay.owner.get("/api/v1/mobile/push/vapid-key")).json())["key"]
    assert len(from_base64url(key)) == 65
    await first.relay.client.close()
    runner = web.AppRunner(create_app(first.relay.app[SETTINGS], database_url, clock=first.clock, loops=False))
    await runner.setup()
    assert runner.app[PUSH_DEVICES].key == key
    await runner.cleanup()


@pytest.mark.proves("push.vapid")
async def test_a_subscription_made_for_another_key_is_that_devices_trouble_only(pushing: PushRelay) -> None:
    odd, fine = await pushing.pocket("odd"), await pushing.pocket("fine")
    odd.subscription.key = bytes(65)
    for n in range(6):
        await pushing.put(f"{n}?")
    await pushing.work()
    assert (len(odd.shown), len(fine.shown)) == (0, 6)
    health = await odd.health()
    assert health is not None
    assert (health["state"], health["code"]) == ("failing", "403")
