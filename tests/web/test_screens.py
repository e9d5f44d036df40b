"""The other screens: history, settings, and the keys of the desk."""

import datetime as dt

import pytest
from playwright.async_api import expect

from tests.app.conftest import PASSWORD, Party, Relay
from tests.web.conftest import DESK, OpenScreen, asked, until
from tests.web.places import answered

RECENT_PASSED = dt.timedelta(minutes=11)

BOTH_KEYS = """
async () => {
  for (const key of ['j', 'a']) {
    document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}));
    for (let turn = 0; turn < 5; turn++) await null;
  }
}
"""
"""Quicker than any hand: no task of the browser's own lies between them, only what it owes to promises."""


@pytest.mark.proves("web.history")
async def test_what_was_settled_is_searched_and_filtered(relay: Relay, screen: OpenScreen) -> None:
    await answered(relay, "Deploy 1.0?", "Yes, with **care**")
    await answered(relay, "Refund Bob?", "No")
    await relay.agent.post("/api/v1/hitl/notify", {"message": "Build done"})
    desk = await screen(relay, DESK)
    await desk.open("#/history")
    items = desk.page.locator(".list .item")
    await expect(items).to_have_count(3)
    await desk.page.get_by_label("Search").fill("CARE")
    await expect(items).to_have_count(1)
    await items.first.locator("a").click()
    await expect(desk.page.locator(".detail")).to_contain_text("You, ")
    await desk.page.get_by_label("Search").fill("")
    await desk.page.get_by_label("Outcome").select_option("posted")
    await expect(items).to_contain_text(["Build done"])
    await desk.page.get_by_label("Outcome").select_option("mine")
    await expect(items).to_have_count(2)
    await desk.page.get_by_label("Search").fill("nowhere")
    await expect(desk.page.get_by_text("Nothing matches.")).to_be_visible()


@pytest.mark.proves("web.history")
async def test_a_long_history_is_searched_beyond_its_first_page(relay: Relay, screen: OpenScreen) -> None:
    await answered(relay, "The oldest of all", "x")
    for n in range(60):
        await relay.agent.post("/api/v1/hitl/notify", {"message": f"note {n}"})
    phone = await screen(relay)
    await phone.open("#/history")
    await expect(phone.page.locator(".item")).to_have_count(50)
    await phone.page.get_by_label("Search").fill("oldest")
    await expect(phone.page.locator(".item")).to_have_count(1)


