"""The sealed twins of the MCP tools: ciphertext in, the encrypted answer as the text of the result."""

from typing import Any
from uuid import uuid4

import pytest

from tests.app.conftest import Relay
from tests.app.mcp_calls import Asking, answer_of, send, tool_call
from tests.app.sealing import a_box, an_envelope

ASK = "request_human_input_e2ee"
VERSION = "2025-06-18"


async def answer(relay: Relay, card: dict[str, Any], sealed: str) -> None:
    path = f"/api/v1/mobile/requests/{card['id']}/answer"
    reply = await relay.owner.post(path, {"answer_id": str(uuid4()), "sealed": sealed})
    assert reply.status == 200, await reply.text()


@pytest.mark.proves("mcp.sealed")
@pytest.mark.parametrize(
    ("tool", "more", "kind"),
    [
        (ASK, {}, "input"),
        (ASK, {"kind": "approval"}, "approval"),
        ("notify_human_completion_e2ee", {}, "completion"),
    ],
)
async def test_the_text_of_the_result_is_the_encrypted_answer(
    relay: Relay, tool: str, more: dict[str, Any], kind: str
) -> None:
    asking = await Asking.begin(relay, tool_call(tool, {"encrypted_payload": an_envelope(1), **more}))
    card = asking.card
    assert (card["kind"], card["sealed"]["payload"], card["sealed"]["reply"]) == (kind, an_envelope(1), "text")
    await answer(relay, card, an_envelope(2))
    result = await asking.result()
    facts = result["structuredContent"]
    assert [block["text"] for block in result["content"]] == [an_envelope(2)]
    assert (facts["status"], facts["encrypted_response"], facts["answer"]) == ("answered", an_envelope(2), None)
    assert (facts["receipt"], facts["reattached"], result["isError"]) == (None, False, False)


@pytest.mark.proves("mcp.sealed")
async def test_a_sealed_notification_is_sent(relay: Relay) -> None:
    phone = await relay.device()
    body = await answer_of(await send(relay.agent, tool_call("notify_human_e2ee", {"encrypted_payload": a_box(1)})))
    assert body["result"]["structuredContent"]["status"] == "sent"
    card = (await phone.next("notification"))["request"]
    assert (card["sealed"]["payload"], card["prompt"]) == (a_box(1), "")


@pytest.mark.proves("mcp.sealed")
async def test_the_same_question_sealed_anew_says_that_it_joined_the_open_one(relay: Relay) -> None:
    first = await Asking.begin(relay, tool_call(ASK, {"encrypted_payload": a_box(1), "dedupe_key": "x"}))
    again = await Asking.begin(relay, tool_call(ASK, {"encrypted_payload": a_box(2), "dedupe_key": "x"}))
    assert again.card["id"] == first.card["id"]
    await answer(relay, first.card, a_box(3))
    results = [await first.result(), await again.result()]
    assert [result["structuredContent"]["reattached"] for result in results] == [False, True]


async def test_what_is_not_sealed_is_refused_in_words_that_do_not_repeat_it(relay: Relay) -> None:
    call = tool_call(ASK, {"encrypted_payload": "Deploy to production?"})
    result = (await answer_of(await send(relay.agent, call)))["result"]
    assert result["isError"]
    assert result["content"][0]["text"].startswith("encrypted_payload: ")
    assert "Deploy" not in result["content"][0]["text"]


async def test_a_list_of_what_is_open_has_no_words_of_a_sealed_question(relay: Relay) -> None:
    await relay.agent.post("/api/v1/hitl/request/e2ee", {"encrypted_payload": a_box(1), "wait": 0})
    result = (await answer_of(await send(relay.agent, tool_call("get_human_response", {}))))["result"]
    assert [entry["prompt"] for entry in result["structuredContent"]["requests"]] == ["(sealed)"]
    assert a_box(1) not in result["content"][0]["text"]


async def test_a_sealed_question_that_nobody_answers_is_pending_and_can_be_waited_for(relay: Relay) -> None:
    arguments = {"encrypted_payload": a_box(1), "wait_seconds": 1}
    asking = await Asking.begin(relay, tool_call(ASK, arguments))
    facts = (await asking.result())["structuredContent"]
    assert (facts["status"], facts["encrypted_response"]) == ("pending", None)
    again = tool_call("get_human_response", {"request_id": facts["request_id"]})
    later = await Asking.begin(relay, again)
    await answer(relay, asking.card, a_box(2))
    assert (await later.result())["structuredContent"]["encrypted_response"] == a_box(2)
