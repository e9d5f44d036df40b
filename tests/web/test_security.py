"""What a person does about keys: lock them, print one, lose them all."""

import datetime as dt
import json
import re

import pytest
from aiohttp.test_utils import unused_port
from playwright.async_api import expect

from auth.entities import RECENT
from hitl_cli.sealed.recovery import typed
from relay.domain.clock import SystemClock
from tests.app.conftest import PASSWORD, MakeRelay, Relay
from tests.fakes.clock import FakeClock
from tests.web.conftest import DESK, PHONE, OpenScreen, Screen
from tests.web.sealing import SealedAgent, approve, has_keys, open_card

MAKE_PASSKEY = """async () => {
  const bytes = (length) => crypto.getRandomValues(new Uint8Array(length));
  await navigator.credentials.create({publicKey: {
    challenge: bytes(32), rp: {name: 'relay'}, user: {id: bytes(16), name: 'ada', displayName: 'Ada'},
    pubKeyCredParams: [-7, -257].map((alg) => ({type: 'public-key', alg})),
    authenticatorSelection: {residentKey: 'required', userVerification: 'required'},
    extensions: {prf: {}},
  }});
}"""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(SystemClock().now())


@pytest.fixture
async def relay(make_relay: MakeRelay) -> Relay:
    """A relay with a name: passkeys know no numbers."""
    port = unused_port()
    return await make_relay(port=port, public_url=f"http://localhost:{port}")


@pytest.fixture
async def desk(relay: Relay, screen: OpenScreen) -> Screen:
    shown: Screen = await screen(relay, DESK)
    await has_keys(shown)
    return shown


async def give_passkey(shown: Screen, *, prf: bool = True) -> None:
    cdp = await shown.context.new_cdp_session(shown.page)
    await cdp.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "ctap2Version": "ctap2_1", "transport": "internal", "hasPrf": prf}
    answers = {"hasResidentKey": True, "hasUserVerification": True, "isUserVerified": True}
    await cdp.send("WebAuthn.addVirtualAuthenticator", {"options": {**options, **answers}})
    await shown.page.evaluate(MAKE_PASSKEY)


@pytest.mark.proves("web_sealed.lock")
async def test_locked_keys_open_nothing_until_the_passkey_is_touched(relay: Relay, desk: Screen) -> None:
    agent = SealedAgent(relay)
    await approve(desk, agent)
    await give_passkey(desk)
    await desk.page.get_by_role("button", name="Lock with a passkey").click()
    await expect(desk.page.get_by_text("are locked with a passkey")).to_be_visible()
    await desk.page.reload()
    await expect(desk.page.locator("[data-standing=locked]")).to_be_visible()
    sent, call = await agent.ask()
    await open_card(desk, relay)
    await expect(desk.page.locator("[data-shut=locked]")).to_be_visible()
    await expect(desk.page.locator(".detail")).not_to_contain_text("Deploy the canary?")
    await desk.page.get_by_role("button", name="Unlock").click()
    await expect(desk.page.locator(".detail")).to_contain_text("Deploy the canary?")
    await desk.button("Yes").click()
    assert (await agent.told(sent, call)).said.value == "Yes"
    await desk.open("#/settings/security")
    await desk.page.get_by_role("button", name="Lock now").click()
    await expect(desk.page.locator("[data-standing=locked]")).to_be_visible()
    await desk.page.get_by_role("button", name="Unlock with the passkey").click()
    await desk.page.get_by_role("button", name="Do without the lock").click()
    await desk.page.reload()
    await expect(desk.page.locator("[data-standing=in]")).to_be_visible()


@pytest.mark.proves("web_sealed.lock")
async def test_a_passkey_that_cannot_lock_says_so_and_nothing_changes(desk: Screen) -> None:
    await give_passkey(desk, prf=False)
    await desk.page.get_by_role("button", name="Lock with a passkey").click()
    await expect(desk.page.get_by_role("alert")).to_contain_text("did not work")
    await desk.page.reload()
    await expect(desk.page.locator("[data-standing=in]")).to_be_visible()


@pytest.mark.proves("web_sealed.lock")
async def test_the_private_keys_are_nowhere_in_the_browser_in_clear(desk: Screen) -> None:
    kept = await desk.page.evaluate(
        """() => new Promise((done) => {
          indexedDB.open('hitl').onsuccess = ({target}) => {
            const asked = target.result.transaction('facts').objectStore('facts').get('keys');
            asked.onsuccess = async () => {
              const {lock, ciphertext} = asked.result;
              const out = await crypto.subtle.exportKey('raw', lock.key).then(() => 'exported', (error) => error.name);
              done({out, members: Object.keys(asked.result).sort(), size: ciphertext.length});
            };
          };
        })"""
    )
    assert kept["out"] == "InvalidAccessError"
    assert kept["members"] == ["account", "ciphertext", "lock"]


