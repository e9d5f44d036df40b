"""The tools, called by the official client in every era of the protocol."""

import asyncio
import datetime as dt
import json
from typing import Any

import pytest
from mcp.client import Client

from relay.services.keys import EXPIRY
from tests.app.asking import put, respond
from tests.app.conftest import MakeRelay, Relay
from tests.app.mcp_calls import HANDSHAKES, MODERN, answer_of, sdk, send, text_of, tool_call

ERAS = ["legacy", MODERN]

pytestmark = pytest.mark.usefixtures("relay")


async def ask(relay: Relay, client: Client, tool: str = "request_human_input", **arguments: Any) -> tuple[Any, Any]:
    """Call a tool that waits; return its task and the card it puts before the human."""
    call = asyncio.create_task(client.call_tool(tool, arguments))
    return call, await relay.open_request()


@pytest.mark.proves("mcp.tools")
@pytest.mark.parametrize("mode", ERAS)
async def test_the_answer_is_the_text_and_its_facts_are_the_structured_content(relay: Relay, mode: str) -> None:
    async with sdk(relay, mode=mode) as client:
        call, card = await ask(relay, client, prompt="Deploy?", choices=["Yes", "No"])
        assert (card["prompt"], card["form"]["options"], card["agent"]["name"]) == (
            "Deploy?",
            ["Yes", "No"],
            "deploy-bot",
        )
        await respond(relay.owner, card["id"], "Yes", comment="go")
        result = await call
    assert [block.text for block in result.content] == ["Yes", "Comment: go"]
    facts = result.structured_content
    assert (facts["status"], facts["answer"], facts["comment"], facts["answered_by"]) == (
        "answered",
        "Yes",
        "go",
        "Ada",
    )
    assert facts["request_id"] == card["id"]
    assert not result.is_error


@pytest.mark.proves("mcp.tools")
async def test_what_the_published_client_sends_for_nothing_means_nothing(relay: Relay) -> None:
    async with sdk(relay) as client:
        call, card = await ask(
            relay, client, prompt="Which branch?", choices=None, placeholder_text="", agent_name=None
        )
        assert card["form"]["type"] == "text"
        await respond(relay.owner, card["id"], "main")
        assert text_of(await call) == "main"


async def test_several_choices_come_back_as_a_list(relay: Relay) -> None:
    async with sdk(relay) as client:
        call, card = await ask(relay, client, prompt="Which?", choices=["a", "b", "c"], multiple=True)
        await respond(relay.owner, card["id"], ["c", "a"])
        result = await call
    assert json.loads(text_of(result)) == ["a", "c"] == result.structured_content["answer"]


@pytest.mark.proves("mcp.tools")
@pytest.mark.parametrize("mode", ERAS)
async def test_a_notification_returns_at_once_and_says_whether_a_device_is_there(relay: Relay, mode: str) -> None:
    phone = await relay.device()
    async with sdk(relay, mode=mode) as client:
        result = await client.call_tool("notify_human", {"message": "Deploying.", "agent_name": "ci"})
    assert text_of(result) == "Notification sent."
    assert result.structured_content["delivery"] == "live"
    told = (await phone.next("notification"))["request"]
    assert (told["prompt"], told["agent"]["name"]) == ("Deploying.", "deploy-bot / ci")


@pytest.mark.proves("mcp.tools")
async def test_a_completion_returns_what_the_human_wants_next(relay: Relay) -> None:
    async with sdk(relay) as client:
        call, card = await ask(relay, client, "notify_human_completion", summary="All tests pass.")
        assert (card["kind"], card["prompt"]) == ("completion", "All tests pass.")
        await respond(relay.owner, card["id"], "Now the docs.")
        assert text_of(await call) == "Now the docs."


