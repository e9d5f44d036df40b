"""axe-core on every screen, and no screen wider than the window."""

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import expect

from tests.app.asking import put
from tests.app.conftest import Relay
from tests.web.conftest import DESK, PHONE, OpenScreen, Screen
from tests.web.test_screens import answered

AXE = Path(__file__).parents[2] / "web/node_modules/axe-core/axe.min.js"
"""Installed by `make test`, from the app's own lock."""

SMALL: dict[str, Any] = {**PHONE, "viewport": {"width": 320, "height": 640}}
OTHER_WIDTHS: dict[str, tuple[int, ...]] = {"phone": (390, 600), "desk": (900, 2560)}

RUN_AXE = (
    "async () => (await axe.run(document, {resultTypes: ['violations']})).violations.flatMap("
    "(v) => v.nodes.map((n) => `${v.id}: ${n.target} ${n.failureSummary}`))"
)


async def faults(shown: Screen, widths: tuple[int, ...]) -> list[str]:
    """Return what axe finds, light and dark, and at which widths the page is wider than its window."""
    page, found = shown.page, []
    await page.evaluate(AXE.read_text(encoding="utf-8"))
    for scheme in SCHEMES:
        await page.emulate_media(color_scheme=scheme)
        found += [f"{scheme}: {fault}" for fault in await page.evaluate(RUN_AXE)]
    size = page.viewport_size
    assert size is not None
    for width in (*widths, size["width"]):
        await page.set_viewport_size({"width": width, "height": size["height"]})
        if await page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"wider than {width}")
        # What an agent wants to run must not go on beyond the edge.
        if await page.evaluate(
            "[...document.querySelectorAll('pre')].some((each) => each.scrollWidth > each.clientWidth"
            " || each.getBoundingClientRect().right > innerWidth)"
        ):
            found.append(f"code cut off at {width}")
    return found


SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


@pytest.mark.proves("web.accessible")
@pytest.mark.parametrize(("name", "looks"), [("phone", SMALL), ("desk", DESK)], ids=["phone", "desk"])
async def test_axe_finds_nothing_on_any_screen(
    relay: Relay, screen: OpenScreen, name: str, looks: dict[str, Any]
) -> None:
    await _fill(relay)
    shown = await screen(relay, looks, bypass_csp=True, reduced_motion="reduce")
    found = []
    for title, go in SCREENS.items():
        await go(shown)
        found += [f"{title}: {fault}" for fault in await faults(shown, OTHER_WIDTHS[name])]
    assert found == [], "\n".join(found)


Go = Callable[[Screen], Awaitable[object]]


def _at(hash: str) -> Go:
    async def go(shown: Screen) -> None:
        await shown.open(hash)
        await expect(shown.page.locator("[data-focus]").first).to_be_attached()

    return go


def _card(prompt: str, *parts: str) -> Go:
    async def go(shown: Screen) -> None:
        await shown.open()
        await shown.card(prompt)
        for part in parts:
            await expect(shown.page.locator(part).first).to_be_visible()

    return go


async def _held(shown: Screen) -> None:
    await shown.open()
    await shown.page.locator(".item").get_by_role("button", name="Merge").click()
    await shown.phase("held")
    await shown.page.get_by_role("button", name="Undo").locator("visible=true").first.click()


SCREENS: dict[str, Go] = {
    "queue": _at(""),
    "choice": _card("Merge?"),
    "danger": _card("Drop?", ".action pre.diff"),
    "several": _card("Which?", ".md table"),
    "rating": _card("How good?"),
    "number": _card("How many?"),
    "text": _card("Your words?"),
    "undo": _held,
    "history": _at("#/history"),
    "connect": _at("#/connect"),
    "settings": _at("#/settings"),
    "agents": _at("#/settings/agents"),
    "devices": _at("#/settings/devices"),
    "notifications": _at("#/settings/notifications"),
    "browser": _at("#/settings/browser"),
    "account": _at("#/settings/account"),
    "nowhere": _at("#/nowhere"),
    "missing": _at("#/r/nothing"),
}


async def _fill(relay: Relay) -> None:
    """Put one question of every kind, and some history."""
    await answered(relay, "Deploy 1.0?", "Yes")
    await relay.agent.post("/api/v1/hitl/notify", {"message": "Build done"})
    await put(relay.agent, prompt="Merge?", choices=["Merge", "Wait"], priority="high")
    action = {"tool": "sql", "arguments": {"old_string": "a\nb", "new_string": "a\nc", "x": "\u202e" + "long " * 40}}
    await put(relay.agent, prompt="Drop?", kind="approval", danger=True, action=action, priority="urgent")
    markdown = "# A\n\n- b\n\n| c |\n| - |\n| d |\n\n```\ncode\n```\n\n[e](https://example.org)"
    await put(relay.agent, prompt="Which?", choices=["one", "two", "three"], multiple=True, context=markdown)
    await put(relay.agent, prompt="How good?", rating={})
    await put(relay.agent, prompt="How many?", number={"minimum": 1, "maximum": 5})
    await put(relay.agent, prompt="Your words?", placeholder_text="say something", priority="low")
