"""Take a picture of every screen, for docs/topics/screens.md. Run by `make screenshots`, not with the tests.

Pictures are WebP, small enough to be kept in the repository. They are taken as they come: colours and fonts are the
machine's, so no test compares them with anything; that there is one of each screen is tested.
"""

import base64
from typing import Any, Final

import pytest
from playwright.async_api import expect

from tests.app.conftest import Relay
from tests.docs.screens import FOLDER, LOOKS, PAGE, looks_of, page_text
from tests.web.conftest import OpenScreen, Screen
from tests.web.places import SCREENS, fill
from tests.web.sealed_places import SEALED_SCREENS

QUALITY: Final = 55
ALL: Final = (*SCREENS, *SEALED_SCREENS)

VIEWPORTS: Final[dict[str, dict[str, Any]]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True},
    "desk": {"viewport": {"width": 1280, "height": 800}},
}


@pytest.mark.parametrize("looks", LOOKS)
async def test_take_pictures(relay: Relay, screen: OpenScreen, looks: str) -> None:
    await fill(relay)
    viewport, scheme = looks.split("-")
    shown = await screen(relay, VIEWPORTS[viewport], color_scheme=scheme, reduced_motion="reduce")
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, go in SCREENS.items():
        if looks not in looks_of(name):
            continue
        await go(shown)
        await keep(shown, f"{name}-{looks}")
        # The answer on its way would cover what the next picture is of.
        undo = shown.page.get_by_role("button", name="Undo").locator("visible=true")
        if await undo.count():
            await undo.first.click()
    PAGE.write_text(page_text(ALL), encoding="utf-8")


async def keep(shown: Screen, name: str) -> None:
    await expect(shown.page.get_by_text("Loading…")).to_have_count(0)
    cdp = await shown.context.new_cdp_session(shown.page)
    taken = await cdp.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    (FOLDER / f"{name}.webp").write_bytes(base64.b64decode(taken["data"]))