@pytest.mark.proves("web.mute")
async def test_an_agent_nobody_expected_is_muted_and_its_keys_are_at_hand(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Give me the password")
    await phone.card("Give me the password")
    await phone.page.get_by_text("More", exact=True).click()
    await phone.page.get_by_role("button", name="I did not expect this").click()
    await phone.page.get_by_role("link", name="Its keys").click()
    await expect(phone.page.get_by_role("button", name="Unmute")).to_be_visible()
    await phone.page.get_by_role("button", name="Revoke").click()
    await phone.page.get_by_role("button", name="Revoke").click()
    await expect(phone.page.get_by_text("No key works.")).to_be_visible()
    assert (await relay.agent.get("/api/v1/requests")).status == 401
    waiting.cancel()


@pytest.mark.proves("web.settings")
async def test_devices_are_renamed_and_revoked(relay: Relay, screen: OpenScreen) -> None:
    lost = await relay.device("lost phone")
    desk = await screen(relay, DESK)
    await desk.open("#/settings/devices")
    mine = desk.page.locator("li", has_text="This one")
    await mine.get_by_label("Name").fill("my desk")
    await mine.get_by_role("button", name="Rename").click()
    await expect(desk.page.locator("strong", has_text="my desk")).to_be_visible()
    theirs = desk.page.locator("li", has_text="lost phone")
    await theirs.get_by_role("button", name="Revoke").click()
    await theirs.get_by_role("button", name="Revoke").click()
    await expect(theirs).to_have_count(0)
    assert await lost.closed() == 4502


@pytest.mark.proves("web.settings")
async def test_a_key_is_made_replaced_and_revoked(relay: Relay, screen: OpenScreen) -> None:
    desk = await screen(relay, DESK)
    await desk.open("#/settings/agents")
    agent = desk.page.locator("li", has_text="deploy-bot")
    await agent.get_by_role("button", name="New key").click()
    secret = desk.page.locator(".copy code")
    await expect(secret).to_contain_text("mcp_pk_")
    fresh = Party(relay.client, await secret.inner_text())
    assert (await fresh.get("/api/v1/requests")).status == 200
    row = desk.page.locator(".keys li", has_text=fresh.token[-4:])
    await row.get_by_role("button", name="Replace").click()
    await expect(secret).not_to_have_text(fresh.token)
    await row.get_by_role("button", name="Revoke").click()
    await row.get_by_role("button", name="Revoke").click()
    await expect(row).to_have_count(0)
    assert (await fresh.get("/api/v1/requests")).status == 401


@pytest.mark.proves("web.settings")
async def test_another_session_is_ended_and_signing_out_forgets_what_was_kept(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Your words?")
    await phone.card("Your words?")
    await phone.page.locator(".answer textarea").fill("secret")
    await phone.page.goto(f"{phone.url}/app/#/settings/account")
    await phone.page.get_by_role("button", name="Sign out there").first.click()
    await phone.page.get_by_role("button", name="Sign out there").first.click()

    async def ended() -> bool:
        return (await relay.owner.get("/api/v1/auth/me")).status == 401

    await until(ended)
    await phone.page.get_by_role("button", name="Sign out", exact=True).click()
    await phone.page.get_by_role("button", name="Sign out", exact=True).click()
    await phone.page.wait_for_url("**/sign-in*")
    assert await phone.page.evaluate("Object.keys(localStorage)") == []
    waiting.cancel()


@pytest.mark.proves("web.step_up")
async def test_a_fresh_proof_is_asked_for_over_what_one_was_doing(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open("#/settings/agents")
    relay.clock.forward(RECENT_PASSED)
    await phone.page.get_by_role("button", name="New key", exact=True).click()
    dialog = phone.page.get_by_role("dialog")
    await dialog.get_by_role("button", name="Cancel").click()
    await expect(phone.page.get_by_role("link", name="Confirm that it is you")).to_be_visible()
    await phone.page.get_by_role("button", name="New key", exact=True).click()
    await dialog.get_by_label("Password").fill("not this one")
    await dialog.get_by_role("button", name="Confirm").click()
    await expect(dialog.get_by_role("alert")).to_be_visible()
    await dialog.get_by_label("Password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Confirm").click()
    await expect(phone.page.locator(".copy code")).to_contain_text("mcp_pk_")
    await phone.live()


@pytest.mark.proves("web.keyboard")
async def test_at_a_desk_questions_are_answered_by_keys_alone(relay: Relay, screen: OpenScreen) -> None:
    desk = await screen(relay, DESK)
    await desk.open()
    first = relay.agent.ask("First?", choices=["Approve", "Deny"], priority="urgent")
    await expect(desk.page.locator(".item")).to_have_count(1)
    second = relay.agent.ask("Second?", choices=["Approve", "Deny"], timeout_seconds=600)
    third = relay.agent.ask("Third?", timeout_seconds=800)
    await expect(desk.page.locator(".item")).to_have_count(3)
    press = desk.page.keyboard.press
    await press("?")
    await expect(desk.page.get_by_role("dialog")).to_be_visible()
    await press("Escape")
    await expect(desk.page.get_by_role("dialog")).to_have_count(0)
    await press("j")
    await expect(desk.page.locator(".detail")).to_contain_text("Second?")
    await press("d")
    await desk.phase("held")
    await press("u")
    await expect(desk.button("Deny")).to_be_visible()
    await press("d")
    # From the question just answered on to the next one, typing there, and back: one key after the other, no waiting.
    await press("j")
    await press("r")
    await desk.page.keyboard.type("add by hand")
    await press("Control+Enter")
    await press("k")
    await expect(desk.page.locator(".detail")).to_contain_text("First?")
    await press("a")
    got = [(await asked(task))["response"] for task in (first, second, third)]
    assert got == ["Approve", "Deny", "add by hand"]


@pytest.mark.proves("web.keyboard")
async def test_a_key_pressed_right_after_another_is_for_the_new_question(relay: Relay, screen: OpenScreen) -> None:
    desk = await screen(relay, DESK)
    await desk.open()
    first = relay.agent.ask("First?", choices=["Approve", "Deny"], priority="urgent")
    second = relay.agent.ask("Second?", choices=["Approve", "Deny"])
    await expect(desk.page.locator(".item")).to_have_count(2)
    await desk.page.evaluate(BOTH_KEYS)
    assert (await asked(second))["response"] == "Approve"
    assert (await relay.open_request())["prompt"] == "First?"
    first.cancel()


@pytest.mark.proves("web.claim")
async def test_two_desks_see_who_holds_what_and_take_it_over(relay: Relay, screen: OpenScreen) -> None:
    one, two = await screen(relay, DESK), await screen(relay, DESK)
    for desk in (one, two):
        await desk.open()
    waiting = relay.agent.ask("Whose is it?", choices=["Mine", "Yours"])
    for desk in (one, two):
        await expect(desk.button("Mine")).to_be_visible()
    # Both reach for it at once: in the end each sees the same holder.
    for desk in (one, two):
        await desk.page.keyboard.press("c")

    async def holders() -> list[str | None]:
        return [await desk.page.locator(".claim").get_attribute("data-holder") for desk in (one, two)]

    async def agreed() -> bool:
        return sorted(map(str, await holders())) == ["me", "my other device"]

    await until(agreed)
    other = one if (await holders())[0] != "me" else two
    await expect(other.button("Mine")).to_be_disabled()
    await expect(other.page.locator(".item .choices")).to_have_count(0)
    await other.page.get_by_role("button", name="Take it over").click()
    await other.button("Mine").click()
    assert (await asked(waiting))["response"] == "Mine"


@pytest.mark.proves("web.figures")
async def test_the_desk_counts_live_and_says_how_long_people_waited(relay: Relay, screen: OpenScreen) -> None:
    for prompt in ("Deploy 1.0?", "Refund Bob?"):
        await answered(relay, prompt, "Yes")
    desk = await screen(relay, DESK)
    await desk.open()
    figures = desk.page.locator("dl.figures > div")
    await expect(figures.filter(has_text="Half within")).to_contain_text(" s")
    waiting = relay.agent.ask("Merge?", choices=["Yes", "No"], priority="urgent")
    for words in ("Waiting", "Urgent"):
        await expect(figures.filter(has_text=words).locator("dd")).to_have_text("1")
    await desk.page.keyboard.press("c")
    await expect(figures.filter(has_text="Held").locator("dd")).to_have_text("1")
    waiting.cancel()
