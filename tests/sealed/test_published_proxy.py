"""The published client's proxy, unmodified, on the FastMCP it works with (`make test-conformance` installs both).

Only its notifications are tried: of an answer it says "Unknown encrypted response format", whatever a server sends.
"""

import asyncio
import fcntl
import json
import os
import sys
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from hitl_cli.sealed import log_entries
from hitl_cli.sealed.box_v1 import open_v1
from tests.app.conftest import PASSWORD, MakeRelay
from tests.conformance.browser import installed_browser
from tests.conformance.conftest import a_free_port
from tests.sealed_home import EMAIL, Home

PROXY = Path(sys.prefix) / "clients/hitl-cli/bin/hitl-cli"

pytestmark = pytest.mark.skipif(not PROXY.exists(), reason="`make test-conformance` installs the published client")


class Stdio:
    """A program that speaks MCP on its standard input and output."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process
        self._id = 0

    async def call(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        self._id += 1
        await self._send({"jsonrpc": "2.0", "id": self._id, "method": method, "params": params})
        assert self._process.stdout is not None
        async with asyncio.timeout(90):
            while True:
                message: dict[str, Any] = json.loads(await self._process.stdout.readline())
                if message.get("id") == self._id:
                    return message

    async def begin(self) -> None:
        client = {"name": "test", "version": "1"}
        await self.call("initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
        await self._send({"jsonrpc": "2.0", "method": "notifications/initialized"})

    async def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(message).encode() + b"\n")
        await self._process.stdin.drain()


@pytest.fixture
async def callback_port() -> AsyncIterator[None]:
    """Be the only one here who runs a client that listens on port 8080, which is fixed in it."""
    with (Path(tempfile.gettempdir()) / "hitl-published-client.lock").open("w") as lock:
        await asyncio.to_thread(fcntl.flock, lock, fcntl.LOCK_EX)
        yield


@pytest.mark.proves("sealed.published_client")
async def test_its_proxy_sends_a_notification_that_the_devices_open(
    make_relay: MakeRelay, tmp_path: Path, callback_port: None
) -> None:
    port = a_free_port()
    url = f"http://localhost:{port}"
    relay = await make_relay(port=port, public_url=url)
    home = await Home.begin(relay)
    environ = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "HITL_SERVER_URL": url,
        "BROWSER": str(installed_browser(tmp_path, EMAIL, PASSWORD)),
        "NO_PROXY": "*",
    }
    pipes = {"env": environ, "stdin": asyncio.subprocess.PIPE, "stdout": asyncio.subprocess.PIPE}
    login = await asyncio.create_subprocess_exec(PROXY, "login", "--name", "My Box", **pipes)
    async with asyncio.timeout(120):
        output, _ = await login.communicate()
    assert login.returncode == 0, output.decode()
    (key,) = [
        each
        for each in await (await home.phone.party.get("/api/v1/mobile/agent-keys")).json()
        if each["agent_name"] == "My Box"
    ]
    facts = {"agent_id": key["agent_id"], "name": "My Box"}
    await home.append(log_entries.approve(key["public_key"], by=home.phone.key, **facts, **home.end))
    process = await asyncio.create_subprocess_exec(PROXY, "proxy", f"{url}/mcp-server/mcp/", **pipes)
    try:
        proxy = Stdio(process)
        await proxy.begin()
        called = await proxy.call("tools/call", {"name": "notify_human", "arguments": {"message": "Backup done"}})
        assert called["result"]["content"][0]["text"] == "Notification sent successfully", called
    finally:
        process.terminate()
        await process.communicate()
    history = await (await home.phone.party.get("/api/v1/mobile/history")).json()
    (card,) = history["requests"]
    question = open_v1(card["sealed"]["payload"], inbox=home.inbox, senders=[home.agent.public, key["public_key"]])
    assert (question.prompt, question.sender, card["agent"]["name"]) == ("Backup done", key["public_key"], "My Box")
