"""The MCP project's own conformance suite for authorization servers, unmodified."""

import asyncio
import re
import sys

import pytest

from tests.conformance.conftest import RunningRelay
from tests.conformance.mcp_clients.clients import NODE, NODE_MODULES
from tests.docs.pages import ROOT
from tests.oauth import a_program
from tests.people import EMAIL, PASSWORD

SUITE = NODE_MODULES / "@modelcontextprotocol/conformance/dist/index.js"
BROWSER = ROOT / "tests/conformance/browser.py"
PORT = "3377"

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not (NODE.exists() and SUITE.exists()), reason="`make test-conformance` installs it"),
]


async def test_the_suite_for_authorization_servers_passes(running_relay: RunningRelay) -> None:
    # Of the methods the metadata names the suite takes `none` when it is there.
    program = await a_program(running_relay.client, redirect_uris=[f"http://127.0.0.1:{PORT}/callback"])
    options = ["--url", running_relay.url, "--client-id", program.id, "--resource", f"{running_relay.url}/mcp"]
    suite = await asyncio.create_subprocess_exec(
        NODE,
        SUITE,
        "authorization",
        *options,
        "--port",
        PORT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    assert suite.stdout is not None
    said, browsers = "", []
    async with asyncio.timeout(60):
        async for line in suite.stdout:
            said += line.decode()
            if opened := re.search(r"http://\S+/oauth/authorize\?\S+", line.decode()):
                arguments = [BROWSER, EMAIL, PASSWORD, opened[0]]
                browsers.append(await asyncio.create_subprocess_exec(sys.executable, *arguments))
        for process in (suite, *browsers):
            await process.wait()
    assert suite.returncode == 0, said
    assert "Total: 2 passed, 0 failed" in said
