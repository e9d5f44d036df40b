"""One real round trip, from an agent's question to a button on a notification and back.

A Firefox with no tab of ours is woken, its service worker decrypts and shows the question, the human presses a button
on the notification, and the agent's waiting call returns the answer.
"""

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer

from hitl_relay.app import create_app
from hitl_relay.settings import Settings
from relay.kernel.network import networks
from relay.kernel.operation import Access, Operations, register
from relay.kernel.settings import Secret
from tests.emulators.autopush import autopush_service
from tests.people import EMAIL, PASSWORD, an_owner, bearer
from tests.push.firefox import BINARY, Firefox, firefox, push_preferences
from tests.waiting import until

pytestmark = [
    pytest.mark.skipif(BINARY is None, reason="needs Firefox: apt-get install firefox-esr"),
    pytest.mark.timeout(180),
]

WORKER = """
const api = (path, body) => fetch('/api/v1/mobile/requests/' + path,
  {method: 'POST', headers: {'Content-Type': 'application/json'}, body: JSON.stringify(body || {})});
addEventListener('install', () => skipWaiting());
addEventListener('activate', event => event.waitUntil(clients.claim()));
addEventListener('push', event => event.waitUntil((async () => {
  const message = event.data.json(), id = message.hitl.id;
  let title = message.notification.title, body = message.notification.body, actions = [];
  if (message.hitl.op === 'ask') {
    const card = await (await fetch('/api/v1/mobile/requests/' + id)).json();
    title = card.agent.name; body = card.prompt;
    if (!card.danger) actions = card.form.options.map(option => ({action: option, title: option}));
  }
  await registration.showNotification(title, {body, actions, tag: message.notification.tag, data: message.hitl,
    silent: !!message.notification.silent});
  await api(id + '/received');
})()));
addEventListener('notificationclick', event => event.waitUntil(
  api(event.notification.data.id + '/answer', {answer_id: crypto.randomUUID(), answer: event.action})));
"""

SUBSCRIBE = """
(async () => {
  const post = (path, body) => fetch(path, {method: 'POST', headers: {'Content-Type': 'application/json'},
    body: JSON.stringify(body)});
  const signedIn = await post('/api/v1/auth/sign-in', CREDENTIALS);
  const device = await (await post('/api/v1/mobile/devices', {name: 'Firefox', kind: 'browser'})).json();
  const {key} = await (await fetch('/api/v1/mobile/push/vapid-key')).json();
  await navigator.serviceWorker.register('/worker.js');
  const worker = await navigator.serviceWorker.ready;
  const made = (await worker.pushManager.subscribe({userVisibleOnly: true, applicationServerKey: key})).toJSON();
  const said = await post('/api/v1/mobile/devices/' + device.device_id + '/push',
    {vendor: 'webpush', endpoint: made.endpoint, p256dh: made.keys.p256dh, auth: made.keys.auth});
  return JSON.stringify([signedIn.status, said.status]);
})()
"""

# Firefox without a screen shows no buttons, so its alerts are caught and the button pressed for the human.
CATCH_ALERTS = """
(() => {
  const alerts = globalThis.caught = [];
  const service = {
    QueryInterface: ChromeUtils.generateQI(['nsIAlertsService']),
    showAlert(alert, listener) { alerts.push([alert, listener]); listener?.observe(null, 'alertshow', alert.cookie); },
    closeAlert(name) {
      for (const [alert, listener] of alerts)
        if (alert.name === name) listener?.observe(null, 'alertfinished', alert.cookie);
    },
    teardown() {}, pbmTeardown() {},
  };
  Components.manager.QueryInterface(Ci.nsIComponentRegistrar).registerFactory(Services.uuid.generateUUID(), 'caught',
    '@mozilla.org/alerts-service;1',
    {createInstance: iid => service.QueryInterface(iid), QueryInterface: ChromeUtils.generateQI(['nsIFactory'])});
})()
"""
SHOWN = "JSON.stringify(caught.map(([a]) => [a.title, a.text, (a.actions || []).map(action => action.title)]))"
PRESS = "(() => { const [a, l] = caught[0]; l.observe(a.actions[0], 'alertclickcallback', a.cookie); })()"


@pytest.fixture
async def client(database_url: Secret) -> AsyncIterator[TestClient[web.Request, web.Application]]:
    """A relay that also serves a page and a service worker of the test's."""
    app = create_app(Settings(outbound_allow=networks("127.0.0.0/8")), database_url)
    pages = Operations("test")

    @pages.get("/page", access=Access.PUBLIC, summary="", media="text/html")
    async def page(_request: web.Request) -> web.Response:
        allowed = {"Content-Security-Policy": "default-src 'self'"}
        return web.Response(text="<!doctype html><title>test</title>", content_type="text/html", headers=allowed)

    @pages.get("/worker.js", access=Access.PUBLIC, summary="", media="text/javascript")
    async def worker(_request: web.Request) -> web.Response:
        return web.Response(text=WORKER, content_type="text/javascript")

    register(app, pages)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.proves("push.firefox")
async def test_a_button_on_a_notification_answers_the_waiting_agent(
    client: TestClient[web.Request, web.Application], tmp_path: Path
) -> None:
    owner = await an_owner(client)
    key = (await owner.a_key())["api_key"]
    async with autopush_service() as service:
        port = int(service.origin.rpartition(":")[2])
        async with firefox(tmp_path, push_preferences(port)) as browser:
            await browser.run(await browser.chrome(), CATCH_ALERTS)
            await _subscribed(browser, f"http://127.0.0.1:{client.port}/page")
            waiting = asyncio.create_task(_ask(client, key))
            window = await browser.chrome()
            await until(lambda: _shown(browser, window), within_s=20)
            shown = await _shown(browser, window)
            await browser.run(window, PRESS)
            answer = await asyncio.wait_for(waiting, 20)
        assert shown == [["deploy-bot", "Deploy to production?", ["Yes", "No"]]]
        assert (answer["status"], answer["response"], answer["answered_by"]["device_name"]) == (
            "answered",
            "Yes",
            "Firefox",
        )
        assert service.codes == [100]


async def _subscribed(browser: Firefox, url: str) -> None:
    tab = await browser.open(url)
    script = SUBSCRIBE.replace("CREDENTIALS", json.dumps({"email": EMAIL, "password": PASSWORD}))
    assert json.loads(await browser.run(tab, script, by_hand=True)) == [200, 204]
    await browser.open("about:blank")  # nothing of ours is open when the push comes


async def _ask(client: TestClient[web.Request, web.Application], key: str) -> dict[str, object]:
    body = {"prompt": "Deploy to production?", "choices": ["Yes", "No"]}
    async with client.post("/api/v1/hitl/request", json=body, headers=bearer(key)) as reply:
        answer: dict[str, object] = await reply.json()
        return answer


async def _shown(browser: Firefox, window: str) -> list[list[object]]:
    found: list[list[object]] = json.loads(await browser.run(window, SHOWN))
    return found
