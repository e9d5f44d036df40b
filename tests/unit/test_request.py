import datetime as dt
import json
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from relay.domain.errors import AlreadyDecided, InvalidInput
from relay.domain.form import Boolean, Choice, Number, Rating, Text
from relay.domain.ids import AccountId, DeviceId
from relay.domain.request import (
    MAX_WAIT,
    MIN_WAIT,
    MOVES,
    Action,
    Claim,
    Content,
    Deadline,
    Kind,
    Move,
    Request,
    State,
)
from tests.builders import NOON, a_content, a_notification, a_request, an_answer, an_id

MINUTE = dt.timedelta(minutes=1)
SETTLED = [State.ANSWERED, State.CANCELLED, State.EXPIRED]
FINAL = [*SETTLED, State.POSTED]


def settled_as(state: State) -> Request:
    request = a_request()
    match state:
        case State.ANSWERED:
            return request.answered(an_answer())
        case State.CANCELLED:
            return request.cancelled(NOON + MINUTE)
        case State.EXPIRED:
            return request.expired(request.expires_at)
        case State.POSTED:
            return a_notification()
        case State.PENDING:
            return request


def move(request: Request, how: Move) -> Request:
    match how:
        case Move.ANSWER:
            return request.answered(an_answer())
        case Move.CANCEL:
            return request.cancelled(NOON + MINUTE)
        case Move.EXPIRE:
            return request.expired(request.expires_at)


@pytest.mark.proves("answer.total_moves")
def test_the_table_of_moves_names_every_state_and_only_states() -> None:
    assert set(MOVES) == set(State)
    assert set(MOVES[State.PENDING]) == set(Move)
    assert {after for moves in MOVES.values() for after in moves.values()} == set(SETTLED)


@pytest.mark.proves("answer.total_moves")
@pytest.mark.parametrize("state", FINAL)
def test_a_final_state_has_no_way_out(state: State) -> None:
    assert MOVES[state] == {}


@pytest.mark.proves("answer.total_moves")
@pytest.mark.parametrize("how", Move)
def test_a_pending_request_makes_every_move(how: Move) -> None:
    assert move(a_request(), how).state is MOVES[State.PENDING][how]


@pytest.mark.proves("answer.total_moves")
@pytest.mark.parametrize("how", Move)
@pytest.mark.parametrize("state", SETTLED)
def test_a_settled_request_refuses_every_move_and_says_how_it_ended(state: State, how: Move) -> None:
    request = settled_as(state)
    with pytest.raises(AlreadyDecided) as refusal:
        move(request, how)
    assert refusal.value.state == state
    assert refusal.value.at == request.settled_at


def test_a_notification_takes_no_answer() -> None:
    with pytest.raises(InvalidInput, match="a notification takes no answer"):
        a_notification().answered(an_answer())


@pytest.mark.parametrize("how", [Move.CANCEL, Move.EXPIRE])
def test_a_notification_cannot_be_settled(how: Move) -> None:
    with pytest.raises(AlreadyDecided, match="already posted"):
        move(a_notification(), how)


def test_an_answer_settles_the_request_at_its_own_time_and_ends_the_claim() -> None:
    answer = an_answer()
    request = a_request(claim=Claim(answer.by, NOON + MINUTE)).answered(answer)
    assert (request.state, request.settled_at, request.answer, request.claim) == (
        State.ANSWERED,
        answer.at,
        answer,
        None,
    )


@pytest.mark.parametrize("how", [Move.CANCEL, Move.EXPIRE])
def test_a_request_that_nobody_answers_keeps_no_claim_and_no_answer(how: Move) -> None:
    request = move(a_request(claim=Claim(AccountId(an_id()), NOON + MINUTE)), how)
    assert (request.claim, request.answer) == (None, None)


def test_a_move_leaves_the_request_it_started_from_as_it_was() -> None:
    request = a_request()
    request.answered(an_answer())
    assert request.state is State.PENDING


def test_the_answer_is_kept_as_the_form_reads_it() -> None:
    request = a_request(content=a_content(form=Choice(options=("a", "b", "c"), multiple=True)))
    answered = request.answered(an_answer(value=["c", "a"]))
    assert answered.answer
    assert answered.answer.value == ["a", "c"]


@pytest.mark.proves("answer.valid")
def test_an_answer_that_does_not_fit_the_form_moves_nothing() -> None:
    request = a_request(content=a_content(form=Boolean()))
    with pytest.raises(InvalidInput) as refusal:
        request.answered(an_answer(value="yes"))
    assert refusal.value.pointer == "/answer"
    assert request.state is State.PENDING


@pytest.mark.proves("answer.not_too_late")
@pytest.mark.parametrize("late_by", [dt.timedelta(0), dt.timedelta(microseconds=1), dt.timedelta(days=1)])
def test_an_answer_at_the_deadline_or_later_is_refused_as_expired(late_by: dt.timedelta) -> None:
    request = a_request()
    with pytest.raises(AlreadyDecided) as refusal:
        request.answered(an_answer(at=request.expires_at + late_by))
    assert (refusal.value.state, refusal.value.at) == (State.EXPIRED, request.expires_at)


