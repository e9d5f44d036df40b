"""The published client, hitl-cli 1.2.1, unmodified: what it seals is opened and answered in the app."""

import asyncio
import json
import os
import secrets
import sys
from pathlib import Path

import pytest
from playwright.async_api import expect

from hitl_cli.sealed.canon import b64
from hitl_cli.sealed.keys import BoxKey
from relay.domain.clock import SystemClock
from tests.app.conftest import Relay
from tests.fakes.clock import FakeClock
from tests.web.conftest import DESK, OpenScreen, Screen
from tests.web.sealing import add_by_hand, has_keys, open_card, pair

PUBLISHED = Path(sys.prefix) / "published-client/bin/hitl-cli"

pytestmark = pytest.mark.skipif(not PUBLISHED.exists(), reason="`make test` installs the published client")


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(SystemClock().now())


async def run(relay: Relay, home: Path, *arguments: str) -> "asyncio.subprocess.Process":
    url = str(relay.client.make_url("/")).rstrip("/")
    environ = {
        "HOME": str(home),
        "PATH": os.environ["PATH"],
        "HITL_SERVER_URL": url,
        "HITL_API_KEY": relay.agent.token,
    }
    out = asyncio.subprocess.PIPE
    return await asyncio.create_subprocess_exec(
        PUBLISHED, *arguments, env=environ, stdout=out, stderr=asyncio.subprocess.STDOUT
    )


@pytest.mark.proves("web_sealed.v1")
async def test_its_sealed_request_is_opened_by_every_device_and_it_reads_the_answer(
    relay: Relay, screen: OpenScreen, tmp_path: Path
) -> None:
    key = BoxKey.make(secrets.token_bytes)
    kept = tmp_path / ".config/hitl-cli/agent.key"
    kept.parent.mkdir(parents=True)
    kept.write_text(json.dumps({"public_key": key.public, "private_key": b64(key.private)}), encoding="utf-8")
    desk: Screen = await screen(relay, DESK)
    phone: Screen = await screen(relay)
    await has_keys(desk)
    await add_by_hand(desk, key.public)
    await pair(desk, phone)
    client = await run(
        relay, tmp_path, "request", "--prompt", "Ship it?", "--choice", "Yes", "--choice", "No", "--e2ee"
    )
    request_id = await open_card(desk, relay)
    await phone.open(f"#/r/{request_id}")
    for shown in (desk, phone):
        await expect(shown.page.locator(".detail")).to_contain_text("Ship it?")
        await expect(shown.page.locator(".detail [data-seal]")).to_have_text("Encrypted, not verified")
    await phone.button("No").click()
    async with asyncio.timeout(60):
        output, _ = await client.communicate()
    assert client.returncode == 0, output.decode()
    assert "No" in output.decode().split()
