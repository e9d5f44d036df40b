"""What may stand for a sealed request and its answer; what is in them nobody here can say."""

import base64
import json
from typing import Any

import pytest

from relay.domain.errors import InvalidInput
from relay.domain.request import Kind, State
from relay.domain.sealed import MAX_RECIPIENTS, MAX_SEALED, Reply, Sealed, check
from tests.builders import BOX, a_notification, a_request, a_sealed, an_answer

KEY = base64.b64encode(bytes(32)).decode()


def an_envelope(**over: Any) -> str:
    return json.dumps({"v": 2, "h": "QUJD", "c": BOX, "w": {KEY: BOX}} | over)


def test_a_box_is_version_1_and_an_envelope_is_version_2() -> None:
    assert (check(BOX, "/sealed"), check(an_envelope(), "/sealed")) == (1, 2)


@pytest.mark.proves("sealed.form_only")
@pytest.mark.parametrize(
    "text",
    [
        "",
        "Deploy to production?",
        BOX + "\n",
        BOX[:40],
        BOX.replace("A", "-"),
        '{"prompt": "Deploy to production?", "choices": []}',
        "{",
        "{" * 5_000,
        "[]",
        an_envelope(v=1),
        an_envelope(prompt="Deploy?"),
        an_envelope(h="Deploy?"),
        an_envelope(h=7),
        an_envelope(c=""),
        an_envelope(w={}),
        an_envelope(w=[BOX]),
        an_envelope(w={"phone": BOX}),
        an_envelope(w={KEY: "Deploy?"}),
        an_envelope(w={base64.b64encode(bytes([n]) * 32).decode(): BOX for n in range(MAX_RECIPIENTS + 1)}),
        "A" * (MAX_SEALED + 4),
    ],
)
def test_what_does_not_look_sealed_is_refused_by_its_field_and_never_repeated(text: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Sealed.of(text, reply=Reply.JSON, agent_name="deployer")
    assert refusal.value.pointer == "/encrypted_payload"
    assert "Deploy" not in str(refusal.value)


def test_a_sealed_answer_settles_a_sealed_request() -> None:
    settled = a_request(content=a_sealed()).answered(an_answer(value=None, sealed=BOX))
    assert settled.state is State.ANSWERED
    assert settled.answer is not None
    assert (settled.answer.value, settled.answer.sealed) == (None, BOX)


@pytest.mark.proves("sealed.one_way")
@pytest.mark.parametrize(
    "said",
    [
        {"value": "yes"},
        {"value": "yes", "sealed": BOX},
        {"value": None, "sealed": BOX, "comment": "in the clear"},
        {"value": None, "sealed": "yes"},
        {"value": None, "sealed": an_envelope()},
    ],
)
def test_a_sealed_request_takes_nothing_but_an_answer_sealed_in_its_own_version(said: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        a_request(content=a_sealed()).answered(an_answer(**said))
    assert refusal.value.pointer == "/sealed"


@pytest.mark.proves("sealed.one_way")
def test_a_request_in_words_takes_no_sealed_answer() -> None:
    with pytest.raises(InvalidInput):
        a_request().answered(an_answer(value=None, sealed=BOX))


def test_a_sealed_notification_takes_no_answer() -> None:
    with pytest.raises(InvalidInput):
        a_notification(content=a_sealed()).answered(an_answer(value=None, sealed=BOX))


def test_a_sealed_request_has_no_default_that_could_be_read() -> None:
    assert a_request(content=a_sealed(), kind=Kind.APPROVAL).default is None
