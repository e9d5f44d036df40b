"""The screens of sealed requests, walked in one go: two browsers, an agent that is approved and one that is not."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final

from playwright.async_api import expect

from tests.app.conftest import Relay
from tests.web.conftest import OpenScreen, Screen
from tests.web.sealing import SealedAgent, admit, approve, has_keys, join, open_card

Look = Callable[[Screen, str], Awaitable[None]]

SEALED_SCREENS: Final = (
    "security",
    "sealed-verified",
    "sealed-shut",
    "security-outside",
    "pair",
    "pair-admit",
    "pair-asking",
    "pair-waiting",
)
"""In the order in which `walk` comes by."""


async def walk(relay: Relay, screen: OpenScreen, looks: Mapping[str, Any], look: Look) -> None:
    """Call `look` at every screen. The device that joins looks like the one that admits it; both are given `looks`."""
    made: Screen = await screen(relay, looks)
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
    calls = [(await agent.ask(prompt="Verified?"))[1]]
    await open_card(made, relay)
    await expect(made.page.locator(".detail")).to_contain_text("Verified?")
    await look(made, "sealed-verified")
    calls.append((await stranger.ask())[1])
    await made.open()
    await expect(made.page.locator(".item", has_text="Verified?")).to_be_visible()  # until then both look shut
    await made.page.locator(".item", has_text="What it says is sealed").locator("a").first.click()
    await expect(made.page.locator("[data-shut=unapproved]")).to_be_visible()
    await look(made, "sealed-shut")
    other: Screen = await screen(relay, looks)
    await other.open("#/settings/security")
    for name in ("I have a printed recovery key", "All my devices are lost"):
        await other.page.get_by_text(name).click()
    await look(other, "security-outside")
    await other.page.goto(f"{other.url}/app/#/pair")
    await expect(other.page.get_by_label("Code on the other device")).to_be_visible()
    await look(other, "pair")
    link = await admit(made)
    await look(made, "pair-admit")
    await join(other, link)
    await expect(made.page.locator("[data-admit=asking]")).to_be_visible()
    await look(made, "pair-asking")
    await look(other, "pair-waiting")
    for call in calls:
        call.cancel()
