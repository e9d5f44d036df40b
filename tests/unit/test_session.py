import json
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mobile_api.session import Close, CloseCode, DeviceSession, Phase
from mobile_api.wire import AnswerFrame, ClaimFrame, Displayed, Hello, Ping, ReleaseFrame, Seen
from relay.domain.request import MAX_COMMENT

ID, OTHER = UUID(int=1), UUID(int=2)
HELLO = json.dumps({"t": "hello", "token": "abc", "device_id": str(ID), "cursor": 7})
ANSWER = {"t": "answer", "request_id": str(ID), "answer_id": str(OTHER), "answer": "yes"}

FRAMES: list[tuple[dict[str, Any], object]] = [
    (ANSWER, AnswerFrame(request_id=ID, answer_id=OTHER, answer="yes")),
    (ANSWER | {"answer": ["a"]}, AnswerFrame(request_id=ID, answer_id=OTHER, answer=["a"])),
    (ANSWER | {"answer": True}, AnswerFrame(request_id=ID, answer_id=OTHER, answer=True)),
    (ANSWER | {"answer": 3}, AnswerFrame(request_id=ID, answer_id=OTHER, answer=3)),
    (ANSWER | {"answer": 0.5, "comment": "c"}, AnswerFrame(request_id=ID, answer_id=OTHER, answer=0.5, comment="c")),
    ({"t": "displayed", "request_id": str(ID)}, Displayed(request_id=ID)),
    ({"t": "seen", "request_id": str(ID)}, Seen(request_id=ID)),
    ({"t": "claim", "request_id": str(ID)}, ClaimFrame(request_id=ID, seconds=300)),
    ({"t": "claim", "request_id": str(ID), "seconds": 1}, ClaimFrame(request_id=ID, seconds=1)),
    ({"t": "release", "request_id": str(ID)}, ReleaseFrame(request_id=ID)),
    ({"t": "ping"}, Ping()),
    ({"t": "ping", "n": 5, "later": "unknown fields are for newer relays"}, Ping(n=5)),
]

WRONG = [
    "",
    "{",
    "null",
    "[]",
    '"ping"',
    "{}",
    '{"t": "dance"}',
    '{"t": "ping", "n": "5"}',
    '{"t": "seen"}',
    '{"t": "seen", "request_id": "7"}',
    '{"t": "seen", "request_id": 7}',
    json.dumps({"t": "claim", "request_id": str(ID), "seconds": 0}),
    json.dumps({"t": "claim", "request_id": str(ID), "seconds": 301}),
    json.dumps({"t": "claim", "request_id": str(ID), "seconds": 1.5}),
    json.dumps({"t": "claim", "request_id": str(ID), "seconds": True}),
    json.dumps(ANSWER | {"answer": None}),
    json.dumps(ANSWER | {"answer": {"a": 1}}),
    json.dumps(ANSWER | {"answer": [1]}),
    json.dumps(ANSWER | {"comment": "x" * (MAX_COMMENT + 1)}),
    json.dumps(ANSWER | {"answer": "\ud800"}),
    json.dumps(ANSWER) + "x",
    "[" * 10_000,
]


def greeted() -> DeviceSession:
    session = DeviceSession()
    assert isinstance(session.receive(HELLO), Hello)
    return session


def test_a_conversation_starts_with_hello() -> None:
    session = DeviceSession()
    assert session.receive(HELLO) == Hello(token="abc", device_id=ID, cursor=7)
    assert session.phase is Phase.READY


def test_a_browser_says_hello_without_a_token_and_a_new_device_without_a_cursor() -> None:
    hello = DeviceSession().receive(json.dumps({"t": "hello", "device_id": str(ID)}))
    assert hello == Hello(token=None, device_id=ID, cursor=None)


@pytest.mark.parametrize(("frame", "meaning"), FRAMES)
def test_every_frame_is_understood_after_hello(frame: dict[str, Any], meaning: object) -> None:
    session = greeted()
    understood = session.receive(json.dumps(frame))
    assert understood == meaning
    assert session.phase is Phase.READY


