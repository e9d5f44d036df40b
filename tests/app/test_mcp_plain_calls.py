"""A plain call is answered as the SDK would have answered it: the same call with a member more goes through the SDK."""

import json
from typing import Any

import pytest

from tests.app.asking import respond
from tests.app.conftest import Relay
from tests.app.lane import comparable
from tests.app.mcp_calls import ACCEPT, HANDSHAKES, MCP, MODERN, MUTE, Asking, Json, modern, tool_call

APPROVE = tool_call("request_approval", {"tool_name": "Bash", "input": {"command": "ls"}})
NOBODY = "00000000-0000-7000-8000-000000000000"


async def said(relay: Relay, message: Json, version: str) -> tuple[int, Any]:
    headers = {"MCP-Protocol-Version": version}
    if version == MODERN:
        message, headers = modern(message)
    reply = await relay.agent.post(MCP, message, headers={**ACCEPT, **headers})
    return reply.status, json.loads(comparable(await reply.read()))


def roundabout(message: Json) -> Json:
    """Return the same call with a member that means nothing: only the SDK can tell."""
    return message | {"params": message["params"] | {"unheard_of": 1}}


async def settled(relay: Relay, message: Json, answer: str) -> str:
    """Ask and answer a question; return its id."""
    asking = await Asking.begin(relay, message)
    await respond(relay.owner, asking.card["id"], answer)
    await asking.result()
    found: str = asking.card["id"]
    return found


@pytest.mark.proves("mcp.plain_calls")
@pytest.mark.parametrize("version", [*HANDSHAKES, MODERN])
async def test_a_plain_call_is_answered_as_by_the_sdk(relay: Relay, version: str) -> None:
    answered, allowed = await settled(relay, MUTE, "Yes, söon"), await settled(relay, APPROVE, "Approve")
    for name, arguments in (
        ("notify_human", {"message": "Done."}),
        ("notify_human", {}),
        ("notify_human", {"message": 7}),
        ("request_human_input", {"prompt": "x", "choices": "y"}),
        ("get_human_response", {"request_id": answered}),
        ("get_human_response", {"request_id": allowed}),
        ("get_human_response", {"request_id": NOBODY}),
        ("get_human_response", {}),
    ):
        message = tool_call(name, arguments)
        assert await said(relay, message, version) == await said(relay, roundabout(message), version), arguments
