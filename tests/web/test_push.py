"""The service worker, woken by a push that Chromium is made to believe came from a push service."""

import json
from typing import Any

import pytest
from playwright.async_api import CDPSession, Worker, expect

from tests.app.asking import put
from tests.app.conftest import Relay
from tests.web.conftest import OpenScreen, Screen, asked, until


class Pushed:
    """A browser that may show notifications, and its worker."""

    def __init__(self, phone: Screen, cdp: CDPSession, worker: Worker, registration: str) -> None:
        self.phone, self._cdp, self.worker, self._registration = phone, cdp, worker, registration

    async def push(self, what: object) -> None:
        data = what if isinstance(what, str) else json.dumps(what)
        about = {"origin": self.phone.url, "registrationId": self._registration, "data": data}
        await self._cdp.send("ServiceWorker.deliverPushMessage", about)

    async def shown(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = await self.worker.evaluate(
            "self.registration.getNotifications().then((all) => all.map(({title, body, tag, actions}) =>"
            " ({title, body, tag, actions: actions.map((one) => one.title)})))"
        )
        return found

    async def until_shown(self, tag: str, body: str = "") -> dict[str, Any]:
        """Return the one notification that is shown, once it is.

        The browser is asked for its list only then: asked while one is being shown, Chromium takes that one for a
        leftover and forgets it.
        """
        wanted = [tag, body]
        await until(
            lambda: self.worker.evaluate(
                "([tag, body]) => self.displayed.some((one) => one[0] === tag && (!body || one[1] === body))", wanted
            )
        )
        [notice] = await self.shown()
        return notice

    async def until_gone(self) -> None:
        async def gone() -> bool:
            return not await self.shown()

        await until(gone)

    async def tap(self, action: str = "") -> None:
        await self.worker.evaluate(
            "(action) => self.registration.getNotifications().then(([notification]) =>"
            " { self.dispatchEvent(new NotificationEvent('notificationclick', {notification, action})) })",
            action,
        )


NOTES_WHAT_IS_DISPLAYED = """() => {
  self.displayed = [];
  const show = self.registration.showNotification.bind(self.registration);
  self.registration.showNotification = (title, options) =>
    show(title, options).then(() => void self.displayed.push([options.tag, options.body]));
}"""


@pytest.fixture
async def pushed(relay: Relay, screen: OpenScreen) -> Pushed:
    phone: Screen = await screen(relay)
    await phone.context.grant_permissions(["notifications"], origin=phone.url)
    cdp = await phone.context.new_cdp_session(phone.page)
    registered: list[str] = []
    cdp.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda told: registered.extend(
            one["registrationId"] for one in told["registrations"] if one["scopeURL"].startswith(phone.url)
        ),
    )
    await cdp.send("ServiceWorker.enable")
    await phone.open()
    await phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    await until(lambda: registered and phone.context.service_workers)
    worker = phone.context.service_workers[0]
    await worker.evaluate(NOTES_WHAT_IS_DISPLAYED)
    return Pushed(phone, cdp, worker, registered[0])


def asks(request_id: str, op: str = "ask", **more: Any) -> dict[str, Any]:
    facts = {"v": 1, "op": op, "id": request_id, "deadline": "2026-03-04T12:15:00.000Z", **more}
    return {
        "web_push": 8030,
        "notification": {"title": "deploy-bot", "body": "Merge?", "tag": request_id},
        "hitl": facts,
    }


CHOICES = [{"answer": "Merge", "title": "Merge"}, {"answer": "Wait", "title": "Wait"}]


@pytest.mark.proves("web.push")
async def test_a_question_is_shown_and_answered_from_its_button(relay: Relay, pushed: Pushed) -> None:
    waiting = relay.agent.ask("Merge?", choices=["Merge", "Wait"])
    request_id = (await relay.open_request())["id"]
    await pushed.push(asks(request_id, actions=CHOICES))
    notice = await pushed.until_shown(request_id)
    assert (notice["title"], notice["body"], notice["actions"]) == ("deploy-bot", "Merge?", ["Merge", "Wait"])
    await pushed.tap("answer:1")
    assert (await asked(waiting))["response"] == "Wait"


@pytest.mark.proves("web.push")
async def test_an_answer_from_a_notification_that_comes_too_late_says_so(relay: Relay, pushed: Pushed) -> None:
    request_id = (await put(relay.agent, choices=["Merge", "Wait"]))["request_id"]
    await pushed.phone.page.goto("about:blank")  # the app itself would take the notification away
    await pushed.push(asks(request_id, actions=CHOICES))
    await pushed.until_shown(request_id)
    await relay.owner.post(f"/api/v1/requests/{request_id}/respond", {"answer": "Wait"})
    await pushed.tap("answer:0")
    await pushed.until_shown(request_id, "Too late: it is settled already.")


@pytest.mark.proves("web.push")
async def test_what_is_settled_is_taken_away(relay: Relay, pushed: Pushed) -> None:
    request_id = (await put(relay.agent))["request_id"]
    await pushed.push(asks(request_id))
    await pushed.until_shown(request_id)
    await pushed.push(asks(request_id, op="closed", outcome="answered"))
    await pushed.until_gone()


@pytest.mark.proves("web.push")
@pytest.mark.parametrize("what", ["", "not JSON", "[]", '{"hitl": 7}'])
async def test_a_push_nobody_understands_is_shown_all_the_same(pushed: Pushed, what: str) -> None:
    await pushed.push(what)
    notice = await pushed.until_shown("hitl")
    assert notice["title"] == "HITL Relay"


@pytest.mark.proves("web.push")
async def test_a_tap_opens_the_question(relay: Relay, pushed: Pushed) -> None:
    request_id = (await put(relay.agent, prompt="Which one is it?"))["request_id"]
    await pushed.phone.page.goto(f"{pushed.phone.url}/app/?request={request_id}")
    await expect(pushed.phone.page.locator(".detail")).to_contain_text("Which one is it?")
    await pushed.phone.page.goto(f"{pushed.phone.url}/app/#/settings")
    await pushed.push(asks(request_id))
    await pushed.until_shown(request_id)
    await pushed.tap()
    await expect(pushed.phone.page.locator(".detail")).to_contain_text("Which one is it?")
    assert pushed.phone.page.url.endswith(f"#/r/{request_id}")
