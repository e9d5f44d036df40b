"""Programs of others get in by OAuth, from the first 401 to an answer, each with its own flow and a browser."""

import asyncio
import json
import subprocess
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import aiohttp
import pytest

from tests.conformance.browser import installed_browser
from tests.conformance.conftest import a_free_port
from tests.conformance.mcp_clients.clients import NODE, NODE_MODULES, PROGRAMS, VENVS, environ
from tests.conformance.mcp_clients.conftest import Human, Running, finished
from tests.conformance.mcp_clients.test_clients import TOOLS
from tests.fault.conftest import Place
from tests.fault.relay_process import relay_process
from tests.fault.world import PASSWORD

pytestmark = [
    pytest.mark.conformance,
    pytest.mark.skipif(not (NODE_MODULES.exists() and NODE.exists()), reason="`make test-conformance` installs it"),
]

INSPECTOR = [str(NODE), str(NODE_MODULES / ".bin/mcp-inspector"), "--cli"]


@pytest.fixture
async def running(place: Place, folder: Path) -> AsyncIterator[Running]:
    """A relay that knows its own address: tokens and redirects name it."""
    port = a_free_port()
    settings = {
        "HITL_DATABASE_URL": place.url,
        "HITL_HOST": "localhost",
        "HITL_PUBLIC_URL": f"http://localhost:{port}",
    }
    async with relay_process(folder, settings, port=port) as relay:
        yield Running(relay, Human(relay, place.world[0].devices[0].token), key="")


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    browser = installed_browser(tmp_path, "ada@example.org", PASSWORD)
    # The Inspector opens a browser only at a terminal, and keeps tokens in a desktop's keyring, unless it is told else.
    inspector = {"MCP_AUTO_OPEN_ENABLED": "true", "MCP_INSPECTOR_SECRET_STORE": "file"}
    return environ(tmp_path) | inspector | {"BROWSER": str(browser)}


def address(running: Running) -> str:
    return f"http://localhost:{running.relay.port}/mcp"


def times_opened(home: Path) -> int:
    """Return how often a browser was opened; one that did not get through has said more."""
    said = (home / "browser.log").read_text().splitlines()
    assert set(said) == {"opened"}, said
    return len(said)


async def started(command: list[str], env: Mapping[str, str]) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=env,
        cwd=NODE_MODULES.parent,
    )


async def names_of_new_agents(running: Running) -> list[str]:
    headers = {"Authorization": f"Bearer {running.human.token}"}
    async with (
        aiohttp.ClientSession(running.relay.url, headers=headers) as session,
        session.get("/api/v1/agents") as reply,
    ):
        return [agent["name"] for agent in await reply.json() if not agent["name"].startswith("bot-")]


@pytest.mark.proves("oauth.clients")
@pytest.mark.parametrize("major", ["1", "2"])
async def test_the_typescript_sdk_asks_and_renews_its_token(
    running: Running, env: dict[str, str], tmp_path: Path, major: str
) -> None:
    process = await started([str(NODE), str(PROGRAMS / "oauth.mjs"), address(running), major], env)
    await running.human.answer(await running.human.open_request(), "Yes")
    said = json.loads(await finished(process, 60))
    assert said == {"tools": TOOLS, "text": "Yes", "opened": 1, "renewed": True}
    assert times_opened(tmp_path) == 1
    assert await names_of_new_agents(running) == [f"TypeScript {major}"]
    assert running.relay.errors() == []


@pytest.mark.proves("oauth.clients")
async def test_mcp_remote_asks_and_keeps_its_token(running: Running, env: dict[str, str], tmp_path: Path) -> None:
    command = [str(VENVS / "mcp-2/bin/python"), str(PROGRAMS / "remote.py"), str(NODE_MODULES / ".bin/mcp-remote")]
    for answer in ("Yes", "No"):
        process = await started([*command, address(running)], env)
        await running.human.answer(await running.human.open_request(), answer)
        said = json.loads((await finished(process, 60)).splitlines()[-1])
        assert (said["tools"], said["text"]) == (TOOLS, answer)
    assert times_opened(tmp_path) == 1
    assert len(await names_of_new_agents(running)) == 1
    assert running.relay.errors() == []


@pytest.mark.proves("oauth.clients")
@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_the_inspector_asks_and_keeps_its_token(
    running: Running, env: dict[str, str], tmp_path: Path, era: str
) -> None:
    base = [*INSPECTOR, address(running), "--transport", "http", "--format", "json", "--protocol-era", era]
    base += ["--callback-url", f"http://127.0.0.1:{a_free_port()}/oauth/callback"]
    listed = await finished(await started([*base, "--method", "tools/list"], env), 60)
    assert all(tool in listed for tool in TOOLS)
    call = [*base, "--method", "tools/call", "--tool-name", "request_human_input", "--tool-arg", "prompt=Deploy?"]
    process = await started(call, env)
    await running.human.answer(await running.human.open_request(), "On Monday.")
    assert "On Monday." in await finished(process, 60)
    assert times_opened(tmp_path) == 1
    assert len(await names_of_new_agents(running)) == 1
    assert running.relay.errors() == []