def test_an_answer_just_before_the_deadline_counts() -> None:
    request = a_request()
    at = request.expires_at - dt.timedelta(microseconds=1)
    assert request.answered(an_answer(at=at)).state is State.ANSWERED


def test_a_late_answer_to_an_answered_request_is_told_who_answered() -> None:
    winner = an_answer(device=DeviceId(an_id()))
    request = a_request().answered(winner)
    with pytest.raises(AlreadyDecided) as refusal:
        request.answered(an_answer(at=request.expires_at))
    assert (refusal.value.state, refusal.value.by, refusal.value.device) == (State.ANSWERED, winner.by, winner.device)


@pytest.mark.parametrize("state", [State.CANCELLED, State.EXPIRED])
def test_the_refusal_of_a_request_nobody_answered_names_nobody(state: State) -> None:
    refusal = settled_as(state).refusal()
    assert (refusal.by, refusal.device) == (None, None)


def test_without_a_wish_the_deadline_is_the_ceiling_and_nothing_was_cut() -> None:
    assert Deadline.after(None, start=NOON) == Deadline(NOON + MAX_WAIT, ceiling_applied=False)


@pytest.mark.parametrize("wish", [MIN_WAIT, MINUTE, MAX_WAIT])
def test_a_wish_within_the_bounds_is_granted(wish: dt.timedelta) -> None:
    assert Deadline.after(wish, start=NOON) == Deadline(NOON + wish, ceiling_applied=False)


@pytest.mark.proves("ask.clamped")
@pytest.mark.parametrize("wish", [MAX_WAIT + dt.timedelta(microseconds=1), dt.timedelta(days=1), dt.timedelta.max])
def test_a_wish_beyond_the_ceiling_is_cut_and_said_so(wish: dt.timedelta) -> None:
    assert Deadline.after(wish, start=NOON) == Deadline(NOON + MAX_WAIT, ceiling_applied=True)


@pytest.mark.parametrize("wish", [dt.timedelta(0), dt.timedelta(seconds=-1), MIN_WAIT - dt.timedelta(microseconds=1)])
def test_a_wish_below_a_second_is_refused(wish: dt.timedelta) -> None:
    with pytest.raises(InvalidInput) as refusal:
        Deadline.after(wish, start=NOON)
    assert refusal.value.pointer == "/timeout_seconds"


@pytest.mark.proves("ask.ceiling")
def test_the_ceiling_is_fifteen_minutes() -> None:
    assert dt.timedelta(seconds=900) == MAX_WAIT


def test_a_default_that_does_not_fit_the_form_is_refused_with_its_own_field() -> None:
    with pytest.raises(InvalidInput) as refusal:
        a_content(form=Choice(options=("a", "b")), default="c")
    assert refusal.value.pointer == "/default_response"


def test_a_default_that_fits_is_kept() -> None:
    assert a_content(form=Choice(options=("a", "b")), default="b").default == "b"


words = st.text(max_size=40)
options = st.lists(words.filter(str.strip), min_size=1, max_size=6, unique=True).map(tuple)
numbers = st.floats(allow_nan=False, allow_infinity=False)
forms = st.one_of(
    st.none(),
    st.builds(Text, min_length=st.integers(0, 9), max_length=st.integers(9, 99), placeholder=words),
    st.builds(Choice, options=options, multiple=st.booleans()),
    st.builds(
        lambda bounds, integer: Number(minimum=min(bounds), maximum=max(bounds), integer=integer),
        st.tuples(numbers, numbers),
        st.booleans(),
    ),
    st.builds(Number, minimum=st.none() | numbers, maximum=st.none()),
    st.builds(Rating, minimum=st.integers(0, 4), maximum=st.integers(5, 10)),
    st.builds(Boolean),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | numbers | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
actions = st.none() | st.builds(Action, tool=words, arguments=st.dictionaries(words, json_values, max_size=3))
contents = st.builds(
    Content,
    prompt=words,
    form=forms,
    agent_name=words,
    context=words,
    action=actions,
    danger=st.booleans(),
)


@given(contents)
def test_what_is_asked_survives_its_way_through_json(content: Content) -> None:
    assert Content.from_json(json.loads(json.dumps(content.to_json()))) == content


def test_a_default_survives_its_way_through_json() -> None:
    content = a_content(form=Choice(options=("a", "b"), multiple=True), default=["a"])
    assert Content.from_json(json.loads(json.dumps(content.to_json()))) == content


def test_a_request_and_its_content_cannot_be_changed_in_place() -> None:
    request = a_request()
    with pytest.raises(AttributeError):
        request.state = State.ANSWERED  # type: ignore[misc]  # the point of the test
    with pytest.raises(AttributeError):
        request.content.prompt = "Something else?"  # type: ignore[misc]  # the point of the test
    assert replace(request, kind=Kind.APPROVAL).kind is Kind.APPROVAL
