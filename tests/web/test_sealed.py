"""Sealed requests in the real app: opened, answered, proved, and refused where something is amiss."""

import asyncio
import json
from typing import Any

import pytest
from playwright.async_api import expect

from hitl_cli.errors import Untrusted
from hitl_cli.sealed.proof import check_proof
from relay.domain.clock import SystemClock
from tests.app.conftest import Relay
from tests.fakes.clock import FakeClock
from tests.web.conftest import DESK, OpenScreen, Screen, asked
from tests.web.sealing import SealedAgent, add_by_hand, approve, has_keys, open_card, pair
from tests.web.test_offline import ready


@pytest.fixture
def clock() -> FakeClock:
    """A device believes no relay whose clock is months from its own."""
    return FakeClock(SystemClock().now())


@pytest.fixture
async def desk(relay: Relay, screen: OpenScreen) -> Screen:
    shown: Screen = await screen(relay, DESK)
    await has_keys(shown)
    return shown


@pytest.fixture
async def agent(relay: Relay, desk: Screen) -> SealedAgent:
    made = SealedAgent(relay)
    await approve(desk, made)
    return made


def seal_of(shown: Screen) -> Any:
    return shown.page.locator(".detail [data-seal]")


@pytest.mark.proves("web_sealed.app")
async def test_a_sealed_question_is_read_and_answered_with_a_receipt_that_holds(
    relay: Relay, desk: Screen, agent: SealedAgent
) -> None:
    sent, call = await agent.ask()
    await open_card(desk, relay)
    await expect(desk.page.locator(".detail")).to_contain_text("Deploy the canary?")
    await expect(seal_of(desk)).to_have_text("Encrypted and verified")
    await desk.button("No").click()
    told = await agent.told(sent, call)
    assert (told.said.value, told.device.name) == ("No", "Chrome on Linux")


@pytest.mark.proves("web_sealed.app")
async def test_two_devices_open_the_same_question_and_the_second_answers_the_next(
    relay: Relay, desk: Screen, agent: SealedAgent, screen: OpenScreen
) -> None:
    phone: Screen = await screen(relay)
    await pair(desk, phone)
    for shown, other, said in ((desk, phone, "Yes"), (phone, desk, "No")):
        sent, call = await agent.ask(prompt=f"Really {said}?")
        request_id = await open_card(shown, relay)
        await other.open(f"#/r/{request_id}")
        for each in (shown, other):
            await expect(each.page.locator(".detail")).to_contain_text(f"Really {said}?")
        await shown.button(said).click()
        assert (await agent.told(sent, call)).said.value == said


@pytest.mark.proves("web_sealed.unapproved")
async def test_a_question_of_a_key_nobody_approved_is_not_shown(relay: Relay, desk: Screen) -> None:
    agent = SealedAgent(relay)
    await agent.register()
    await expect(desk.page.locator("[data-agent-key=waiting]")).to_be_visible()
    _, call = await agent.ask()
    await open_card(desk, relay)
    await expect(desk.page.locator("[data-shut=unapproved]")).to_be_visible()
    await expect(desk.page.get_by_text("Deploy the canary?")).to_have_count(0)
    await expect(seal_of(desk)).to_have_text("Sealed, not opened")
    await expect(desk.page.locator(".answer button")).to_have_count(0)
    await expect(desk.page.get_by_text("1 key of an agent waits for your approval")).to_be_visible()
    await desk.page.get_by_role("link", name="See what to do").click()
    await desk.page.get_by_role("button", name="Compare and approve").click()
    await desk.page.get_by_role("button", name="They are the same").click()
    await expect(desk.page.locator("[data-agent-key=approved]")).to_be_visible()
    await open_card(desk, relay)
    await expect(desk.page.locator(".detail")).to_contain_text("Deploy the canary?")
    call.cancel()


@pytest.mark.proves("web_sealed.unapproved")
async def test_a_key_that_is_taken_back_opens_nothing_more(relay: Relay, desk: Screen, agent: SealedAgent) -> None:
    approved = desk.page.locator("[data-agent-key=approved]")
    await approved.get_by_role("button", name="Revoke").click()
    await approved.get_by_role("button", name="Revoke").last.click()
    await expect(desk.page.locator("[data-agent-key=waiting]")).to_be_visible()
    _, call = await agent.ask()
    await open_card(desk, relay)
    await expect(desk.page.locator("[data-shut=unapproved]")).to_be_visible()
    call.cancel()


