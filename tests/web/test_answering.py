"""Every kind of answer, from the screen to the agent that waits for it."""

import asyncio
import datetime as dt
from typing import Any

import pytest
from playwright.async_api import expect

from tests.app.conftest import Relay
from tests.web.conftest import DESK, PHONE, OpenScreen, Screen, asked

HOLD = {"delay": 1_200}


@pytest.mark.proves("web.answers")
@pytest.mark.parametrize(
    ("question", "act", "answer"),
    [
        ({"choices": ["Deploy", "Cancel"]}, "tap Deploy", "Deploy"),
        ({"boolean": True}, "tap No", False),
        ({"choices": ["a", "b", "c"], "multiple": True}, "mark a c", ["a", "c"]),
        ({"rating": {"minimum": 1, "maximum": 5}}, "rate 4", 4),
        ({"number": {"minimum": 1, "maximum": 10, "integer": True}}, "type 7", 7),
        ({"placeholder_text": "a branch"}, "type main", "main"),
    ],
    ids=["choice", "boolean", "several", "rating", "number", "text"],
)
async def test_every_kind_of_answer_reaches_the_agent(
    relay: Relay, screen: OpenScreen, question: dict[str, Any], act: str, answer: object
) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("What shall it be?", **question)
    await phone.card("What shall it be?")
    await _do(phone, act)
    await phone.phase("held")
    await phone.page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    reply = await asked(waiting)
    assert (reply["response"], reply["answered_by"]["name"]) == (answer, "Ada")
    await phone.phase("taken")
    await expect(phone.page.get_by_text("The agent has it")).to_be_visible()


async def _do(phone: Screen, act: str) -> None:
    verb, *what = act.split()
    form = phone.page.locator(".answer")
    match verb:
        case "tap":
            await phone.button(what[0]).click()
        case "mark":
            for name in what:
                await form.get_by_label(name, exact=True).check()
            await phone.button("Send").click()
        case "rate":
            await form.get_by_text(what[0], exact=True).click()
            await phone.button("Send").click()
        case _:
            await form.locator("textarea, input").fill(what[0])
            await phone.button("Send").click()


@pytest.mark.proves("web.one_tap")
async def test_a_small_question_is_answered_from_the_list_with_one_tap(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Merge it?", choices=["Merge", "Wait"])
    button = phone.page.locator(".item").get_by_role("button", name="Merge")
    await expect(button).to_be_visible()
    box = await button.bounding_box()
    assert box is not None
    assert box["height"] >= 48
    await button.click()
    assert (await asked(waiting))["response"] == "Merge"


@pytest.mark.proves("web.undo")
async def test_an_answer_can_be_taken_back_for_five_seconds(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Your words?")
    await phone.card("Your words?")
    await phone.page.locator(".answer textarea").fill("too quick")
    await phone.button("Send").click()
    await phone.page.get_by_role("button", name="Undo").locator("visible=true").click()
    await expect(phone.page.locator(".answer textarea")).to_have_value("too quick")
    assert (await relay.open_request())["status"] == "pending"
    await phone.page.locator(".answer textarea").fill("well thought")
    await phone.button("Send").click()
    assert (await asked(waiting))["response"] == "well thought"


@pytest.mark.proves("web.danger")
async def test_a_dangerous_answer_must_be_held(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    action = {"tool": "drop_table", "arguments": {"table": "users"}}
    waiting = relay.agent.ask("Drop it?", kind="approval", danger=True, action=action)
    await phone.card("Drop it?")
    await phone.button("Approve").click()
    await expect(phone.page.locator("[data-phase]")).to_have_count(0)
    assert (await relay.open_request())["status"] == "pending"
    await phone.button("Approve").click(**HOLD)
    assert (await asked(waiting))["response"] == "Approve"


@pytest.mark.proves("web.danger")
async def test_by_keyboard_a_dangerous_answer_is_pressed_twice(relay: Relay, screen: OpenScreen) -> None:
    desk = await screen(relay, DESK)
    await desk.open()
    waiting = relay.agent.ask("Drop it?", kind="approval", danger=True)
    await expect(desk.button("Approve")).to_be_visible()
    await desk.page.keyboard.press("a")
    await expect(desk.button("Really?")).to_be_visible()
    assert (await relay.open_request())["status"] == "pending"
    await desk.page.keyboard.press("a")
    assert (await asked(waiting))["response"] == "Approve"


@pytest.mark.proves("web.elsewhere")
async def test_who_comes_second_is_told_who_was_first(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Your words?")
    request_id = await phone.card("Your words?")
    await phone.page.locator(".answer textarea").fill("a long answer")
    other = await relay.device("Pixel")
    await other.answer(request_id, "quick")
    assert (await asked(waiting))["response"] == "quick"
    await expect(phone.page.get_by_text("You on Pixel")).to_be_visible()
    # What was typed is still there to be copied.
    await expect(phone.page.locator(".answer textarea")).to_have_value("a long answer")


@pytest.mark.proves("web.elsewhere")
async def test_two_who_answer_at_once_settle_it_once(relay: Relay, screen: OpenScreen) -> None:
    phone, desk = await screen(relay, PHONE), await screen(relay, DESK)
    waiting = relay.agent.ask("Merge it?", choices=["Merge", "Wait"], danger=True)
    for each in (phone, desk):
        await each.open(f"#/r/{(await relay.open_request())['id']}")
        await expect(each.button("Merge")).to_be_visible()
    await asyncio.gather(phone.button("Merge").click(**HOLD), desk.button("Wait").click(**HOLD))
    answer = (await asked(waiting))["response"]
    winner, loser = (phone, desk) if answer == "Merge" else (desk, phone)
    await expect(winner.page.get_by_text("The agent has it").locator("visible=true").first).to_be_visible()
    # Who is told of the other's answer before their own was sent sees the ending, else that it was too late.
    said = loser.page.get_by_text("was too late").or_(loser.page.locator(".ending"))
    await expect(said.locator("visible=true").first).to_be_visible()


@pytest.mark.proves("web.expired")
async def test_a_question_that_ends_while_it_is_open_says_so(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Anybody there?", timeout_seconds=2)
    await phone.card("Anybody there?")
    await phone.page.locator(".answer textarea").fill("me")
    await expect(phone.page.get_by_text("The agent was told that nobody answered")).to_be_visible()
    relay.clock.forward(dt.timedelta(seconds=3))
    waiting.cancel()


@pytest.mark.proves("web.claim")
async def test_a_question_can_be_held_and_given_back(relay: Relay, screen: OpenScreen) -> None:
    desk = await screen(relay, DESK)
    await desk.open()
    waiting = relay.agent.ask("Whose is it?")
    await desk.page.get_by_text("More", exact=True).click()
    await desk.page.get_by_role("button", name="Hold it for me").click()
    await desk.page.get_by_role("button", name="Give it back").click()
    await expect(desk.page.get_by_role("button", name="Hold it for me")).to_be_visible()
    waiting.cancel()
