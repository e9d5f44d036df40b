"""The real app in the machine's own Chromium, on a real relay in the test's loop.

Every page must end without an error in its console: a script the policy refuses is one. Without Chromium the tests
are passed over on a person's machine; in CI that is a failure.
"""

import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import pytest
from aiohttp.test_utils import unused_port
from playwright.async_api import Browser, BrowserContext, ConsoleMessage, Download, Page, async_playwright, expect

from auth.keys import AUTH_SETTINGS
from mobile_api.web_app import BUILT
from tests.app.conftest import PASSWORD, MakeRelay, Relay, make_relay
from tests.waiting import until
from tests.web.chromium import CHROMIUM, running_chromium

__all__ = ["make_relay", "until"]


PHONE: Final[dict[str, Any]] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "has_touch": True,
    "is_mobile": True,
}
DESK: Final[dict[str, Any]] = {"viewport": {"width": 1280, "height": 800}}

NOT_OURS: Final = re.compile(
    r"net::ERR_|status of (40\d|50\d)|WebSocket connection|status 40|status 50|support the Push API in incognito mode"
)
"""What a browser itself writes to the console, about a call that failed or about what it cannot do: no errors of the
app's."""

expect.set_options(timeout=20_000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    missing = "there is no Chromium" if not CHROMIUM else "the app is not built" if not BUILT.is_dir() else ""
    here = [item for item in items if item.path.is_relative_to(os.path.dirname(__file__))]  # noqa: PTH120 - a string is wanted
    if missing and os.environ.get("CI") and here:
        raise pytest.UsageError(f"tests/web cannot run: {missing}")
    for item in here:
        if missing and "screen" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=missing))


@dataclass
class Screen:
    """A browser of one person, with one page of the app."""

    relay: Relay
    context: BrowserContext
    page: Page
    faults: list[str] = field(default_factory=list)
    downloads: list[Download] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.relay.app[AUTH_SETTINGS].origin

    async def open(self, hash: str = "") -> Page:
        """Open the app and wait until it is live."""
        await self.page.goto(f"{self.url}/app/{hash}")
        await self.live()
        return self.page

    async def live(self) -> None:
        await expect(self.page.locator("[data-connection=live]")).to_be_visible()

    async def phase(self, name: str) -> None:
        """Wait until an answer on the screen has come so far."""
        await expect(self.page.locator(f"[data-phase={name}]:visible").first).to_be_visible()

    async def card(self, prompt: str) -> str:
        """Open the card of that prompt from the list; return its id."""
        await self.page.locator(".list .item > a", has_text=prompt).first.click()
        await expect(self.page.locator(".answer")).to_be_visible()
        return self.page.url.rpartition("/")[2]

    def button(self, name: str) -> Any:
        return self.page.locator(".answer").get_by_role("button", name=name)


OpenScreen = Callable[..., Any]


@pytest.fixture
async def relay(make_relay: MakeRelay) -> Relay:
    """A relay that knows its own address: browsers prove with it that a socket is opened by our own page."""
    port = unused_port()
    return await make_relay(port=port, public_url=f"http://127.0.0.1:{port}")


@pytest.fixture(scope="session")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Give the address of one Chromium for the whole run; every test has contexts of its own in it."""
    with running_chromium(tmp_path_factory.mktemp("chromium")) as address:
        yield address


@pytest.fixture
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        connected = await playwright.chromium.connect_over_cdp(chromium)
        yield connected
        await connected.close()


@pytest.fixture
async def screen(browser: Browser) -> AsyncIterator[OpenScreen]:
    """Give a function that opens a signed-in browser on a relay."""
    screens: list[Screen] = []

    async def make(relay: Relay, looks: dict[str, Any] = PHONE, **more: Any) -> Screen:
        context = await browser.new_context(**{**looks, **more})
        made = Screen(relay, context, await context.new_page())
        await context.add_cookies([await cookie(relay)])
        _listen(made)
        screens.append(made)
        return made

    yield make
    for made in screens:
        await made.context.close()
    assert [fault for made in screens for fault in made.faults] == []


async def cookie(relay: Relay) -> Any:
    relay.client.session.cookie_jar.clear()
    body = {"email": "ada@example.org", "password": PASSWORD}
    reply = await relay.client.post("/api/v1/auth/sign-in", json=body)
    token = (await reply.json())["token"]
    relay.client.session.cookie_jar.clear()
    return {"name": relay.app[AUTH_SETTINGS].cookie, "value": token, "url": relay.app[AUTH_SETTINGS].origin}


def _listen(screen: Screen) -> None:
    def heard(message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"} and not NOT_OURS.search(message.text):
            screen.faults.append(message.text)

    screen.page.on("console", heard)
    screen.page.on("pageerror", lambda error: screen.faults.append(str(error)))


async def asked(task: Any) -> dict[str, Any]:
    """Return what the agent got."""
    reply: dict[str, Any] = await (await task).json()
    return reply
