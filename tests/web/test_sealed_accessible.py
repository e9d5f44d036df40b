"""axe on every screen of sealed requests, light and dark, and none wider than its window."""

from typing import Any

import pytest
from playwright.async_api import expect

from relay.domain.clock import SystemClock
from tests.app.conftest import Relay
from tests.fakes.clock import FakeClock
from tests.web.conftest import DESK, PHONE, OpenScreen, Screen
from tests.web.sealing import SealedAgent, admit, approve, has_keys, join, open_card
from tests.web.test_accessible import SMALL, faults


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(SystemClock().now())


@pytest.mark.proves("web.accessible")
@pytest.mark.parametrize("looks", [SMALL, DESK], ids=["phone", "desk"])
async def test_axe_finds_nothing_on_the_screens_of_sealed_requests(
    relay: Relay, screen: OpenScreen, looks: dict[str, Any]
) -> None:
    made: Screen = await screen(relay, looks, bypass_csp=True, reduced_motion="reduce")
    found: list[str] = []

    async def look(shown: Screen, title: str) -> None:
        found.extend(f"{title}: {fault}" for fault in await faults(shown, ()))

    agent, stranger = SealedAgent(relay), SealedAgent(relay)
    await has_keys(made)
    await approve(made, agent)
    await stranger.register()
    await made.page.get_by_role("button", name="Compare and approve").click()
    await made.page.get_by_role("button", name="Make a recovery key").click()
    for name in ("Add a key by hand", "This list", "Safety number"):
        await made.page.get_by_text(name, exact=True).first.click()
    await expect(made.page.locator(".paper")).to_be_visible()
    await look(made, "security")
    calls = [(await agent.ask(prompt=prompt))[1] for prompt in ("Verified?",)]
    await open_card(made, relay)
    await expect(made.page.locator(".detail")).to_contain_text("Verified?")
    await look(made, "verified")
    calls.append((await stranger.ask())[1])
    await made.open()
    await expect(made.page.locator(".item", has_text="Verified?")).to_be_visible()  # until then both look shut
    await made.page.locator(".item", has_text="What it says is sealed").locator("a").first.click()
    await expect(made.page.locator("[data-shut=unapproved]")).to_be_visible()
    await look(made, "shut")
    other: Screen = await screen(relay, PHONE, bypass_csp=True, reduced_motion="reduce")
    await other.open("#/settings/security")
    for name in ("I have a printed recovery key", "All my devices are lost"):
        await other.page.get_by_text(name).click()
    await look(other, "outside")
    await other.page.goto(f"{other.url}/app/#/pair")
    await expect(other.page.get_by_label("Code on the other device")).to_be_visible()
    await look(other, "code")
    link = await admit(made)
    await look(made, "admit")
    await join(other, link)
    await expect(made.page.locator("[data-admit=asking]")).to_be_visible()
    await look(made, "asking")
    await look(other, "waiting")
    for call in calls:
        call.cancel()
    assert found == [], "\n".join(found)
