"""The tasks extension: a question that is a task, polled instead of waited for."""

import datetime as dt

import pytest

from relay.services.keys import EXPIRY
from tests.app.asking import respond
from tests.app.conftest import Relay
from tests.app.mcp_calls import ACCEPT, MCP, MUTE, TASKS, answer_of, inbox, modern, request, send_modern


@pytest.mark.proves("mcp.tasks")
async def test_a_client_with_tasks_gets_one_and_asks_for_it(relay: Relay) -> None:
    tasks = {"capabilities": {"extensions": {TASKS: {}}}}
    made = (await answer_of(await send_modern(relay.agent, MUTE, **tasks)))["result"]
    assert (made["resultType"], made["status"], made["ttlMs"]) == ("task", "working", 900_000)
    get = request("tasks/get", {"taskId": made["taskId"]})
    assert (await answer_of(await send_modern(relay.agent, get, **tasks)))["result"]["status"] == "working"
    await respond(relay.owner, made["taskId"], "Yes")
    done = (await answer_of(await send_modern(relay.agent, get, **tasks)))["result"]
    assert (done["status"], done["result"]["content"][0]["text"]) == ("completed", "Yes")
    refused = await send_modern(relay.agent, get)
    assert (refused.status, (await refused.json())["error"]["code"]) == (400, -32021)


@pytest.mark.proves("mcp.tasks")
async def test_a_task_that_is_cancelled_takes_its_question_back(relay: Relay) -> None:
    tasks = {"capabilities": {"extensions": {TASKS: {}}}}
    made = (await answer_of(await send_modern(relay.agent, MUTE, **tasks)))["result"]
    named = {"taskId": made["taskId"]}
    for method in ("tasks/update", "tasks/cancel", "tasks/cancel"):
        params = named | ({"inputResponses": {}} if method == "tasks/update" else {})
        assert "result" in await answer_of(await send_modern(relay.agent, request(method, params), **tasks))
    assert await inbox(relay) == []
    gone = (await answer_of(await send_modern(relay.agent, request("tasks/get", named), **tasks)))["result"]
    assert (gone["status"], "result" in gone) == ("cancelled", False)


@pytest.mark.proves("mcp.tasks")
async def test_a_task_is_its_agents_only_and_ends_with_the_ceiling(relay: Relay) -> None:
    tasks = {"capabilities": {"extensions": {TASKS: {}}}}
    made = (await answer_of(await send_modern(relay.agent, MUTE, **tasks)))["result"]
    stranger = (await relay.another_owner())[1]
    for who, name in ((stranger, made["taskId"]), (relay.agent, "nonsense")):
        reply = await send_modern(who, request("tasks/get", {"taskId": name}), **tasks)
        assert (await reply.json())["error"]["message"] == "Unknown taskId"
    relay.clock.forward(dt.timedelta(minutes=15))
    await relay.app[EXPIRY].expire()
    get = request("tasks/get", {"taskId": made["taskId"]})
    ended = (await answer_of(await send_modern(relay.agent, get, **tasks)))["result"]
    assert (ended["status"], ended["result"]["isError"]) == ("completed", True)
    mismatch, headers = request("tasks/get", {"taskId": "x"}), {"Mcp-Name": "y"}
    body, right = modern(mismatch, capabilities=tasks["capabilities"])
    reply = await relay.agent.post(MCP, body, headers={**ACCEPT, **right, **headers})
    assert (reply.status, (await reply.json())["error"]["code"]) == (400, -32020)
