"""Either side of a wait over MCP may hang up: the agent is away, cancels, or comes back to where its stream broke."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import asyncpg
import pytest
from aiohttp.test_utils import TestClient

from hitl_relay.app import create_app
from hitl_relay.settings import Settings
from mcp_endpoint.keys import DOOR
from relay.kernel.settings import Secret
from tests.app.asking import respond
from tests.app.conftest import LaneTestServer, Party, Relay
from tests.app.mcp_calls import (
    ASK,
    MCP,
    MODERN,
    MUTE,
    RESUMABLE,
    Asking,
    answer_of,
    events_of,
    inbox,
    nobody_waits,
    send,
    tool_call,
    waiting,
)
from tests.fakes.clock import FakeClock
from tests.waiting import until

CANCELLED = -32800


@pytest.mark.proves("mcp.away")
@pytest.mark.parametrize("version", ["2025-06-18", MODERN])
async def test_an_agent_that_hung_up_is_away_and_its_answer_waits_for_it(relay: Relay, version: str) -> None:
    phone = await relay.device()
    asking = await Asking.begin(relay, MUTE, version=version)
    asking.reply.close()
    await nobody_waits(relay)
    assert (await phone.next("request.agent_away"))["request_id"] == asking.card["id"]
    assert [card["agent_away"] for card in await inbox(relay)] == [True]
    again = asyncio.create_task(send(relay.agent, MUTE))
    assert (await phone.next("request.agent_back"))["request_id"] == asking.card["id"]
    assert [card["agent_away"] for card in await inbox(relay)] == [False]
    await phone.answer(asking.card["id"], "Yes")
    assert (await answer_of(await again))["result"]["content"][0]["text"] == "Yes"


@pytest.mark.proves("mcp.away")
async def test_an_answer_to_an_agent_that_is_away_is_kept_for_it(relay: Relay) -> None:
    asking = await Asking.begin(relay, MUTE)
    asking.reply.close()
    await nobody_waits(relay)
    await respond(relay.owner, asking.card["id"], "Yes")
    found = tool_call("get_human_response", {"request_id": asking.card["id"]})
    assert (await answer_of(await send(relay.agent, found)))["result"]["content"][0]["text"] == "Yes"


@pytest.mark.proves("mcp.away")
async def test_an_agent_is_not_away_while_another_of_its_calls_waits(relay: Relay) -> None:
    phone = await relay.device()
    first = await Asking.begin(relay, MUTE)
    second = await Asking.begin(relay, MUTE)
    await until(lambda: waiting(relay) == 2)
    first.reply.close()

    async def one_left() -> bool:
        await relay.app[DOOR].beats.beat(0)
        return waiting(relay) == 1

    await until(one_left)
    await phone.send({"t": "ping"})
    await phone.next("pong")
    assert "request.agent_away" not in {frame.get("type") for frame in phone.frames}
    await phone.answer(first.card["id"], "Yes")
    assert (await second.result())["content"][0]["text"] == "Yes"


@pytest.mark.proves("mcp.cancel")
async def test_a_cancelled_wait_ends_and_the_question_stays_open(relay: Relay) -> None:
    session = {"Mcp_Session_Id": "codex-mcp-client.1", "MCP_Protocol_Version": RESUMABLE}
    call = asyncio.create_task(send(relay.agent, tool_call("request_human_input", {"prompt": "x"}, 7), **session))
    card = await relay.open_request()
    reply = await call
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": "7"}}
    # Another session's 7, and another credential's, are other calls.
    await send(relay.agent, note, Mcp_Session_Id="codex-mcp-client.2")
    stranger = (await relay.another_owner())[1]
    await send(stranger, note, **session)
    assert waiting(relay) == 1
    await send(relay.agent, note, **session)
    said = [event.message for event in await events_of(reply) if event.data]
    assert (said[-1]["id"], said[-1]["error"]["code"]) == (7, CANCELLED)
    assert [(card["id"], card["agent_away"]) for card in await inbox(relay)] == [(card["id"], True)]


@pytest.mark.proves("mcp.cancel")
async def test_a_wait_cancelled_while_its_question_is_saved_ends_with_the_saving(
    relay: Relay, database_url: Secret
) -> None:
    session = {"Mcp_Session_Id": "other.1", "MCP_Protocol_Version": RESUMABLE}
    blocker = await asyncpg.connect(database_url)
    async with blocker.transaction():
        await blocker.execute("LOCK TABLE request IN ACCESS EXCLUSIVE MODE")
        call = asyncio.create_task(send(relay.agent, tool_call("request_human_input", {"prompt": "x"}, 7), **session))

        async def saving() -> bool:
            return bool(await blocker.fetchval("SELECT count(*) FROM pg_locks WHERE NOT granted"))

        await until(saving)
        note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 7}}
        await send(relay.agent, note, **session)
    await blocker.close()
    assert (await answer_of(await call))["error"]["code"] == CANCELLED
    assert [card["agent_away"] for card in await inbox(relay)] == [True]


@pytest.mark.proves("mcp.cancel")
async def test_a_wait_that_was_resumed_can_be_cancelled(relay: Relay) -> None:
    asking = await Asking.begin(relay, ASK)
    place = await asking.next()
    asking.reply.close()
    await nobody_waits(relay)
    reply = await resumed(relay.agent, place.id)
    note = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 1}}
    await send(relay.agent, note, MCP_Protocol_Version=RESUMABLE)
    assert (await answer_of(reply))["error"]["code"] == CANCELLED


async def resumed(agent: Party, place: str) -> Any:
    headers = {
        **agent.headers,
        "Accept": "text/event-stream",
        "Last-Event-ID": place,
        "MCP-Protocol-Version": RESUMABLE,
    }
    return await agent.client.get(MCP, headers=headers)


@pytest.fixture
async def restarted(relay: Relay, database_url: Secret, clock: FakeClock) -> AsyncIterator[Any]:
    """Stop the relay as SIGTERM does and start another one on its database."""
    clients: list[Any] = []

    async def restart() -> Relay:
        await relay.client.server.close()
        client: Any = TestClient(LaneTestServer(create_app(Settings(), database_url, clock=clock, loops=False)))
        await client.start_server()
        clients.append(client)
        owner, agent = Party(client, relay.owner.token, relay.owner.id), Party(client, relay.agent.token)
        return Relay(client, client.app, clock, owner, agent, relay.account_id)

    yield restart
    for client in clients:
        await client.close()


@pytest.mark.proves("mcp.resume")
async def test_a_stream_goes_on_after_a_restart_with_the_same_question(relay: Relay, restarted: Any) -> None:
    asking = await Asking.begin(relay, ASK)
    place = await asking.next()
    assert (place.data, place.retry) == ("", "10000")
    stopping = asyncio.create_task(events_of(asking.reply))
    new = await restarted()
    # The stream of the old relay ends without a reply, which is what makes the client come back, after a longer pause.
    ending = await stopping
    assert [event for event in ending if event.data and "result" in event.message] == []
    assert ending[-1].retry == "20000"
    call = asyncio.create_task(resumed(new.agent, place.id))
    await until(lambda: waiting(new) == 1)
    await respond(new.owner, asking.card["id"], "Yes")
    said = await answer_of(await call)
    assert (said["id"], said["result"]["content"][0]["text"]) == (1, "Yes")
    assert said["result"]["structuredContent"]["request_id"] == asking.card["id"]
    assert len(await inbox(new)) == 0


@pytest.mark.proves("mcp.resume")
async def test_a_stream_resumed_names_a_new_place_and_goes_on_with_progress(relay: Relay) -> None:
    asking = await Asking.begin(relay, ASK)
    place = await asking.next()
    asking.reply.close()
    await nobody_waits(relay)
    reply = await resumed(relay.agent, place.id)
    again = Asking(reply, asking.card)
    fresh = await again.next()
    assert fresh.id
    assert fresh.id != place.id
    assert (await again.next()).message["params"]["progressToken"] == "p"
    await respond(relay.owner, asking.card["id"], "Yes")
    assert (await again.result())["content"][0]["text"] == "Yes"


@pytest.mark.proves("mcp.resume")
async def test_an_answer_that_came_meanwhile_is_there_at_once(relay: Relay) -> None:
    asking = await Asking.begin(relay, ASK)
    place = await asking.next()
    asking.reply.close()
    await nobody_waits(relay)
    await respond(relay.owner, asking.card["id"], "Yes")
    reply = await resumed(relay.agent, place.id)
    # SDKs take nothing but a stream here.
    assert reply.content_type == "text/event-stream"
    assert (await answer_of(reply))["result"]["content"][0]["text"] == "Yes"


@pytest.mark.proves("mcp.isolation")
async def test_nobody_resumes_what_another_asked(relay: Relay) -> None:
    asking = await Asking.begin(relay, ASK)
    place = await asking.next()
    stranger = (await relay.another_owner())[1]
    assert (await resumed(stranger, place.id)).status == 404
    assert (await resumed(relay.owner, place.id)).status == 403


@pytest.mark.proves("mcp.resume")
@pytest.mark.parametrize("version", ["2025-06-18", MODERN])
async def test_a_client_that_cannot_resume_is_told_that_the_question_is_pending(
    relay: Relay, restarted: Any, version: str
) -> None:
    asking = await Asking.begin(relay, MUTE, version=version)
    ending = asyncio.create_task(asking.result())
    new = await restarted()
    assert (await ending)["structuredContent"]["status"] == "pending"
    await respond(new.owner, asking.card["id"], "Yes")
    found = tool_call("get_human_response", {"request_id": asking.card["id"]})
    assert (await answer_of(await send(new.agent, found)))["result"]["content"][0]["text"] == "Yes"
