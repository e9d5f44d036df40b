"""A sealed question says what the relay would have shown of the same body."""

import json
from typing import Any

import pytest

from hitl_cli.errors import CannotSeal
from hitl_cli.sealed.canon import canon
from hitl_cli.sealing.message import fits, form_of, message_of, open_parts
from relay.domain.errors import InvalidInput
from relay.domain.form import form_from_json
from rest_api.hitl.wire import AskBody, CompleteBody, NotifyBody

ACTION = {"tool": "pay", "arguments": {"id": 9007199254740993, "amount": 12.5}}
ASKS: list[dict[str, Any]] = [
    {"prompt": "Go?"},
    {"prompt": "Go?", "placeholder_text": "why", "context": "*because*", "danger": True},
    {"prompt": "Go?", "choices": ["Yes", "No"], "placeholder_text": "ignored"},
    {"prompt": "Go?", "choices": ["a", "b"], "multiple": True},
    {"prompt": "Go?", "boolean": True},
    {"prompt": "Go?", "number": {}},
    {"prompt": "Go?", "number": {"minimum": 1, "maximum": 9.5, "integer": True}},
    {"prompt": "Go?", "rating": {}},
    {"prompt": "Go?", "rating": {"minimum": 0, "maximum": 3}},
    {"prompt": "Go?", "text": {"min_length": 2}, "placeholder_text": "two"},
    {"prompt": "Go?", "kind": "approval", "action": ACTION},
    {"prompt": "Go?", "kind": "approval", "choices": ["Now", "Later"], "action": {"tool": "x"}},
    {"prompt": "Go?", "kind": "approval", "boolean": True},
]


def shown(model: Any, body: dict[str, Any]) -> dict[str, Any]:
    """What a device is shown of a plain call."""
    question = model.model_validate_json(json.dumps(body)).question("deploy-bot", None)
    content = question.content
    action = {"tool": content.action.tool, "arguments": content.action.arguments} if content.action else None
    return {
        "kind": question.kind.value,
        "prompt": content.prompt,
        "context": content.context,
        "form": content.form.to_json() if content.form else None,
        "danger": content.danger,
        "action": action,
    }


@pytest.mark.parametrize("body", ASKS, ids=str)
def test_a_question_is_the_same_sealed_and_plain(body: dict[str, Any]) -> None:
    assert canon(message_of(body.get("kind", "input"), body)) == canon(shown(AskBody, body))


def test_a_report_and_a_note_are_the_same_sealed_and_plain() -> None:
    report = {"summary": "Done", "placeholder_text": "next?"}
    assert message_of("completion", report) == shown(CompleteBody, report)
    note = {"message": "Backup done", "context": "at night"}
    assert message_of("notification", note) == shown(NotifyBody, note)


def test_the_relay_is_told_nothing_but_how_long_and_how_urgent() -> None:
    body = {**ASKS[10], "timeout_seconds": 60, "priority": "high", "default_response": "Deny", "idempotency_key": "k"}
    assert open_parts(body) == {"timeout_seconds": 60, "priority": "high"}


@pytest.mark.parametrize(
    "body", [{"choices": ["a"], "boolean": True}, {"number": {}, "rating": {}}, {"multiple": True}]
)
def test_what_the_relay_would_refuse_is_not_sealed(body: dict[str, Any]) -> None:
    with pytest.raises(CannotSeal):
        form_of("input", body)


VALUES = ["a", "b", "c", "", ["a"], ["a", "b"], ["a", "c"], [], 1, 0, 5, 6, 2.5, -1, True, False, None, {}, 10**400]


@pytest.mark.parametrize("body", ASKS, ids=str)
@pytest.mark.parametrize("value", VALUES, ids=lambda value: str(value)[:20])
def test_an_answer_fits_when_the_relay_would_take_it(body: dict[str, Any], value: Any) -> None:
    form = form_of(body.get("kind", "input"), body)
    try:
        form_from_json(form).check(value)
        taken = True
    except InvalidInput:
        # how long a text is, devices count each their own way
        taken = form["type"] == "text" and isinstance(value, str)
    assert fits(form, value) == taken
