"""A wait over MCP: its stream, its slices, one question for one call, and who asks."""

import asyncio
import datetime as dt

import pytest

from tests.app.asking import put, respond
from tests.app.conftest import Relay
from tests.app.mcp_calls import (
    ASK,
    HANDSHAKES,
    MCP,
    MODERN,
    MUTE,
    RESUMABLE,
    Asking,
    answer_of,
    beat,
    events_of,
    request,
    send,
    tool_call,
    waiting,
)
from tests.waiting import until


@pytest.mark.proves("mcp.stream")
@pytest.mark.parametrize("version", [*HANDSHAKES, MODERN])
async def test_a_wait_is_a_stream_that_begins_before_the_answer(relay: Relay, version: str) -> None:
    asking = await Asking.begin(relay, ASK, version=version)
    assert (asking.reply.status, asking.reply.content_type) == (200, "text/event-stream")
    assert asking.reply.headers["X-Accel-Buffering"] == "no"
    await respond(relay.owner, asking.card["id"], "Yes")
    result = await asking.result()
    assert result["content"] == [{"type": "text", "text": "Yes"}]
    assert result["structuredContent"]["answer"] == "Yes"
    assert ("resultType" in result) == (version == MODERN)
    assert await events_of(asking.reply) == []
    primed = [event for event in asking.read if event.id]
    assert [event.data for event in primed] == ([""] if version == RESUMABLE else [])


@pytest.mark.proves("mcp.stream")
async def test_progress_comes_at_once_and_rises_with_every_beat(relay: Relay) -> None:
    asking = await Asking.begin(relay, ASK, version="2025-06-18")
    first = (await asking.next()).message
    assert (first["method"], first["params"]["progressToken"]) == ("notifications/progress", "p")
    assert first["params"]["total"] == 900
    assert "no device of theirs is connected" in first["params"]["message"]
    await relay.device()
    await beat(relay)
    second = (await asking.next()).message["params"]
    relay.clock.forward(dt.timedelta(minutes=3))
    await beat(relay)
    third = (await asking.next()).message["params"]
    assert first["params"]["progress"] < second["progress"] < third["progress"] == 180
    assert third["message"] == "Waiting for the human, 3 min"
    await respond(relay.owner, asking.card["id"], "Yes")
    await asking.result()


@pytest.mark.proves("mcp.stream")
async def test_a_client_that_wants_no_progress_gets_a_comment(relay: Relay) -> None:
    asking = await Asking.begin(relay, MUTE, version="2025-06-18")
    await beat(relay)
    assert (await asking.next()).comment == "waiting"
    await respond(relay.owner, asking.card["id"], "Yes")
    assert (await asking.result())["content"][0]["text"] == "Yes"
    assert [event.data for event in asking.read][:-1] == [""]


@pytest.mark.proves("mcp.stream")
async def test_a_quick_answer_is_an_ordinary_response(relay: Relay) -> None:
    asked = await put(relay.agent, "Deploy?")
    await respond(relay.owner, asked["request_id"], "Yes")
    reply = await send(relay.agent, tool_call("get_human_response", {"request_id": asked["request_id"]}))
    assert reply.content_type == "application/json"
    assert (await answer_of(reply))["result"]["content"][0]["text"] == "Yes"


async def test_two_questions_of_a_batch_are_answered_on_one_stream(relay: Relay) -> None:
    asked = [await put(relay.agent, prompt) for prompt in ("One?", "Two?")]
    batch = [tool_call("get_human_response", {"request_id": ask["request_id"]}, n) for n, ask in enumerate(asked)]
    call = asyncio.create_task(send(relay.agent, [*batch, request("ping", id="p")]))
    await until(lambda: waiting(relay) == 1)
    for ask, answer in zip(asked, ("1", "2"), strict=True):
        await respond(relay.owner, ask["request_id"], answer)
    said = [event.message for event in await events_of(await call)]
    assert [message["id"] for message in said] == [0, 1, "p"]
    assert [message["result"]["content"][0]["text"] for message in said[:2]] == ["1", "2"]


@pytest.mark.proves("mcp.slices")
@pytest.mark.parametrize("version", ["2025-06-18", RESUMABLE, MODERN])
async def test_a_wait_ends_pending_and_names_the_way_on(relay: Relay, version: str) -> None:
    asking = await Asking.begin(relay, MUTE, version=version, path=f"{MCP}?wait=1")
    result = await asking.result()
    assert (result["isError"], result["structuredContent"]["status"]) == (False, "pending")
    assert result["structuredContent"]["answer"] is None
    assert f'get_human_response with request_id "{asking.card["id"]}"' in result["content"][0]["text"]
    again = tool_call("get_human_response", {"request_id": asking.card["id"]})
    call = asyncio.create_task(send(relay.agent, again))
    await until(lambda: waiting(relay) == 1)
    await respond(relay.owner, asking.card["id"], "Yes")
    assert (await answer_of(await call))["result"]["content"][0]["text"] == "Yes"