@pytest.mark.proves("mcp.approval")
@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("Approve", {"behavior": "allow", "updatedInput": {"command": "rm -r build"}}),
        ("Deny", {"behavior": "deny", "message": "Ada denied this: not today"}),
    ],
)
async def test_an_approval_answers_as_claude_code_reads_it(relay: Relay, answer: str, wanted: dict[str, Any]) -> None:
    arguments = {"tool_name": "Bash", "input": {"command": "rm -r build"}, "tool_use_id": "toolu_1"}
    async with sdk(relay) as client:
        call, card = await ask(relay, client, "request_approval", **arguments)
        assert (card["kind"], card["action"]) == ("approval", {"tool": "Bash", "arguments": {"command": "rm -r build"}})
        await respond(relay.owner, card["id"], answer, comment="not today")
        result = await call
    assert len(result.content) == 1
    assert json.loads(text_of(result)) == wanted


@pytest.mark.proves("mcp.approval")
async def test_an_approval_nobody_gives_is_a_denial_and_says_that_nobody_decided(relay: Relay) -> None:
    async with sdk(relay) as client:
        call, _ = await ask(relay, client, "request_approval", tool_name="Bash", input={})
        relay.clock.forward(dt.timedelta(minutes=15))
        await relay.app[EXPIRY].expire()
        result = await call
    decision = json.loads(text_of(result))
    assert decision["behavior"] == "deny"
    assert "nobody decided" in decision["message"]
    assert result.structured_content["status"] == "expired"


@pytest.mark.proves("mcp.no_invention")
@pytest.mark.parametrize("mode", ERAS)
async def test_no_answer_is_an_error_in_a_plain_sentence(relay: Relay, mode: str) -> None:
    async with sdk(relay, mode=mode) as client:
        call, _ = await ask(relay, client, prompt="Deploy?")
        relay.clock.forward(dt.timedelta(minutes=15))
        await relay.app[EXPIRY].expire()
        result = await call
    assert result.is_error
    assert "Nobody answered" in text_of(result)
    assert (result.structured_content["status"], result.structured_content["answer"]) == ("expired", None)


@pytest.mark.proves("mcp.no_invention")
async def test_a_default_is_returned_as_what_it_is(relay: Relay) -> None:
    async with sdk(relay) as client:
        call, _ = await ask(relay, client, prompt="Deploy?", choices=["Yes", "No"], default_response="No")
        relay.clock.forward(dt.timedelta(minutes=15))
        await relay.app[EXPIRY].expire()
        result = await call
    assert (text_of(result), result.structured_content["default_applied"]) == ("No", True)
    assert "not a human's answer" in result.content[1].text


@pytest.mark.proves("mcp.get_response")
async def test_a_question_asked_elsewhere_is_waited_for_by_its_id(relay: Relay) -> None:
    asked = await put(relay.agent, "Deploy?")
    async with sdk(relay) as client:
        call = asyncio.create_task(client.call_tool("get_human_response", {"request_id": asked["request_id"]}))
        await respond(relay.owner, asked["request_id"], "Yes")
        assert text_of(await call) == "Yes"


@pytest.mark.proves("mcp.get_response")
async def test_an_agent_that_lost_track_is_shown_what_is_open_and_what_it_has_not_collected(relay: Relay) -> None:
    pending, answered = await put(relay.agent, "Deploy?"), await put(relay.agent, "Which branch?")
    await respond(relay.owner, answered["request_id"], "main")
    async with sdk(relay) as client:
        result = await client.call_tool("get_human_response", {})
        assert {entry["request_id"]: entry["status"] for entry in result.structured_content["requests"]} == {
            pending["request_id"]: "pending",
            answered["request_id"]: "answered",
        }
        assert "main" not in text_of(result)
        collected = await client.call_tool("get_human_response", {"request_id": answered["request_id"]})
        assert text_of(collected) == "main"
        left = (await client.call_tool("get_human_response", {})).structured_content["requests"]
    assert [entry["request_id"] for entry in left] == [pending["request_id"]]


