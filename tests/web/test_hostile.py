"""What agents send, at its worst: everything is shown for what it is, and the answer stays in reach."""

import pytest
from playwright.async_api import expect

from tests.app.conftest import Relay
from tests.web.conftest import PHONE, OpenScreen, asked

MARKDOWN = """# Title

<script>document.title = 'owned'</script><img src=x onerror="document.title='owned'">

[bank](https://evil.example/) ![pixel](https://evil.example/pixel.png) [js](javascript:document.title='owned')

```diff
-old
+new
```
"""


@pytest.mark.proves("web.what_is_seen")
async def test_hostile_markdown_does_nothing_and_loads_nothing(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    elsewhere: list[str] = []
    phone.page.on("request", lambda request: elsewhere.append(request.url))
    await phone.open()
    waiting = relay.agent.ask("Look", context=MARKDOWN)
    await phone.card("Look")
    shown = phone.page.locator(".md")
    await expect(shown).to_contain_text("<script>")
    await expect(shown.locator(".add")).to_have_text("+new\n")
    await expect(shown).to_contain_text("(evil.example)")
    assert await shown.locator("script, img, iframe").count() == 0
    assert "owned" not in await phone.page.title()
    assert [url for url in elsewhere if not url.startswith(phone.url)] == []
    waiting.cancel()


@pytest.mark.proves("web.what_is_seen")
async def test_hidden_characters_in_what_is_approved_are_shown(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    arguments = {"to": "alice\u202emoc.live", "amount": 10, "a": {"z": 1, "b": 2}}
    waiting = relay.agent.ask("Pay?", kind="approval", action={"tool": "pay\u200b", "arguments": arguments})
    await phone.card("Pay?")
    action = phone.page.locator(".action")
    await expect(action).to_contain_text("invisible characters")
    await expect(action.locator(".hidden-sign")).to_have_text(["U+200B", "U+202E"])
    text = await action.locator("pre").inner_text()
    assert text.index('"a"') < text.index('"amount"') < text.index('"to"')
    waiting.cancel()


@pytest.mark.proves("web.what_is_seen")
async def test_right_to_left_and_emoji_are_left_in_order(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("לפרוס? 👩‍👩‍👧‍👦 🏳️‍🌈", choices=["כן", "לא"])
    await phone.card("לפרוס?")
    await expect(phone.page.locator(".hidden-sign")).to_have_count(0)
    assert await phone.page.locator(".question bdi").first.evaluate("(e) => getComputedStyle(e).direction") == "rtl"
    await phone.button("כן").click()
    assert (await asked(waiting))["response"] == "כן"


@pytest.mark.proves("web.large")
async def test_a_hundred_kilobytes_of_prompt_are_folded_and_answered(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    prompt = "Read this.\n\n" + "- **deploy** `x` <b>y</b>\n" * 3_800
    assert 95_000 < len(prompt) <= 100_000
    waiting = relay.agent.ask(prompt, choices=["Read", "Too long"])
    await phone.card("Read this.")
    await expect(phone.button("Read")).to_be_in_viewport()
    await phone.page.get_by_role("button", name="Show the rest").click()
    await expect(phone.page.locator(".md li")).to_have_count(3_800)
    await phone.button("Read").click()
    assert (await asked(waiting))["response"] == "Read"


@pytest.mark.proves("web.large")
async def test_two_hundred_choices_can_be_filtered(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay, {**PHONE, "viewport": {"width": 320, "height": 568}})
    await phone.open()
    waiting = relay.agent.ask("Which one?", choices=[f"Choice number {n} " + "x" * 450 for n in range(200)])
    await phone.card("Which one?")
    await phone.page.get_by_label("Filter 200 choices").fill("number 137 ")
    await phone.button("Choice number 137").click()
    assert (await asked(waiting))["response"].startswith("Choice number 137 ")
    assert await phone.page.evaluate("document.documentElement.scrollWidth") <= 320


@pytest.mark.proves("web.nothing_lost")
async def test_what_the_form_refuses_stays_in_it_with_the_reason(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("How many?", number={"minimum": 1, "maximum": 10, "integer": True})
    await phone.card("How many?")
    field = phone.page.get_by_label("A whole number")
    for typed, reason in (("many", "not a number"), ("11", "At most 10"), ("2.5", "A whole number is wanted")):
        await field.fill(typed)
        await phone.button("Send").click()
        await expect(phone.page.get_by_role("alert")).to_contain_text(reason)
        await expect(field).to_have_value(typed)
    assert (await relay.open_request())["status"] == "pending"
    waiting.cancel()