@pytest.mark.proves("web_sealed.recovery")
async def test_a_printed_key_lets_a_new_browser_in_when_all_devices_are_lost(
    relay: Relay, desk: Screen, screen: OpenScreen
) -> None:
    agent = SealedAgent(relay)
    await approve(desk, agent)
    await desk.page.get_by_role("button", name="Make a recovery key").click()
    paper = await desk.page.locator(".paper code").inner_text()
    assert typed(paper)
    await desk.page.get_by_role("button", name="I have it").click()
    await expect(desk.page.locator("[data-member=recovery]")).to_be_visible()
    inbox = await agent.inbox()
    fresh: Screen = await screen(relay, PHONE)
    await fresh.open("#/settings/security")
    await fresh.page.get_by_text("I have a printed recovery key").click()
    field = fresh.page.get_by_label("Recovery key, 48")
    await field.fill(paper[:-1] + ("0" if paper[-1] != "0" else "1"))
    await fresh.page.get_by_role("button", name="Use it").click()
    await expect(fresh.page.get_by_role("alert")).to_contain_text("mistake")
    await field.fill(paper.lower())
    await fresh.page.get_by_role("button", name="Use it").click()
    await expect(fresh.page.locator("[data-standing=in]")).to_be_visible()
    log = await agent.log()  # the same root: the agent's pin holds
    assert [member.kind for member in log.devices.values()].count("device") == 2
    assert await agent.inbox() != inbox
    sent, call = await agent.ask()
    await open_card(fresh, relay)
    await fresh.button("Yes").click()
    assert (await agent.told(sent, call)).said.value == "Yes"


@pytest.mark.proves("web_sealed.recovery")
async def test_with_nothing_left_a_new_list_begins_and_the_old_devices_are_out(
    relay: Relay, desk: Screen, screen: OpenScreen
) -> None:
    before = await SealedAgent(relay).log()
    fresh: Screen = await screen(relay, PHONE)
    await fresh.open("#/settings/security")
    await fresh.page.get_by_text("All my devices are lost").click()
    await fresh.page.get_by_role("button", name="Begin a new list").click()
    await fresh.page.get_by_role("button", name="Begin a new list").last.click()
    await expect(fresh.page.locator("[data-standing=in]")).to_be_visible()
    after = await SealedAgent(relay).log()
    assert after.root != before.root
    await desk.page.reload()
    forged = desk.page.locator("[data-standing=forged]")
    await expect(forged).to_contain_text("another list of devices")
    await desk.page.get_by_role("button", name="Give up the keys").click()
    await desk.page.get_by_role("button", name="Give up the keys").last.click()
    await expect(desk.page.locator("[data-standing=outside]")).to_be_visible()


@pytest.mark.proves("web.nothing_lost")
async def test_a_browser_that_keeps_nothing_makes_no_keys_and_says_why(relay: Relay, screen: OpenScreen) -> None:
    shown: Screen = await screen(relay, PHONE)
    await shown.page.add_init_script("IDBFactory.prototype.open = () => { throw new Error('refused') }")
    await shown.open("#/settings/security")
    await expect(shown.page.locator("[data-standing=unmade]")).to_contain_text("cannot be your first device")
    page = await (await relay.agent.get("/api/v1/device-log")).json()
    assert page["seq"] == -1


@pytest.mark.proves("web_sealed.lock")
async def test_signing_out_takes_the_keys_along(relay: Relay, desk: Screen) -> None:
    await desk.open("#/settings/account")
    await desk.page.get_by_role("button", name="Sign out", exact=True).first.click()
    await desk.page.get_by_role("button", name="Sign out", exact=True).last.click()
    await desk.page.wait_for_url(re.compile("sign-in"))
    kept = await desk.page.evaluate(
        """() => new Promise((done) => {
          indexedDB.open('hitl').onsuccess = ({target}) => {
            const asked = target.result.transaction('facts').objectStore('facts').getAllKeys();
            asked.onsuccess = () => done(asked.result);
          };
        })"""
    )
    assert json.dumps(kept) == "[]"


@pytest.mark.proves("web.no_surprises")
async def test_an_old_session_makes_keys_when_the_person_wants_them_and_not_by_a_dialog_of_its_own(
    relay: Relay, screen: OpenScreen
) -> None:
    shown: Screen = await screen(relay, DESK)
    log = "**/api/v1/mobile/device-log"
    await shown.page.route(log, lambda route: route.abort())
    async with shown.page.expect_request(log):
        await shown.open("#/settings/security")
    await shown.page.unroute(log)
    relay.clock.forward(RECENT + dt.timedelta(minutes=1))
    await shown.page.reload()
    await expect(shown.page.locator("[data-standing=unmade]")).to_be_visible()
    dialog = shown.page.get_by_role("dialog")
    await expect(dialog).to_have_count(0)
    await shown.page.get_by_role("button", name="Try again").click()
    await dialog.get_by_label("Password").fill(PASSWORD)
    await dialog.get_by_role("button", name="Confirm").click()
    await expect(shown.page.locator("[data-standing=in]")).to_be_visible()
