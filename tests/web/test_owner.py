"""What an owner does besides answering: people, programs, keys, ways to sign in, data."""

import json
from pathlib import Path

import pytest
from aiohttp.test_utils import unused_port
from playwright.async_api import Locator, Page, expect

from tests.app.conftest import PASSWORD, MakeRelay, Party, Relay
from tests.people import another
from tests.web.conftest import DESK, OpenScreen, Screen, asked
from tests.web.places import connected
from tests.web.test_screens import RECENT_PASSED

NEW_PASSWORD = "another sentence nobody guesses"


async def sure(where: Page | Locator, name: str) -> None:
    """Press a button that asks once more in its own place, twice."""
    for _ in range(2):
        await where.get_by_role("button", name=name, exact=True).click()


@pytest.mark.proves("web.owner")
async def test_a_team_is_made_joined_changed_and_left(relay: Relay, screen: OpenScreen) -> None:
    eve = await another(relay.client)
    relay.client.session.cookie_jar.clear()
    desk = await screen(relay, DESK)
    await desk.open("#/settings/orgs")
    page = desk.page
    await page.get_by_label("Name", exact=True).fill("Team")
    await page.get_by_role("button", name="Make an organization").click()
    team = page.locator("li", has_text="Team")
    await team.get_by_role("link", name="Members and invitations").click()
    await page.get_by_role("combobox", name="As", exact=True).select_option("admin")
    await page.get_by_role("button", name="Make an invitation").click()
    link = await page.locator(".copy code").inner_text()
    await expect(page.get_by_text("for whoever has the code")).to_be_visible()
    await eve.post(f"/api/v1/invites/{link.rpartition('/')[2]}/accept", expect=200)
    await page.reload()
    member = page.locator("li", has_text="eve@example.org")
    await member.get_by_label("Role of Eve").select_option("operator")
    await expect(member.locator(".tag")).to_have_text("Operator")
    await sure(member, "Remove")
    await expect(member).to_have_count(0)
    await page.get_by_label("Name", exact=True).fill("Crew")
    await page.get_by_role("button", name="Rename").click()
    await expect(page.get_by_role("heading", name="Crew")).to_be_visible()
    await sure(page, "Delete the organization")
    await expect(page.get_by_role("link", name="Members and invitations")).to_have_count(1)


@pytest.mark.proves("web.owner")
async def test_an_invitation_is_shown_before_it_is_accepted(relay: Relay, screen: OpenScreen) -> None:
    eve = await another(relay.client)
    relay.client.session.cookie_jar.clear()
    theirs = (await eve.get("/api/v1/orgs"))[0]["id"]
    invite = await eve.post(f"/api/v1/orgs/{theirs}/invites", {"role": "operator"})
    phone = await screen(relay)
    await phone.open("#/settings/orgs")
    await phone.page.get_by_label("Code of an invitation").fill("nonsense")
    await phone.page.get_by_role("button", name="Look").click()
    await expect(phone.page.get_by_role("alert").first).to_be_visible()
    await expect(phone.page.get_by_label("Code of an invitation")).to_have_value("nonsense")
    await phone.page.get_by_label("Code of an invitation").fill(invite["code"])
    await phone.page.get_by_role("button", name="Look").click()
    await expect(phone.page.get_by_text("Eve invites you into Elsewhere as Operator.")).to_be_visible()
    await phone.page.get_by_role("button", name="Join").click()
    await expect(phone.page.locator("li", has_text="Elsewhere").locator(".tag")).to_have_text("Active")


@pytest.mark.proves("web.owner")
async def test_programs_are_disconnected_and_the_audit_log_tells_it(
    relay: Relay, screen: OpenScreen, tmp_path: Path
) -> None:
    await connected(relay, "Claude")
    desk = await screen(relay, DESK)
    await desk.open("#/settings/programs")
    await expect(desk.page.locator("li", has_text="Claude")).to_contain_text("requests:read")
    await sure(desk.page, "Disconnect")
    await expect(desk.page.get_by_text("No program is connected.")).to_be_visible()
    await desk.open("#/settings/audit")
    await expect(desk.page.locator(".entries li").first).to_contain_text("grant.revoked")
    await desk.page.get_by_label("Kind").select_option("device")
    await expect(desk.page.locator(".entries li")).to_have_count(1)
    relay.clock.forward(RECENT_PASSED)
    await desk.page.reload()
    await desk.live()
    await desk.page.get_by_role("button", name="Download all of it").click()
    await prove(desk)
    lines = await _saved(desk, tmp_path, None)
    assert {line["type"] for line in lines} >= {"device.registered"}


async def prove(shown: Screen) -> None:
    await shown.page.get_by_role("dialog").get_by_label("Password").fill(PASSWORD)
    async with shown.page.expect_download() as saving:
        await shown.page.get_by_role("dialog").get_by_role("button", name="Confirm").click()
    shown.downloads.append(await saving.value)


async def _saved(shown: Screen, folder: Path, button: str | None) -> list[dict[str, object]]:
    """Return the lines of the file that a press on `button`, or the one before, had the browser save."""
    if button:
        async with shown.page.expect_download() as saving:
            await shown.page.get_by_role("button", name=button).click()
        shown.downloads.append(await saving.value)
    await shown.downloads[-1].save_as(folder / "saved.jsonl")
    return [json.loads(line) for line in (folder / "saved.jsonl").read_text(encoding="utf-8").splitlines()]


