"""A second device joins: by the picture, by a typed code, and not when somebody meddles."""

import datetime as dt
import json
from typing import Any

import pytest
from playwright.async_api import Route, expect

from relay.domain.clock import SystemClock
from tests.app.conftest import Relay
from tests.fakes.clock import FakeClock
from tests.web.conftest import DESK, OpenScreen, Screen
from tests.web.sealing import SealedAgent, admit, approve, has_keys, inside, join, pair

pytestmark = pytest.mark.proves("web_sealed.pairing")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(SystemClock().now())


@pytest.fixture
async def desk(relay: Relay, screen: OpenScreen) -> Screen:
    shown: Screen = await screen(relay, DESK)
    await has_keys(shown)
    return shown


@pytest.fixture
async def phone(relay: Relay, screen: OpenScreen) -> Screen:
    shown: Screen = await screen(relay)
    return shown


async def test_the_first_browser_begins_the_list_and_makes_the_inbox_key(relay: Relay, desk: Screen) -> None:
    log = await SealedAgent(relay).log()
    assert [member.name for member in log.devices.values()] == ["Chrome on Linux"]
    assert log.inbox
    await desk.page.reload()
    await expect(desk.page.locator("[data-standing=in]")).to_be_visible()
    assert (await SealedAgent(relay).log()).seq == log.seq


async def test_a_browser_that_signs_in_later_says_that_it_cannot_open_sealed_requests(
    relay: Relay, desk: Screen, screen: OpenScreen
) -> None:
    other: Screen = await screen(relay)
    await other.open("#/settings/security")
    await expect(other.page.locator("[data-standing=outside]")).to_contain_text("approve it on another device")
    await expect(other.page.get_by_role("link", name="Pair this browser")).to_be_visible()


async def test_a_phone_reads_the_picture_is_signed_in_and_opens_what_is_sealed(
    relay: Relay, desk: Screen, phone: Screen
) -> None:
    link = await admit(desk)
    assert link.startswith(f"{phone.url}/app/#/pair/")
    await join(phone, link)
    assert phone.page.url.endswith("#/pair")  # the secret has left the address
    await expect(desk.page.locator("[data-admit=asking]")).to_contain_text("Pixel")
    await expect(phone.page.locator("[data-pairing=waiting]")).to_be_visible()
    await desk.page.get_by_role("button", name="Accept").click()
    await inside(phone)
    await phone.open("#/settings/security")
    await expect(phone.page.locator("[data-standing=in]")).to_be_visible()
    await expect(phone.page.locator("[data-member=device]")).to_have_count(2)
    devices = await (await relay.owner.get("/api/v1/mobile/devices")).json()
    assert sorted(device["name"] for device in devices) == ["Chrome on Linux", "Pixel"]


async def test_what_was_approved_on_one_device_is_approved_on_the_next(
    relay: Relay, desk: Screen, phone: Screen
) -> None:
    agent = SealedAgent(relay)
    await approve(desk, agent)
    await pair(desk, phone)
    await phone.open("#/settings/security")
    await expect(phone.page.locator("[data-agent-key=approved]")).to_have_count(1)


async def test_a_browser_without_keys_pairs_by_a_typed_code_and_six_digits(
    relay: Relay, desk: Screen, screen: OpenScreen
) -> None:
    other: Screen = await screen(relay)
    await other.open("#/settings/security")
    await admit(desk)
    code = await desk.page.locator(".digits").inner_text()
    await other.page.get_by_role("link", name="Pair this browser").click()
    await other.page.get_by_label("Code on the other device").fill(code)
    await other.page.get_by_role("button", name="Ask to join").click()
    digits = other.page.locator("[data-pairing=comparing] .digits")
    assert await digits.inner_text() == await desk.page.locator("[data-admit=asking] .digits").inner_text()
    await other.page.get_by_role("button", name="They are the same").click()
    await desk.page.get_by_role("button", name="Accept").click()
    await inside(other)
    await has_keys(other)
    devices = await (await relay.owner.get("/api/v1/mobile/devices")).json()
    assert len(devices) == 2  # the one without keys that this browser was is gone


