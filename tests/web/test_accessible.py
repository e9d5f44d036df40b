"""axe-core on every screen, and no screen wider than the window."""

from pathlib import Path
from typing import Any, Literal

import pytest
from playwright.async_api import expect

from tests.app.asking import put
from tests.app.conftest import Relay
from tests.web.conftest import DESK, PHONE, OpenScreen, Screen
from tests.web.places import SCREENS, fill

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
    await fill(relay)
    shown = await screen(relay, looks, bypass_csp=True, reduced_motion="reduce")
    found = []
    for title, go in SCREENS.items():
        await go(shown)
        found += [f"{title}: {fault}" for fault in await faults(shown, OTHER_WIDTHS[name])]
    assert found == [], "\n".join(found)


WALKED = ("queue", "approval", "several", "history", "connect", "settings", "agents", "organization", "signing-in")
"""One of each make; every control on them is reached."""

REACHED = """
() => {
  const shown = (e) => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.closest('[inert]') === null;
  const wanted = [...document.querySelectorAll('a[href], button, input, select, textarea, summary')].filter(
    (e) => shown(e) && e.tabIndex >= 0 && !(e.type === 'radio' && !e.checked));
  return wanted.filter((e) => !e.dataset.reached).map((e) => e.outerHTML.slice(0, 90));
}
"""

NOTE_FOCUS = """
() => {
  const e = document.activeElement;
  if (!e || e === document.body) return 'body';
  const again = e.dataset.reached === 'yes';
  e.dataset.reached = 'yes';
  const ring = getComputedStyle(e).outlineStyle !== 'none' || e.closest('label')?.matches(':focus-within');
  return !ring ? `no ring: ${e.outerHTML.slice(0, 90)}` : again ? 'again' : '';
}
"""


@pytest.mark.proves("web.keyboard")
async def test_every_control_is_reached_by_keyboard_alone_and_seen_to_be(relay: Relay, screen: OpenScreen) -> None:
    await fill(relay)
    desk = await screen(relay, DESK, reduced_motion="reduce")
    found = []
    for title in WALKED:
        await SCREENS[title](desk)
        await desk.page.evaluate("document.querySelectorAll('[data-reached]').forEach((e) => delete e.dataset.reached)")
        for _ in range(150):
            await desk.page.keyboard.press("Tab")
            said = await desk.page.evaluate(NOTE_FOCUS)
            if said.startswith("no ring"):
                found.append(f"{title}: {said}")
            if said == "again":  # once round, past the end of the page
                break
        found += [f"{title}: not reached: {one}" for one in await desk.page.evaluate(REACHED)]
    assert found == [], "\n".join(found)


@pytest.mark.proves("web.motion")
async def test_nothing_moves_for_who_wants_it_still(relay: Relay, screen: OpenScreen) -> None:
    await put(relay.agent, prompt="Merge?", choices=["Merge", "Wait"])
    for wanted, moves in (("reduce", False), ("no-preference", True)):
        phone = await screen(relay, reduced_motion=wanted)
        await phone.open()
        await expect(phone.page.locator(".item")).to_be_visible()
        names = await phone.page.locator(".item").evaluate("(e) => getComputedStyle(e).animationName")
        assert (names != "none") is moves