@pytest.mark.proves("web.owner")
async def test_one_s_data_is_taken_along_and_deletion_can_be_undone(
    relay: Relay, screen: OpenScreen, tmp_path: Path
) -> None:
    phone = await screen(relay)
    await phone.open("#/settings/data")
    lines = await _saved(phone, tmp_path, "Download")
    assert {"member", "device"} <= {line["kind"] for line in lines}
    await sure(phone.page, "Delete it in seven days")
    await expect(phone.page.get_by_text("It goes for good on")).to_be_visible()
    again = await screen(relay)
    await again.open("#/settings/data")
    await again.page.get_by_role("button", name="Keep my account").click()
    await expect(again.page.get_by_role("button", name="Delete it in seven days")).to_be_visible()


@pytest.mark.proves("web.owner")
async def test_an_agent_is_renamed_paused_and_deleted_and_a_key_has_limits(relay: Relay, screen: OpenScreen) -> None:
    desk = await screen(relay, DESK)
    await desk.open("#/settings/agents")
    page = desk.page
    await page.get_by_text("New key with limits").first.click()
    agent = page.locator(".cards > li", has_text="deploy-bot")
    await agent.get_by_label("Note (optional)").fill("reads only")
    await agent.get_by_label("ask, notify and cancel").uncheck()
    await agent.get_by_role("button", name="Make the key").click()
    await expect(page.locator(".copy code")).to_contain_text("mcp_pk_")
    limited = Party(relay.client, await page.locator(".copy code").inner_text())
    assert (await limited.get("/api/v1/requests")).status == 200
    assert (await limited.post("/api/v1/hitl/notify", {"message": "no"})).status == 403
    await expect(agent.get_by_text("reads only")).to_be_visible()
    await page.get_by_text("Change deploy-bot").click()
    await agent.get_by_role("textbox", name="Name", exact=True).fill("builder")
    await agent.get_by_role("button", name="Rename").click()
    agent = page.locator(".cards > li", has_text="builder")
    await agent.get_by_role("button", name="Pause").click()
    await expect(agent.get_by_text("Paused")).to_be_visible()
    assert (await relay.agent.post("/api/v1/hitl/notify", {"message": "no"})).status == 403
    await sure(agent, "Delete")
    await expect(page.get_by_text("No agent yet.")).to_be_visible()


@pytest.mark.proves("web.owner")
async def test_a_question_tells_where_it_was_shown_and_can_be_taken_off_the_table(
    relay: Relay, screen: OpenScreen
) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Still needed?")
    await phone.card("Still needed?")
    await phone.page.get_by_text("More", exact=True).click()
    await expect(phone.page.locator(".more .entries li")).to_contain_text("This one")
    await sure(phone.page, "Take the question off the table")
    await expect(phone.page.get_by_text("The agent took the question back.")).to_be_visible()
    assert (await asked(waiting))["status"] == "cancelled"


@pytest.mark.proves("web.owner")
@pytest.mark.proves("web.step_up")
async def test_a_passkey_is_made_proves_who_one_is_and_signs_in(make_relay: MakeRelay, screen: OpenScreen) -> None:
    port = unused_port()  # browsers have no passkeys for addresses that are numbers
    relay = await make_relay(port=port, public_url=f"http://localhost:{port}")
    desk = await screen(relay, DESK)
    cdp = await desk.context.new_cdp_session(desk.page)
    await cdp.send("WebAuthn.enable")
    options = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
    }
    await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": options})
    await desk.open("#/settings/signing-in")
    page = desk.page
    await page.get_by_label("Name of the passkey").fill("laptop")
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.locator("li", has_text="laptop")).to_be_visible()
    await page.get_by_role("button", name="Add a passkey").click()
    await expect(page.get_by_text("has a passkey for this account already")).to_be_visible()
    relay.clock.forward(RECENT_PASSED)
    await page.get_by_role("button", name="Make new recovery codes").click()
    await page.get_by_role("dialog").get_by_role("button", name="Use a passkey").click()
    await expect(page.get_by_text("10 codes are not used yet.")).to_be_visible()
    await page.get_by_label("Let only passkeys sign in").click()
    await expect(page.get_by_label("Let only passkeys sign in")).to_be_checked()
    await sure(page.locator("li", has_text="laptop"), "Remove")
    await expect(page.get_by_role("alert").first).to_be_visible()  # the last one, and one is demanded
    await page.get_by_label("Let only passkeys sign in").click()
    await page.get_by_label("New password").fill(NEW_PASSWORD)
    await page.get_by_role("button", name="Change the password").click()
    await expect(page.get_by_text("Every other session was ended.")).to_be_visible()
    assert (await relay.owner.get("/api/v1/auth/me")).status == 401
    await page.goto(f"{desk.url}/app/#/settings/account")
    await sure(page, "Sign out")
    await page.wait_for_url("**/sign-in*")
    await page.locator("form[data-passkey=sign-in] button").click()
    await page.wait_for_url("**/app/**")
    await desk.live()