@pytest.mark.proves("web_sealed.v1")
async def test_the_published_format_is_opened_by_every_device_and_called_what_it_is(
    relay: Relay, desk: Screen, agent: SealedAgent, screen: OpenScreen
) -> None:
    phone: Screen = await screen(relay)
    await pair(desk, phone)
    inbox, call = await agent.ask_v1()
    request_id = await open_card(desk, relay)
    await phone.open(f"#/r/{request_id}")
    for shown in (desk, phone):
        await expect(shown.page.locator(".detail")).to_contain_text("Deploy?")
        await expect(seal_of(shown)).to_have_text("Encrypted, not verified")
    await phone.button("Yes").click()
    assert await agent.told_v1(inbox, call) == "Yes"


@pytest.mark.proves("web_sealed.v1")
async def test_a_key_of_a_client_that_registers_none_is_added_by_hand(relay: Relay, desk: Screen) -> None:
    agent = SealedAgent(relay)
    await desk.page.get_by_text("Add a key by hand").click()
    await desk.page.get_by_label("Public key").fill("nonsense")
    await desk.page.get_by_role("button", name="Look at its number").click()
    await expect(desk.page.get_by_text("not a public key")).to_be_visible()
    await desk.page.get_by_text("Add a key by hand").click()  # close it again
    await add_by_hand(desk, agent.key.public)
    inbox, call = await agent.ask_v1()
    await open_card(desk, relay)
    await desk.button("No").click()
    assert await agent.told_v1(inbox, call) == "No"


@pytest.mark.proves("web_sealed.replay")
async def test_a_question_that_comes_again_as_another_is_not_shown(
    relay: Relay, desk: Screen, agent: SealedAgent
) -> None:
    sent, call = await agent.ask()
    await open_card(desk, relay)
    await desk.button("Yes").click()
    await agent.told(sent, call)
    again = agent.put(sent.payload, idempotency_key="another")
    await open_card(desk, relay)
    await expect(desk.page.locator("[data-shut=replay]")).to_be_visible()
    await expect(desk.page.locator(".detail")).not_to_contain_text("Deploy the canary?")
    again.cancel()


@pytest.mark.proves("web_sealed.app")
async def test_a_question_for_other_ears_or_of_another_kind_is_refused_with_the_reason(
    relay: Relay, desk: Screen, agent: SealedAgent
) -> None:
    sent = await agent.seal(kind="approval")
    call = agent.put(sent.payload, kind="input")
    await open_card(desk, relay)
    await expect(desk.page.locator("[data-shut=other_kind]")).to_contain_text("something else inside")
    call.cancel()


@pytest.mark.proves("web_sealed.app")
async def test_without_network_a_sealed_question_opens_and_its_answer_waits_sealed(
    relay: Relay, desk: Screen, agent: SealedAgent
) -> None:
    await ready(desk)
    sent, call = await agent.ask()
    await open_card(desk, relay)
    await expect(desk.page.locator(".detail")).to_contain_text("Deploy the canary?")
    await desk.context.set_offline(True)
    await desk.page.reload()
    await expect(desk.page.locator(".detail")).to_contain_text("Deploy the canary?")
    await desk.button("No").click()
    await desk.page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    await desk.phase("waiting")
    await desk.context.set_offline(False)
    await desk.page.evaluate("window.dispatchEvent(new Event('online'))")
    assert (await agent.told(sent, call)).said.value == "No"


@pytest.mark.proves("web_sealed.receipts")
async def test_a_plain_answer_carries_a_receipt_that_can_be_taken_away_and_checked(relay: Relay, desk: Screen) -> None:
    waiting = relay.agent.ask("Merge?", choices=["Merge", "Wait"])
    request_id = await open_card(desk, relay)
    await desk.button("Merge").click()
    reply = await asked(waiting)
    assert reply["receipt"]["receipt"]["request"] == request_id
    await desk.open(f"#/history/{request_id}")
    await desk.page.locator("details.more summary").click()
    await expect(desk.page.locator("[data-proof=right]")).to_contain_text("The signature is right")
    verdict = check_proof(await _download(desk))
    assert verdict.device is not None
    assert verdict.said is not None
    assert verdict.asked is not None
    assert (verdict.device.name, verdict.said.value, verdict.asked["prompt"]) == ("Chrome on Linux", "Merge", "Merge?")


