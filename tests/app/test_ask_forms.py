"""Every kind of question and every form of answer, through the door for programs and back."""

import datetime as dt
from typing import Any

import pytest

from relay.services.keys import EXPIRY
from tests.app.asking import ASK, put, respond, shown
from tests.app.conftest import Relay
from tests.app.walk import stored

TEXT = {"type": "text", "min_length": 0, "max_length": 10_000, "placeholder": ""}

ROUND_TRIPS: dict[str, tuple[dict[str, Any], dict[str, Any], Any, Any]] = {
    "free text": ({}, TEXT, "Not today", "Not today"),
    "free text, empty": ({}, TEXT, "", ""),
    "nothing spelt as the published client does": ({"choices": [], "placeholder_text": ""}, TEXT, "Yes", "Yes"),
    "text with a hint": ({"placeholder_text": "a date"}, TEXT | {"placeholder": "a date"}, "May", "May"),
    "bounded text": (
        {"text": {"min_length": 2, "max_length": 3}, "placeholder_text": "id"},
        TEXT | {"min_length": 2, "max_length": 3, "placeholder": "id"},
        "äöü",
        "äöü",
    ),
    "one choice": ({"choices": ["A", "B"]}, {"type": "choice", "options": ["A", "B"], "multiple": False}, "B", "B"),
    "several choices come back as offered": (
        {"choices": ["A", "B", "C"], "multiple": True},
        {"type": "choice", "options": ["A", "B", "C"], "multiple": True},
        ["C", "A"],
        ["A", "C"],
    ),
    "yes or no": ({"boolean": True}, {"type": "boolean"}, False, False),
    "a number": ({"number": {}}, {"type": "number", "minimum": None, "maximum": None, "integer": False}, 1.5, 1.5),
    "a whole number in bounds": (
        {"number": {"minimum": 1, "maximum": 3, "integer": True}},
        {"type": "number", "minimum": 1.0, "maximum": 3.0, "integer": True},
        3.0,
        3,
    ),
    "stars": ({"rating": {}}, {"type": "rating", "minimum": 1, "maximum": 5}, 5, 5),
    "stars from nought": (
        {"rating": {"minimum": 0, "maximum": 10}},
        {"type": "rating", "minimum": 0, "maximum": 10},
        0,
        0,
    ),
    "an approval": (
        {"kind": "approval"},
        {"type": "choice", "options": ["Approve", "Deny"], "multiple": False},
        "Deny",
        "Deny",
    ),
    "an approval with choices of its own": (
        {"kind": "approval", "choices": ["Go", "Stop"]},
        {"type": "choice", "options": ["Go", "Stop"], "multiple": False},
        "Go",
        "Go",
    ),
}


async def test_every_form_reaches_the_human_and_its_answer_comes_back(relay: Relay) -> None:
    for name, (fields, form, answer, response) in ROUND_TRIPS.items():
        asked = await put(relay.agent, f"{name}?", **fields)
        card = await relay.open_request()
        assert (card["form"], card["prompt"], card["kind"]) == (form, f"{name}?", fields.get("kind", "input")), name
        assert (await respond(relay.owner, asked["request_id"], answer, comment="so"))["response"] == response
        told = await shown(relay.agent, asked["request_id"])
        assert (told["status"], told["response"], told["comment"]) == ("answered", response, "so"), name
        assert type(told["response"]) is type(response), name


async def test_a_card_shows_all_that_was_asked(relay: Relay) -> None:
    action = {"tool": "deploy", "arguments": {"service": "api", "replicas": 3, "nested": {"a": [None, True, 1.5]}}}
    asked = await put(
        relay.agent,
        kind="approval",
        action=action,
        danger=True,
        context="# Why\n*now*",
        priority="urgent",
        default_response="Deny",
        timeout_seconds=60,
    )
    card = await relay.open_request()
    assert card == {
        "id": asked["request_id"],
        "org_id": (await (await relay.owner.get("/api/v1/orgs")).json())[0]["id"],
        "kind": "approval",
        "prompt": "Deploy to production?",
        "context": "# Why\n*now*",
        "form": {"type": "choice", "options": ["Approve", "Deny"], "multiple": False},
        "danger": True,
        "action": action,
        "priority": "urgent",
        "agent": {"id": relay.agent.id, "name": "deploy-bot"},
        "created_at": "2026-03-04T12:00:00.000Z",
        "expires_at": "2026-03-04T12:01:00.000Z",
        "status": "pending",
        "default": "Deny",
        "claim": None,
        "answer": None,
        "settled_at": None,
        "agent_away": False,
        "sealed": None,
    }