def test_a_number_and_a_boolean_are_not_taken_for_each_other() -> None:
    for value in (1, True, 1.0, "1"):
        frame = greeted().receive(json.dumps(ANSWER | {"answer": value}))
        assert isinstance(frame, AnswerFrame)
        assert type(frame.answer) is type(value)


@pytest.mark.parametrize("frame", [frame for frame, _ in FRAMES])
def test_nothing_is_heard_before_hello(frame: dict[str, Any]) -> None:
    session = DeviceSession()
    assert session.receive(json.dumps(frame)) == Close(CloseCode.EXPECTED_HELLO, "say hello first")
    assert session.receive(HELLO) is None


def test_one_hello_is_enough() -> None:
    session = greeted()
    assert session.receive(HELLO) == Close(CloseCode.BAD_MESSAGE, "one hello is enough")


@pytest.mark.proves("device.bad_frame")
@pytest.mark.parametrize("text", WRONG)
@pytest.mark.parametrize("start", [DeviceSession, greeted])
def test_a_wrong_frame_ends_the_conversation_whenever_it_comes(start: Any, text: str) -> None:
    session = start()
    effect = session.receive(text)
    assert isinstance(effect, Close)
    assert effect.code is CloseCode.BAD_MESSAGE
    assert session.phase is Phase.OVER


@pytest.mark.parametrize("hello", [{"token": "x" * 201}, {"cursor": -1}, {"device_id": "phone"}, {"token": 5}])
def test_a_hello_with_a_field_out_of_bounds_is_a_wrong_frame(hello: dict[str, Any]) -> None:
    effect = DeviceSession().receive(json.dumps({"t": "hello", "device_id": str(ID), **hello}))
    assert isinstance(effect, Close)
    assert effect.code is CloseCode.BAD_MESSAGE
    assert next(iter(hello)) in effect.reason


def test_binary_ends_the_conversation() -> None:
    session = greeted()
    assert session.receive_binary() == Close(CloseCode.BAD_MESSAGE, "frames are JSON text")
    assert session.receive_binary() is None


def test_after_the_end_nothing_is_heard() -> None:
    session = greeted()
    session.receive("garbage")
    for frame, _ in FRAMES:
        assert session.receive(json.dumps(frame)) is None


def test_the_reason_names_the_field_and_not_what_was_in_it() -> None:
    effect = greeted().receive(json.dumps(ANSWER | {"request_id": "my secret", "answer": {"my": "secret"}}))
    assert isinstance(effect, Close)
    assert "answer" in effect.reason
    assert "secret" not in effect.reason


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=10,
)
tags = st.sampled_from(["hello", "answer", "displayed", "seen", "claim", "release", "ping"]) | json_values
fields = st.sampled_from(["request_id", "answer_id", "answer", "comment", "seconds", "n", "token", "device_id"])
frames = st.builds(lambda tag, rest: {"t": tag} | rest, tags, st.dictionaries(fields, json_values, max_size=5))
garbage = st.one_of(st.text(), json_values.map(json.dumps), frames.map(json.dumps))


@pytest.mark.proves("device.bad_frame")
@given(st.lists(garbage, min_size=1, max_size=5))
def test_no_garbage_breaks_the_session(texts: list[str]) -> None:
    session = greeted()
    for text in texts:
        over = session.phase is Phase.OVER
        effect = session.receive(text)
        assert (effect is None) is over
        if isinstance(effect, Close):
            assert effect.code is CloseCode.BAD_MESSAGE
            assert session.phase is Phase.OVER
            assert len(effect.reason.encode()) <= 123


@pytest.mark.proves("device.close_codes")
@pytest.mark.parametrize("code", CloseCode)
def test_a_close_code_tells_whether_to_come_back(code: CloseCode) -> None:
    come_back = {"SLOW", "RESTARTING", "HELLO_TIMEOUT", "SILENT", "UNAVAILABLE", "MOVED"}
    assert code in (range(4000, 4500) if code.name in come_back else range(4500, 5000))
