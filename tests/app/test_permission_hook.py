"""Claude Code's PermissionRequest hook."""

import asyncio
import datetime as dt
from typing import Any

import pytest

from relay.services.keys import EXPIRY, HEARTBEATS
from tests.app.asking import RawCall, abandoned, respond
from tests.app.conftest import Relay
from tests.app.mcp_calls import inbox
from tests.waiting import until

HOOK = "/api/v1/hooks/claude-code/permission"
RULE = {
    "type": "addRules",
    "rules": [{"toolName": "Bash", "ruleContent": "npm test:*"}],
    "behavior": "allow",
    "destination": "localSettings",
}
BODY = {
    "session_id": "s",
    "transcript_path": "t.jsonl",
    "cwd": "/srv/shop",
    "permission_mode": "default",
    "hook_event_name": "PermissionRequest",
    "tool_name": "Bash",
    "tool_input": {"command": "npm test"},
    "permission_suggestions": [RULE, {"type": "somethingNew"}],
}

pytestmark = pytest.mark.proves("mcp.permission_hook")


def decision(**more: Any) -> dict[str, Any]:
    return {"hookSpecificOutput": {"hookEventName": "PermissionRequest", "decision": more}}


@pytest.mark.parametrize(
    ("answer", "wanted"),
    [
        ("Approve", decision(behavior="allow")),
        ("Always allow Bash(npm test:*)", decision(behavior="allow", updatedPermissions=[RULE])),
        ("Deny", decision(behavior="deny", message="Ada denied this: not now")),
    ],
)
async def test_the_human_decides(relay: Relay, answer: str, wanted: dict[str, Any]) -> None:
    call = asyncio.create_task(relay.agent.post(HOOK, BODY))
    card = await relay.open_request()
    assert card["form"]["options"] == ["Approve", "Always allow Bash(npm test:*)", "Deny"]
    assert (card["kind"], card["action"]["arguments"]) == ("approval", {"command": "npm test"})
    assert card["context"] == "In `/srv/shop`"
    await respond(relay.owner, card["id"], answer, comment="not now")
    assert await (await call).json() == wanted


async def test_no_decision_leaves_it_to_the_keyboard(relay: Relay) -> None:
    call = asyncio.create_task(relay.agent.post(HOOK, BODY))
    await relay.open_request()
    relay.clock.forward(dt.timedelta(minutes=15))
    await relay.app[EXPIRY].expire()
    reply = await call
    assert (reply.status, await reply.json()) == (200, {})


async def test_a_hook_that_hung_up_takes_its_question_back(relay: Relay) -> None:
    phone = await relay.device()
    call = await RawCall.post(relay, HOOK, BODY)
    card = await relay.open_request()
    await until(lambda: len(relay.app[HEARTBEATS]) == 1)
    await call.hang_up()
    await abandoned(relay)
    gone = await phone.next("request.resolved")
    assert (gone["request_id"], gone["status"]) == (card["id"], "cancelled")
    assert await inbox(relay) == []


async def test_a_hook_that_runs_again_asks_again(relay: Relay) -> None:
    for answer in ("Approve", "Deny"):
        call = asyncio.create_task(relay.agent.post(HOOK, BODY))
        card = await relay.open_request()
        await respond(relay.owner, card["id"], answer)
        assert (await (await call).json())["hookSpecificOutput"]["decision"]["behavior"] == (
            "allow" if answer == "Approve" else "deny"
        )
