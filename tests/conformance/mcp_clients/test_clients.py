"""Programs of others ask a human through the relay: the SDKs, `mcp-remote`, the Inspector, the published client."""

import asyncio
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.mcp_clients.clients import CLIENTS, NODE, NODE_MODULES, VENVS, Client, environ
from tests.conformance.mcp_clients.conftest import Running, finished

TOOLS = [
    "get_human_response",
    "notify_human",
    "notify_human_completion",
    "notify_human_completion_e2ee",
    "notify_human_e2ee",
    "request_approval",
    "request_human_input",
    "request_human_input_e2ee",
]


def installed(client: Client) -> Any:
    missing = pytest.mark.skipif(not client.is_installed, reason="`make test-conformance` installs it")
    return pytest.param(client, id=client.name, marks=missing)


async def started(command: list[str], home: Path) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environ(home),
        cwd=NODE_MODULES.parent,
    )


async def waiting(process: asyncio.subprocess.Process) -> None:
    """Wait until the program has been told that its call waits: then its stream has begun."""
    assert process.stdout
    async with asyncio.timeout(60):
        assert "waiting" in json.loads(await process.stdout.readline())


@pytest.mark.conformance
@pytest.mark.proves("mcp.clients")
@pytest.mark.parametrize("client", [installed(client) for client in CLIENTS])
async def test_an_answer_reaches_a_program_of_others(client: Client, running: Running, tmp_path: Path) -> None:
    process = await started(client.command(f"{running.relay.url}/mcp", running.key), tmp_path)
    await running.human.answer(await running.human.open_request(), "Yes")
    said = json.loads((await finished(process, 60)).splitlines()[-1])
    assert (said["tools"], said["text"]) == (TOOLS, "Yes")
    assert running.relay.errors() == []


@pytest.mark.conformance
@pytest.mark.proves("mcp.clients")
@pytest.mark.parametrize("client", [installed(client) for client in CLIENTS if client.resumes])
async def test_a_stream_is_resumed_by_a_program_of_others(client: Client, running: Running, tmp_path: Path) -> None:
    """The relay is killed while the human thinks, and the same call brings the answer."""
    process = await started(client.command(f"{running.relay.url}/mcp", running.key), tmp_path)
    card = await running.human.open_request()
    await waiting(process)
    await running.relay.kill()
    await running.relay.start()
    assert (await running.human.open_request())["id"] == card["id"]
    await running.human.answer(card, "Yes")
    assert json.loads((await finished(process, 60)).splitlines()[-1])["text"] == "Yes"


PUBLISHED = VENVS / "hitl-cli/bin/hitl-cli"


@pytest.mark.conformance
@pytest.mark.proves("mcp.clients")
@pytest.mark.skipif(not PUBLISHED.exists(), reason="`make test-conformance` installs it")
@pytest.mark.parametrize(
    ("arguments", "answer", "printed"),
    [
        (["request", "--prompt", "Deploy?", "--choice", "Yes", "--choice", "No"], "Yes", "Yes"),
        (["notify-completion", "--summary", "Done."], "Now the docs.", "Now the docs."),
        (["notify", "--message", "Deploying."], None, "sent"),
    ],
    ids=["request", "notify-completion", "notify"],
)
async def test_the_published_client_with_an_api_key(
    running: Running, tmp_path: Path, arguments: list[str], answer: str | None, printed: str
) -> None:
    env = environ(tmp_path) | {"HITL_SERVER_URL": running.relay.url, "HITL_API_KEY": running.key}
    process = await asyncio.create_subprocess_exec(
        PUBLISHED, *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
    )
    if answer is not None:
        await running.human.answer(await running.human.open_request(), answer)
    assert printed in await finished(process, 60)


@pytest.mark.conformance
@pytest.mark.proves("mcp.clients")
@pytest.mark.skipif(not (NODE_MODULES.exists() and NODE.exists()), reason="`make test-conformance` installs it")
@pytest.mark.parametrize("era", ["legacy", "modern"])
async def test_the_inspector_lists_the_tools_and_calls_one(running: Running, tmp_path: Path, era: str) -> None:
    base = [str(NODE), str(NODE_MODULES / ".bin/mcp-inspector"), "--cli", f"{running.relay.url}/mcp"]
    base += ["--transport", "http", "--format", "json", "--protocol-era", era]
    base += ["--header", f"Authorization: Bearer {running.key}"]
    listed = await finished(await started([*base, "--method", "tools/list"], tmp_path), 60)
    assert all(tool in listed for tool in TOOLS)
    call = [*base, "--method", "tools/call", "--tool-name", "notify_human", "--tool-arg", "message=Deploying."]
    assert "Notification sent" in await finished(await started(call, tmp_path), 60)
