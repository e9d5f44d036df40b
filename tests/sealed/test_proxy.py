"""`hitl-cli proxy`, started as an MCP client starts it: the agent speaks plainly, the relay sees nothing of it."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from mcp.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

from tests.app.asking import awaited
from tests.sealed.clients import Machine, clock, machine

__all__ = ["clock", "machine"]

CANARY = "canary-77aa"
SHOWN = {"get_human_response", "notify_human", "notify_human_completion", "request_approval", "request_human_input"}


@asynccontextmanager
async def proxied(machine: Machine, *more: str, **env: str) -> AsyncIterator[Client]:
    """An MCP client with the proxy as its server, by the configuration the seed shows."""
    url = f"{machine.liar.url}/mcp-server/mcp/"
    server = StdioServerParameters(
        command=sys.executable, args=["-m", "hitl_cli", "proxy", url, *more], env={**machine.shell.env, **env}
    )
    async with Client(stdio_client(server)) as client:
        yield client


def text_of(result: Any) -> str:
    return "\n".join(block.text for block in result.content)


@pytest.mark.proves("sealed.proxy")
async def test_an_agent_sees_plain_tools_and_no_sealed_ones(machine: Machine) -> None:
    async with proxied(machine) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == SHOWN
        assert [prompt.name for prompt in (await client.list_prompts()).prompts] == ["hitl_coms_only"]


@pytest.mark.proves("sealed.proxy")
async def test_what_an_agent_asks_and_is_told_is_sealed(machine: Machine) -> None:
    async with proxied(machine) as client:
        asking = asyncio.create_task(
            client.call_tool("request_human_input", {"prompt": f"Deploy {CANARY}?", "choices": ["Yes", f"No {CANARY}"]})
        )
        card = await machine.answer(f"No {CANARY}")
        assert text_of(await asking) == f"No {CANARY}"
        assert (card["prompt"], card["sealed"]["version"]) == ("", 2)

        reporting = asyncio.create_task(client.call_tool("notify_human_completion", {"summary": f"Done {CANARY}"}))
        await machine.answer("Go on")
        assert text_of(await reporting) == "Go on"
        assert text_of(await client.call_tool("notify_human", {"message": CANARY})) == "Notification sent."
    assert CANARY not in machine.wire()


@pytest.mark.proves("sealed.proxy")
@pytest.mark.parametrize(("said", "behavior"), [("Approve", "allow"), ("Deny", "deny")])
async def test_a_permission_is_decided_as_claude_code_reads_it(machine: Machine, said: str, behavior: str) -> None:
    arguments = {"command": f"rm {CANARY}"}
    async with proxied(machine) as client:
        asking = asyncio.create_task(
            client.call_tool("request_approval", {"tool_name": "Bash", "input": arguments, "tool_use_id": "t1"})
        )
        card = await machine.home.relay.open_request()
        assert machine.home.open(card).message["action"] == {"tool": "Bash", "arguments": arguments}
        await machine.home.answer(card, said)
        decision = json.loads(text_of(await asking))
    assert decision["behavior"] == behavior
    assert decision.get("updatedInput", arguments) == arguments
    assert CANARY not in machine.wire()


@pytest.mark.proves("sealed.proxy")
async def test_a_call_that_ends_early_is_waited_on_and_never_asked_twice(machine: Machine) -> None:
    question = {"prompt": "Deploy?", "choices": ["Yes", "No"]}
    async with proxied(machine) as client:
        said = text_of(await client.call_tool("request_human_input", {**question, "wait_seconds": 1}))
        assert "No answer yet" in said
        card = await machine.home.relay.open_request()
        again = asyncio.create_task(client.call_tool("request_human_input", question))
        named = said.split('request_id "')[1].split('"')[0]
        waiting = asyncio.create_task(client.call_tool("get_human_response", {"request_id": named}))
        await machine.home.answer(card, "Yes")
        assert {text_of(await again), text_of(await waiting)} == {"Yes"}
        gone = await client.call_tool("get_human_response", {"request_id": named})
        assert gone.is_error
    assert len([one for one in machine.asked if one.path.endswith("/request/e2ee")]) == 1


@pytest.mark.proves("sealed.proxy")
async def test_progress_is_told_while_a_human_thinks(machine: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[float] = []

    async def note(done: float, _total: float | None, _message: str | None) -> None:
        heard.append(done)

    async with proxied(machine) as client:
        call = client.call_tool("request_human_input", {"prompt": "Deploy?", "wait_seconds": 1}, progress_callback=note)
        assert "No answer yet" in text_of(await call)
    assert heard == [1.0]


@pytest.mark.proves("sealed.proxy")
async def test_a_proxy_that_comes_back_finds_its_question(machine: Machine) -> None:
    question = {"prompt": "Deploy?", "choices": ["Yes", "No"], "wait_seconds": 1}
    async with proxied(machine) as client:
        await client.call_tool("request_human_input", question)
    card = await machine.home.relay.open_request()
    async with proxied(machine) as client:
        asking = asyncio.create_task(client.call_tool("request_human_input", {**question, "wait_seconds": 60}))
        await awaited(machine.home.relay, card["id"])
        await machine.home.answer(card, "Yes")
        assert text_of(await asking) == "Yes"


@pytest.mark.proves("sealed.proxy")
async def test_nothing_leaves_when_it_cannot_be_sealed(machine: Machine) -> None:
    async with proxied(machine, HITL_E2EE_ROOT="A" * 43 + "=") as client:
        result = await client.call_tool("request_human_input", {"prompt": CANARY})
    assert result.is_error
    assert "Nobody decided" in text_of(result)
    assert machine.asked == []


async def test_a_proxy_without_a_credential_or_an_address_says_so(machine: Machine) -> None:
    shell = machine.shell
    code, out, err = await shell.run("proxy", machine.liar.url, HITL_API_KEY="")
    assert (code, out, "no credential" in err) == (6, "", True)
    code, out, err = await shell.run("proxy", "relay.example")
    assert (code, out, "not the address of a relay" in err) == (1, "", True)
