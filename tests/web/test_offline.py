"""Without network, and back: nothing that was typed or decided is lost, nothing is answered twice."""

import re

import pytest
from playwright.async_api import Route, expect

from tests.app.conftest import Relay
from tests.web.conftest import OpenScreen, Screen, asked

HOLD = {"delay": 1_200}


async def ready(phone: Screen) -> None:
    """Wait until the service worker has everything and answers for the page."""
    await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await phone.page.wait_for_function("navigator.serviceWorker.controller !== null")


@pytest.mark.proves("web.offline")
async def test_an_answer_given_offline_is_sent_once_when_the_network_is_back(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Merge it?", choices=["Merge", "Wait"], danger=True)
    await phone.card("Merge it?")
    await phone.context.set_offline(True)
    await phone.button("Merge").click(**HOLD)
    await phone.phase("waiting")
    assert (await relay.open_request())["status"] == "pending"
    await phone.context.set_offline(False)
    assert (await asked(waiting))["response"] == "Merge"
    await phone.phase("taken")


@pytest.mark.proves("web.shell")
@pytest.mark.proves("web.offline")
async def test_the_app_opens_offline_shows_what_waited_and_takes_the_answer(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    await ready(phone)
    waiting = relay.agent.ask("Merge it?", choices=["Merge", "Wait"])
    await expect(phone.page.locator(".item", has_text="Merge it?")).to_be_visible()
    await phone.context.set_offline(True)
    await phone.page.reload()
    await expect(phone.page.get_by_text("The relay cannot be reached.").first).to_be_visible()
    await phone.page.locator(".item").get_by_role("button", name="Merge").click()
    await phone.page.evaluate("window.dispatchEvent(new Event('pagehide'))")
    await phone.phase("waiting")
    # The page is closed and opened again before the network comes back: the answer is in the outbox.
    await phone.page.reload()
    await phone.phase("waiting")
    await phone.context.set_offline(False)
    await phone.page.evaluate("window.dispatchEvent(new Event('online'))")
    assert (await asked(waiting))["response"] == "Merge"


@pytest.mark.proves("web.nothing_lost")
async def test_a_socket_cut_in_the_middle_of_an_answer_loses_nothing(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Your words?")
    await phone.card("Your words?")
    await phone.page.locator(".answer textarea").fill("half a sen")
    await phone.context.set_offline(True)
    await phone.context.set_offline(False)
    await phone.live()
    await expect(phone.page.locator(".answer textarea")).to_have_value("half a sen")
    await phone.page.locator(".answer textarea").fill("half a sentence, and the rest")
    await phone.button("Send").click()
    assert (await asked(waiting))["response"] == "half a sentence, and the rest"


@pytest.mark.proves("web.nothing_lost")
async def test_a_draft_survives_a_reload(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Your words?")
    await phone.card("Your words?")
    await phone.page.locator(".answer textarea").fill("not yet")
    await phone.page.reload()
    await expect(phone.page.locator(".answer textarea")).to_have_value("not yet")
    waiting.cancel()


REFUSES = "Object.defineProperty(window, 'indexedDB', {get() { throw new DOMException('no', 'SecurityError') }})"


@pytest.mark.proves("web.nothing_lost")
async def test_a_browser_that_keeps_nothing_says_so_and_answers_all_the_same(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.context.add_init_script(REFUSES)
    await phone.open()
    await expect(phone.page.get_by_text("This browser keeps nothing")).to_be_visible()
    waiting = relay.agent.ask("Merge it?", choices=["Merge", "Wait"])
    await phone.page.locator(".item").get_by_role("button", name="Merge").click()
    assert (await asked(waiting))["response"] == "Merge"


FULL = """
for (const [store, put] of [[Storage.prototype, 'setItem'], [IDBObjectStore.prototype, 'put']]) {
  store[put] = () => { throw new DOMException('full', 'QuotaExceededError') };
}
"""


@pytest.mark.proves("web.nothing_lost")
async def test_on_a_full_disk_what_is_typed_stays_on_the_screen_and_is_sent(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.context.add_init_script(FULL)
    await phone.open()
    waiting = relay.agent.ask("Your words?")
    await phone.card("Your words?")
    await phone.page.locator(".answer textarea").fill("all of it")
    await expect(phone.page.get_by_text("This browser keeps nothing")).to_be_visible()
    await phone.page.locator(".tabs").get_by_role("link", name="Settings").click()
    await phone.page.locator(".tabs").get_by_role("link", name="Questions").click()
    await phone.card("Your words?")
    await expect(phone.page.locator(".answer textarea")).to_have_value("all of it")
    await phone.button("Send").click()
    assert (await asked(waiting))["response"] == "all of it"


@pytest.mark.proves("web.nothing_lost")
async def test_an_answer_whose_receipt_was_lost_is_sent_again_and_counts_once(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    sent: list[str] = []

    async def cut(route: Route) -> None:
        sent.append(route.request.post_data or "")
        if len(sent) > 1:
            await route.continue_()
            return
        await route.fetch()  # the relay has it, and the line is cut before it can say so
        await route.abort()

    await phone.page.route("**/answer", cut)
    await phone.open()
    waiting = relay.agent.ask("Merge it?", choices=["Merge", "Wait"], danger=True)
    await phone.card("Merge it?")
    await phone.button("Merge").click(**HOLD)
    assert (await asked(waiting))["response"] == "Merge"
    await phone.phase("waiting")
    await phone.page.evaluate("window.dispatchEvent(new Event('online'))")
    await phone.phase("taken")
    assert len(sent) == 2
    assert sent[0] == sent[1]


@pytest.mark.proves("web.nothing_lost")
async def test_refused_notifications_are_explained_and_answering_goes_on(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.context.grant_permissions(["geolocation"], origin=phone.url)  # whatever is not named is denied
    await phone.open("#/settings/notifications")
    await expect(phone.page.get_by_text("The browser refuses notifications for this address.")).to_be_visible()
    waiting = relay.agent.ask("Merge it?", choices=["Merge", "Wait"])
    await phone.page.locator(".tabs").get_by_role("link", name="Questions").click()
    await phone.page.locator(".item").get_by_role("button", name="Merge").click()
    assert (await asked(waiting))["response"] == "Merge"


@pytest.mark.proves("web.clock")
@pytest.mark.parametrize("off_min", [-10, 10])
async def test_a_device_s_clock_ten_minutes_wrong_counts_by_the_server_s(
    relay: Relay, screen: OpenScreen, off_min: int
) -> None:
    """The relay of the test lives in March; the browser's clock is set that far from it."""
    phone = await screen(relay)
    wrong = int(relay.clock.now().timestamp() * 1000) + off_min * 60_000
    await phone.page.clock.install(time=wrong / 1000)
    await phone.open()
    waiting = relay.agent.ask("Merge it?", choices=["Merge", "Wait"], timeout_seconds=300)
    # By the browser's own clock it would be over, or last a quarter of an hour.
    await expect(phone.page.locator(".item .countdown")).to_have_text(re.compile(r"5:00|4:[345]\d"))
    await phone.page.locator(".item").get_by_role("button", name="Merge").click()
    await phone.page.clock.run_for(6_000)
    assert (await asked(waiting))["response"] == "Merge"


@pytest.mark.proves("web.fallback")
async def test_without_websocket_the_inbox_is_read_every_few_seconds(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.page.route_web_socket("**/ws", lambda ws: ws.close(code=1011))
    await phone.page.goto(f"{phone.url}/app/")
    await expect(phone.page.locator("[data-connection=polling]")).to_be_visible()
    waiting = relay.agent.ask("Merge it?", choices=["Merge", "Wait"])
    await phone.page.locator(".item").get_by_role("button", name="Merge").click()
    assert (await asked(waiting))["response"] == "Merge"


async def test_a_revoked_device_is_out_at_once_and_keeps_what_was_typed(relay: Relay, screen: OpenScreen) -> None:
    phone = await screen(relay)
    await phone.open()
    waiting = relay.agent.ask("Your words?")
    await phone.card("Your words?")
    await phone.page.locator(".answer textarea").fill("not yet")
    devices = await (await relay.owner.get("/api/v1/mobile/devices")).json()
    await relay.owner.delete(f"/api/v1/mobile/devices/{devices[0]['device_id']}")
    await expect(phone.page.get_by_text("You are signed out")).to_be_visible()
    await expect(phone.page.locator(".answer textarea")).to_have_value("not yet")
    waiting.cancel()