async def test_who_is_not_signed_in_is_led_to_pairing_from_the_sign_in_page(desk: Screen, phone: Screen) -> None:
    await admit(desk)
    code = await desk.page.locator(".digits").inner_text()
    await phone.context.clear_cookies()
    await phone.page.goto(f"{phone.url}/app/")
    await phone.page.get_by_role("link", name="Pair with another device").click()
    await phone.page.get_by_label("Code on the other device").fill(code.lower())
    await phone.page.get_by_role("button", name="Ask to join").click()
    await phone.page.get_by_role("button", name="They are the same").click()
    await expect(phone.page.locator("[data-pairing=waiting]")).to_contain_text("accept on your other device too")
    await desk.page.get_by_role("button", name="Accept").click()
    await inside(phone)


async def test_a_device_that_is_refused_is_told_and_nothing_changes(relay: Relay, desk: Screen, phone: Screen) -> None:
    await join(phone, await admit(desk))
    await desk.page.get_by_role("button", name="Refuse").click()
    await expect(desk.page.locator("[data-admit=ended]")).to_contain_text("Nothing was changed")
    await expect(phone.page.locator("[data-pairing=ended]")).to_contain_text("refused")
    assert len((await SealedAgent(relay).log()).devices) == 1


async def test_a_code_works_once(desk: Screen, phone: Screen, screen: OpenScreen, relay: Relay) -> None:
    link = await admit(desk)
    await join(phone, link)
    await desk.page.get_by_role("button", name="Accept").click()
    await inside(phone)
    third: Screen = await screen(relay)
    await join(third, link, "Thief")
    await expect(third.page.locator("[data-pairing=ended]")).to_contain_text("no longer good")


async def test_a_code_is_over_after_five_minutes(relay: Relay, desk: Screen, phone: Screen) -> None:
    link = await admit(desk)
    relay.clock.forward(dt.timedelta(minutes=5, seconds=1))
    await join(phone, link)
    await expect(phone.page.locator("[data-pairing=ended]")).to_contain_text("no longer good")
    await expect(desk.page.locator("[data-admit=ended]")).to_contain_text("no longer good")


async def test_a_relay_that_swaps_the_keys_of_a_scanned_device_is_found_out(
    relay: Relay, desk: Screen, phone: Screen
) -> None:
    async def swap(route: Route) -> None:
        reply = await route.fetch()
        told = await reply.json() if route.request.method == "GET" else None
        if told and told["sign"]:
            told |= {"sign": told["box"], "box": told["sign"]}
        await route.fulfill(response=reply, json=told) if told else await route.fulfill(response=reply)

    link = await admit(desk)
    await desk.context.route("**/api/v1/mobile/pairings/*", swap)
    await join(phone, link)
    await expect(desk.page.locator("[data-admit=ended]")).to_contain_text("tampering")
    assert len((await SealedAgent(relay).log()).devices) == 1


async def test_a_relay_that_takes_the_proof_off_a_scanned_device_is_found_out(desk: Screen, phone: Screen) -> None:
    async def strip(route: Route) -> None:
        body = json.loads(route.request.post_data or "{}")
        await route.continue_(post_data=json.dumps(body | {"mac": ""}))

    link = await admit(desk)
    await phone.context.route("**/api/v1/pairings/join", strip)
    await join(phone, link)
    await expect(phone.page.locator("[data-pairing=ended]")).to_contain_text("tampering")


async def test_a_relay_that_shows_a_new_device_another_log_is_found_out(
    relay: Relay, desk: Screen, phone: Screen
) -> None:
    async def forge(route: Route) -> None:
        reply = await route.fetch()
        told: dict[str, Any] = await reply.json()
        if told.get("entries"):
            told["entries"] = told["entries"][-1:]
        await route.fulfill(response=reply, json=told)

    link = await admit(desk)
    await phone.context.route("**/api/v1/pairings/claim", forge)
    await join(phone, link)
    await desk.page.get_by_role("button", name="Accept").click()
    await expect(phone.page.locator("[data-pairing=ended]")).to_contain_text("not signed by your device")


@pytest.mark.proves("web_sealed.forged")
async def test_a_relay_that_takes_entries_back_is_found_out(relay: Relay, desk: Screen) -> None:
    await approve(desk, SealedAgent(relay))
    page = await (await relay.agent.get("/api/v1/device-log")).json()

    async def roll_back(route: Route) -> None:
        await route.fulfill(json=page | {"entries": [], "seq": page["seq"] - 1})

    await desk.context.route("**/api/v1/device-log?*", roll_back)
    await desk.page.reload()
    await expect(desk.page.locator("[data-standing=forged]")).to_contain_text("entries have vanished")
    await desk.open()
    await expect(desk.page.get_by_role("alert")).to_contain_text("cannot be true")