@pytest.mark.proves("web_sealed.receipts")
async def test_the_proof_of_a_sealed_answer_gets_its_words_from_the_device(
    relay: Relay, desk: Screen, agent: SealedAgent
) -> None:
    sent, call = await agent.ask()
    request_id = await open_card(desk, relay)
    await desk.button("No").click()
    await agent.told(sent, call)
    await desk.open(f"#/history/{request_id}")
    await expect(desk.page.locator(".ending")).to_contain_text(": No")
    await desk.page.locator("details.more summary").click()
    await expect(desk.page.locator("[data-proof=right]")).to_be_visible()
    verdict = check_proof(await _download(desk))
    assert verdict.said is not None
    assert verdict.said.value == "No"
    assert verdict.receipt["asked"] == sent.name


async def _download(shown: Screen) -> Any:
    async with shown.page.expect_download() as coming:
        await shown.page.get_by_role("button", name="Download proof").click()
    path = await (await coming.value).path()
    return json.loads(await asyncio.to_thread(path.read_text, encoding="utf-8"))


@pytest.mark.proves("web_sealed.revoked")
async def test_a_revoked_device_is_signed_out_and_nothing_more_is_sealed_for_it(
    relay: Relay, desk: Screen, agent: SealedAgent, screen: OpenScreen
) -> None:
    phone: Screen = await screen(relay)
    await pair(desk, phone)
    before, inbox = await agent.log(), await agent.inbox()
    assert len(before.recipients) == 2
    await desk.open("#/settings/security")
    pixel = desk.page.locator("[data-member=device]", has_text="Pixel")
    await pixel.get_by_role("button", name="Revoke").click()
    await pixel.get_by_role("button", name="Revoke").last.click()
    await expect(pixel).to_have_count(0)
    await expect(phone.page.locator("[data-connection=out]")).to_be_visible()
    log = await agent.log()
    assert len(log.recipients) == 1
    assert not log.inbox_leaked
    assert await agent.inbox() not in {inbox, *before.recipients}
    # What comes by the new inbox key opens on the device that is left.
    key, call = await agent.ask_v1()
    await open_card(desk, relay)
    await desk.button("Yes").click()
    assert await agent.told_v1(key, call) == "Yes"


@pytest.mark.proves("web_sealed.revoked")
async def test_a_device_that_was_only_signed_out_is_called_to_attention(
    relay: Relay, desk: Screen, screen: OpenScreen
) -> None:
    phone: Screen = await screen(relay)
    await pair(desk, phone)
    devices = await (await relay.owner.get("/api/v1/mobile/devices")).json()
    [pixel] = [device["device_id"] for device in devices if device["name"] == "Pixel"]
    assert (await relay.owner.delete(f"/api/v1/mobile/devices/{pixel}")).status == 204
    await desk.open("#/settings/security")
    member = desk.page.locator("[data-member=device]", has_text="Pixel")
    await expect(member).to_contain_text("still sealed for it")
    await member.get_by_role("button", name="Revoke").click()
    await member.get_by_role("button", name="Revoke").last.click()
    await expect(member).to_have_count(0)
    assert len((await SealedAgent(relay).log()).recipients) == 1


@pytest.mark.proves("web_sealed.swapped_answer")
async def test_an_answer_of_one_question_is_none_of_another(relay: Relay, desk: Screen, agent: SealedAgent) -> None:
    first, call = await agent.ask(prompt="Tests?")
    await open_card(desk, relay)
    await desk.button("Yes").click()
    reply = await asked(call)
    await agent.told(first, asyncio.ensure_future(_again(call)))
    second = await agent.seal(prompt="Drop the database?")
    with pytest.raises(Untrusted):
        await agent.told(second, asyncio.ensure_future(_again(call)))
    assert reply["encrypted_response"]


async def _again(call: "asyncio.Task[Any]") -> Any:
    return call.result()
