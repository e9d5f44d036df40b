"""From an MCP client's configuration file, through `hitl-cli proxy`, to the app in a browser, and back."""

import asyncio
import json
import os
import secrets
import sys
from pathlib import Path

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client
from playwright.async_api import expect

from hitl_cli.sealed.canon import b64
from hitl_cli.sealed.keys import BoxKey
from relay.domain.clock import SystemClock
from tests.app.conftest import Relay
from tests.fakes.clock import FakeClock
from tests.web.conftest import DESK, OpenScreen, Screen
from tests.web.sealing import add_by_hand, has_keys, open_card

CONFIG = """
{
  "mcpServers": {
    "hitl-e2ee": {
      "command": "hitl-cli",
      "args": ["proxy", "RELAY/mcp-server/mcp/"]
    }
  }
}
"""
"""What the seed has people paste into `claude_desktop_config.json`."""


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(SystemClock().now())


@pytest.mark.proves("sealed.proxy")
async def test_a_configured_client_asks_the_app_and_the_relay_sees_nothing(
    relay: Relay, screen: OpenScreen, tmp_path: Path
) -> None:
    key = BoxKey.make(secrets.token_bytes)
    kept = tmp_path / "hitl-cli/agent.key"
    kept.parent.mkdir()
    kept.write_text(json.dumps({"public_key": key.public, "private_key": b64(key.private)}), encoding="utf-8")
    kept.chmod(0o600)
    desk: Screen = await screen(relay, DESK)
    await has_keys(desk)
    await add_by_hand(desk, key.public)
    configured = json.loads(CONFIG.replace("RELAY", desk.url))["mcpServers"]["hitl-e2ee"]
    env = {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "XDG_CONFIG_HOME": str(tmp_path),
        "HITL_API_KEY": relay.agent.token,
    }
    async with Client(stdio_client(StdioServerParameters(**configured, env=env))) as client:
        asking = asyncio.create_task(
            client.call_tool("request_human_input", {"prompt": "Pay the heron?", "choices": ["Pay", "Wait"]})
        )
        await open_card(desk, relay)
        await expect(desk.page.locator(".detail")).to_contain_text("Pay the heron?")
        await expect(desk.page.locator(".detail [data-seal]")).to_have_text("Encrypted and verified")
        await desk.button("Wait").click()
        async with asyncio.timeout(60):
            result = await asking
    assert [block.text for block in result.content] == ["Wait"]
    for request in (await (await relay.owner.get("/api/v1/mobile/history")).json())["requests"]:
        assert "heron" not in json.dumps(request)