@pytest.mark.proves("mcp.slices")
async def test_a_tool_call_may_say_how_long_it_waits(relay: Relay) -> None:
    asking = await Asking.begin(relay, tool_call("request_human_input", {"prompt": "x", "wait_seconds": 1}))
    assert (await asking.result())["structuredContent"]["status"] == "pending"


@pytest.mark.proves("mcp.one_question")
@pytest.mark.parametrize("meta", [{"claudecode/toolUseId": "toolu_1"}, {"callId": "call_1"}])
async def test_a_call_that_comes_again_gets_the_answer_that_was_lost_on_the_way(
    relay: Relay, meta: dict[str, str]
) -> None:
    message = tool_call("request_human_input", {"prompt": "Deploy?"}, **meta)
    asking = await Asking.begin(relay, message)
    await respond(relay.owner, asking.card["id"], "Yes")
    await asking.result()
    # Handed over as far as the relay knows; the client never saw it and repeats the call.
    again = await send(relay.agent, message, MCP_Protocol_Version=RESUMABLE)
    assert (await answer_of(again))["result"]["structuredContent"]["request_id"] == asking.card["id"]
    # The same question in another call is a new one.
    other = tool_call("request_human_input", {"prompt": "Deploy?"}, **dict.fromkeys(meta, "another"))
    fresh = await Asking.begin(relay, other)
    assert fresh.card["id"] != asking.card["id"]
    await respond(relay.owner, fresh.card["id"], "No")
    assert (await fresh.result())["content"][0]["text"] == "No"


@pytest.mark.proves("mcp.one_question")
async def test_another_call_with_an_open_question_joins_it(relay: Relay) -> None:
    calls = [
        asyncio.create_task(
            send(relay.agent, tool_call("request_human_input", {"prompt": "Deploy?"}, n, callId=f"c{n}"))
        )
        for n in range(3)
    ]
    card = await relay.open_request()
    await until(lambda: waiting(relay) == 3)
    await respond(relay.owner, card["id"], "Yes")
    said = [await answer_of(await call) for call in calls]
    assert [(reply["id"], reply["result"]["content"][0]["text"]) for reply in said] == [(n, "Yes") for n in range(3)]


@pytest.mark.proves("mcp.one_question")
async def test_a_key_of_the_callers_own_is_one_question_for_a_day(relay: Relay) -> None:
    message = tool_call("request_human_input", {"prompt": "Deploy?", "idempotency_key": "deploy-7"})
    asking = await Asking.begin(relay, message)
    await respond(relay.owner, asking.card["id"], "Yes")
    await asking.result()
    relay.clock.forward(dt.timedelta(hours=23))
    again = (await answer_of(await send(relay.agent, message)))["result"]
    assert again["content"][0]["text"] == "Yes"
    other = tool_call("request_human_input", {"prompt": "Another?", "idempotency_key": "deploy-7"})
    refused = (await answer_of(await send(relay.agent, other)))["result"]
    assert (refused["isError"], refused["content"][0]["text"]) == (
        True,
        "this idempotency key was used for another question",
    )


@pytest.mark.proves("mcp.names")
@pytest.mark.parametrize(
    ("path", "header", "argument", "shown"),
    [
        (MCP, "", "", "deploy-bot"),
        ("/mcp-server/mcp/frontend", "", "", "deploy-bot / frontend"),
        (MCP, "frontend", "", "deploy-bot / frontend"),
        ("/mcp-server/mcp/frontend", "other", "", "deploy-bot / frontend"),
        ("/mcp-server/mcp/frontend", "", "tests", "deploy-bot / tests"),
        (MCP, "Deploy-Bot", "", "deploy-bot"),
        ("/mcp-server/mcp/caf%C3%A9", "", "", "deploy-bot / café"),
    ],
)
async def test_a_caller_may_name_itself_beside_its_agents_name(
    relay: Relay, path: str, header: str, argument: str, shown: str
) -> None:
    message = tool_call("request_human_input", {"prompt": "x", "agent_name": argument, "wait_seconds": 1})
    named = {"X_MCP_Agent_Name": header} if header else {}
    call = asyncio.create_task(send(relay.agent, message, path=path, **named))
    card = await relay.open_request()
    assert card["agent"] == {"id": relay.agent.id, "name": shown}
    await call