async def test_a_question_that_contradicts_itself_is_refused(relay: Relay) -> None:
    wrong: dict[str, tuple[dict[str, Any], str]] = {
        "choices and a rating": ({"choices": ["A"], "rating": {}}, "/choices"),
        "choices and yes or no": ({"choices": ["A"], "boolean": True}, "/choices"),
        "yes or no and a number": ({"boolean": True, "number": {}}, "/boolean"),
        "a number and stars": ({"number": {}, "rating": {}}, "/number"),
        "stars and text": ({"rating": {}, "text": {}}, "/rating"),
        "several of no choices": ({"multiple": True}, "/multiple"),
        "several of an empty list": ({"multiple": True, "choices": []}, "/multiple"),
        "the same choice twice": ({"choices": ["A", "A"]}, "/choices"),
        "a blank choice": ({"choices": ["A", " "]}, "/choices/1"),
        "bounds upside down": ({"number": {"minimum": 2, "maximum": 1}}, "/number"),
        "stars upside down": ({"rating": {"minimum": 5, "maximum": 5}}, "/rating"),
        "too many stars": ({"rating": {"maximum": 11}}, "/rating"),
        "text upside down": ({"text": {"min_length": 3, "max_length": 2}}, "/text"),
        "text beyond the limit": ({"text": {"max_length": 10_001}}, "/text"),
        "a default that is no choice": ({"choices": ["A"], "default_response": "B"}, "/default_response"),
        "a default out of bounds": ({"number": {"maximum": 1}, "default_response": 2}, "/default_response"),
        "a default of another type": ({"boolean": True, "default_response": "yes"}, "/default_response"),
        "a number for a text": ({"default_response": 7}, "/default_response"),
        "no time at all": ({"timeout_seconds": 0}, "/timeout_seconds"),
        "less than no time": ({"timeout_seconds": -1}, "/timeout_seconds"),
        "a blank prompt": ({"prompt": " \n\t "}, "/prompt"),
    }
    before = await stored(relay.app)
    for name, (fields, pointer) in wrong.items():
        reply = await relay.agent.post(ASK, {"prompt": "?", "wait": 0, **fields})
        refusal = await reply.json(content_type=None)
        assert (reply.status, refusal["code"], refusal.get("pointer")) == (400, "invalid_input", pointer), name
    assert await stored(relay.app) == before


@pytest.mark.proves("ask.clamped")
async def test_more_than_fifteen_minutes_is_cut_to_fifteen_and_the_reply_says_so(relay: Relay) -> None:
    for wish, ends, cut in (
        (5000, "12:15:00", True),
        (901, "12:15:00", True),
        (10**9, "12:15:00", True),
        (900, "12:15:00", False),
        (1, "12:00:01", False),
        (None, "12:15:00", False),
    ):
        asked = await put(relay.agent, f"{wish}?", timeout_seconds=wish)
        assert (asked["expires_at"], asked["ceiling_applied"]) == (f"2026-03-04T{ends}.000Z", cut), wish


@pytest.mark.proves("ask.default")
async def test_a_default_is_returned_as_expired_and_flagged_as_nobodys(relay: Relay) -> None:
    asked = await put(relay.agent, choices=["Go", "Stop"], default_response="Stop", timeout_seconds=5)
    assert (asked["response"], asked["default_applied"]) == (None, False)
    relay.clock.forward(dt.timedelta(seconds=5))
    assert await relay.app[EXPIRY].expire() == 1
    told = await shown(relay.agent, asked["request_id"])
    assert (told["status"], told["response"], told["default_applied"]) == ("expired", "Stop", True)
    assert (told["answered_by"], told["answered_at"]) == (None, None)


async def test_a_default_is_not_applied_where_somebody_answered_or_took_it_back(relay: Relay) -> None:
    answered = await put(relay.agent, "a?", choices=["Go", "Stop"], default_response="Stop")
    cancelled = await put(relay.agent, "b?", choices=["Go", "Stop"], default_response="Stop")
    await respond(relay.owner, answered["request_id"], "Go")
    await relay.agent.delete(f"/api/v1/requests/{cancelled['request_id']}")
    told = [await shown(relay.agent, asked["request_id"]) for asked in (answered, cancelled)]
    assert [(t["response"], t["default_applied"]) for t in told] == [("Go", False), (None, False)]
