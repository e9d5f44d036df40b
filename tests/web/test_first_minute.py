"""From the link the relay prints to the first answered question, as a new owner would go."""

import time
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp.test_utils import TestClient, unused_port
from playwright.async_api import Browser

from auth.keys import FIRST_OWNER
from hitl_relay.app import create_app
from hitl_relay.settings import Settings
from relay.kernel.settings import Secret
from tests.app.conftest import Client, LaneTestServer
from tests.fakes.clock import FakeClock
from tests.web.conftest import DESK, PHONE, OpenScreen
from tests.web.walks import first_minute


@pytest.fixture
async def new_relay(database_url: Secret, clock: FakeClock) -> AsyncIterator[Client]:
    port = unused_port()
    settings = Settings(port=port, public_url=f"http://127.0.0.1:{port}")
    client: Client = TestClient(LaneTestServer(create_app(settings, database_url, clock=clock, loops=False), port=port))
    await client.start_server()
    yield client
    await client.close()


@pytest.mark.proves("web.first_minute")
@pytest.mark.parametrize("looks", [PHONE, DESK], ids=["phone", "desk"])
async def test_a_new_owner_answers_a_test_request_within_a_minute(
    new_relay: Client, browser: Browser, screen: OpenScreen, looks: dict[str, Any]
) -> None:
    code = await new_relay.app[FIRST_OWNER].new_code()
    context = await browser.new_context(**looks)
    page = await context.new_page()
    begun = time.monotonic()
    assert await first_minute(page, str(new_relay.make_url(f"/setup?code={code}"))) == 4
    assert time.monotonic() - begun < 60
    devices = await page.evaluate("fetch('/api/v1/mobile/devices').then((reply) => reply.json())")
    assert [(device["current"], device["connected"]) for device in devices] == [(True, True)]
    await context.close()


@pytest.mark.proves("web.first_minute")
async def test_every_program_has_its_snippet_with_the_key_in_it(new_relay: Client, browser: Browser) -> None:
    code = await new_relay.app[FIRST_OWNER].new_code()
    page = await browser.new_page()
    setup = {"code": code, "email": "ada@example.org", "name": "Ada", "password": "correct horse battery staple"}
    made = await page.context.request.post(str(new_relay.make_url("/api/v1/auth/setup")), data=setup)
    assert made.status == 201
    await page.goto(str(new_relay.make_url("/app/")))
    await page.get_by_role("button", name="Make a key").click()
    where = page.get_by_label("Where will you use it?")
    key = await page.locator(".copy code").first.inner_text()
    names = await where.locator("option").all_inner_texts()
    assert names == ["Claude Code", "Cursor", "VS Code", "Codex", "Gemini CLI", "n8n", "curl", "Python"]
    for name in names:
        await where.select_option(label=name)
        snippet = await page.locator(".copy code").nth(1).inner_text()
        assert key in snippet
        assert str(new_relay.make_url("/")) in snippet
    await page.close()
