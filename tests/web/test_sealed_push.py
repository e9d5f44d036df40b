"""Sealed pushes: opened and answered by the service worker, with the browser's own curves."""

from typing import Any

import pytest
from playwright.async_api import expect

from relay.domain.clock import SystemClock
from tests.app.conftest import Relay
from tests.fakes.clock import FakeClock
from tests.web.conftest import OpenScreen, Screen
from tests.web.sealing import SealedAgent, approve, has_keys, pair
from tests.web.test_push import Pushed, asks, pushed

__all__ = ["pushed"]

pytestmark = pytest.mark.proves("web_sealed.push")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(SystemClock().now())


@pytest.fixture
async def agent(relay: Relay, pushed: Pushed) -> SealedAgent:
    made = SealedAgent(relay)
    await has_keys(pushed.phone)
    await approve(pushed.phone, made)
    await pushed.phone.page.goto("about:blank")  # only the worker is awake
    return made


async def push(relay: Relay, pushed: Pushed, reply: str = "json") -> str:
    card = await relay.open_request()
    what: Any = asks(card["id"], sealed=card["sealed"] | {"reply": reply})
    what["notification"]["body"] = "Asks you something"
    what["hitl"]["deadline"] = card["expires_at"]
    await pushed.push(what)
    return str(card["id"])


async def test_a_sealed_push_shows_its_words_and_is_answered_sealed(
    relay: Relay, pushed: Pushed, agent: SealedAgent
) -> None:
    sent, call = await agent.ask()
    request_id = await push(relay, pushed)
    notice = await pushed.until_shown(request_id)
    assert (notice["title"], notice["body"], notice["actions"]) == ("deploy-bot", "Deploy the canary?", ["Yes", "No"])
    await pushed.tap("answer:1")
    told = await agent.told(sent, call)
    assert (told.said.value, told.device.name) == ("No", "Chrome on Linux")


async def test_the_published_format_is_shown_as_not_verified_and_answered_too(
    relay: Relay, pushed: Pushed, agent: SealedAgent
) -> None:
    inbox, call = await agent.ask_v1()
    request_id = await push(relay, pushed)
    notice = await pushed.until_shown(request_id)
    assert notice["body"] == "Deploy?\n(Encrypted, not verified)"
    await pushed.tap("answer:0")
    assert await agent.told_v1(inbox, call) == "Yes"


@pytest.mark.parametrize(
    "over",
    [{"danger": True}, {"kind": "approval", "action": {"tool": "rm", "arguments": {}}}, {"prompt": "long " * 100}],
    ids=["danger", "action", "long"],
)
async def test_what_wants_a_second_look_has_no_buttons(
    relay: Relay, pushed: Pushed, agent: SealedAgent, over: dict[str, Any]
) -> None:
    _, call = await agent.ask(**over)
    request_id = await push(relay, pushed)
    notice = await pushed.until_shown(request_id)
    assert notice["actions"] == []
    call.cancel()


async def test_a_key_taken_back_while_no_page_was_open_opens_nothing(
    relay: Relay, pushed: Pushed, agent: SealedAgent, screen: OpenScreen
) -> None:
    other: Screen = await screen(relay)
    await pushed.phone.open()
    await pair(pushed.phone, other)
    await pushed.phone.page.goto("about:blank")
    await has_keys(other)
    approved = other.page.locator("[data-agent-key=approved]")
    await approved.get_by_role("button", name="Revoke").click()
    await approved.get_by_role("button", name="Revoke").last.click()
    await expect(approved).to_have_count(0)
    _, call = await agent.ask()
    request_id = await push(relay, pushed)
    notice = await pushed.until_shown(request_id)
    assert (notice["body"], notice["actions"]) == ("Asks you something", [])
    call.cancel()


async def test_a_push_that_cannot_be_opened_says_only_that_something_waits(
    relay: Relay, pushed: Pushed, agent: SealedAgent
) -> None:
    stranger = SealedAgent(relay)
    _, call = await stranger.ask()
    request_id = await push(relay, pushed)
    notice = await pushed.until_shown(request_id)
    assert (notice["body"], notice["actions"]) == ("Asks you something", [])
    call.cancel()