@pytest.mark.proves("mcp.isolation")
async def test_another_agents_question_does_not_exist(relay: Relay, make_relay: MakeRelay) -> None:
    _, stranger = await relay.another_owner()
    theirs = await put(stranger, "Theirs?")
    other = await (await relay.owner.post("/api/v1/api-keys", {"agent_name": "other"})).json()
    relay.client.session.cookie_jar.clear()
    asked = await relay.client.post(
        "/api/v1/hitl/request",
        json={"prompt": "Ours?", "wait": 0},
        headers={"Authorization": f"Bearer {other['api_key']}"},
    )
    siblings = (await asked.json())["request_id"]
    async with sdk(relay) as client:
        for foreign in (theirs["request_id"], siblings, "00000000-0000-7000-8000-000000000000"):
            result = await client.call_tool("get_human_response", {"request_id": foreign})
            assert result.is_error
            assert text_of(result) == "there is no such request, or it is not yours"
        assert (await client.call_tool("get_human_response", {})).structured_content == {"requests": []}


@pytest.mark.proves("mcp.wrong_arguments")
@pytest.mark.parametrize(
    ("tool", "arguments", "field"),
    [
        ("request_human_input", {}, "prompt"),
        ("request_human_input", {"prompt": " "}, "prompt"),
        ("request_human_input", {"prompt": 7}, "prompt"),
        ("request_human_input", {"prompt": "x" * 100_001}, "prompt"),
        ("request_human_input", {"prompt": "x", "choices": "Yes"}, "choices"),
        ("request_human_input", {"prompt": "x", "choices": ["Yes", "Yes"]}, "choices"),
        ("request_human_input", {"prompt": "x", "choices": ["x" * 501]}, "choices.0"),
        ("request_human_input", {"prompt": "x", "multiple": True}, "multiple"),
        ("request_human_input", {"prompt": "x", "choices": ["a"], "default_response": "b"}, "default_response"),
        ("request_human_input", {"prompt": "x", "wait_seconds": -1}, "wait_seconds"),
        ("request_human_input", {"prompt": "x", "agent_name": "a\nb"}, "agent_name"),
        ("notify_human", {"message": ""}, "message"),
        ("notify_human_completion", {"summary": None}, "summary"),
        ("get_human_response", {"request_id": "nonsense"}, "request_id"),
        ("request_approval", {"tool_name": "", "input": {}}, "tool_name"),
        ("request_approval", {"tool_name": "Bash", "input": []}, "input"),
    ],
)
async def test_wrong_arguments_are_a_result_the_model_can_read(
    relay: Relay, tool: str, arguments: dict[str, Any], field: str
) -> None:
    body = await answer_of(await send(relay.agent, tool_call(tool, arguments), MCP_Protocol_Version="2025-06-18"))
    result = body["result"]
    assert result["isError"]
    assert result["content"][0]["text"].startswith(f"{field}: ")
    assert "x" * 100 not in result["content"][0]["text"]
    assert (await (await relay.owner.get("/api/v1/mobile/inbox")).json())["requests"] == []


@pytest.mark.proves("mcp.tools")
@pytest.mark.parametrize("version", HANDSHAKES)
async def test_every_revision_lists_the_same_tools(relay: Relay, version: str) -> None:
    async with sdk(relay, mode="legacy") as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
    reply = await send(relay.agent, {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}, MCP_Protocol_Version=version)
    listed = (await answer_of(reply))["result"]["tools"]
    assert {tool["name"] for tool in listed} == names
    assert all(tool["inputSchema"]["type"] == "object" for tool in listed)


async def test_the_prompt_tells_the_agent_to_talk_through_the_relay_only(relay: Relay) -> None:
    async with sdk(relay) as client:
        assert [prompt.name for prompt in (await client.list_prompts()).prompts] == ["hitl_coms_only"]
        text = (await client.get_prompt("hitl_coms_only")).messages[0].content.text
    for tool in ("request_human_input", "notify_human", "notify_human_completion", "get_human_response"):
        assert f"`{tool}`" in text
