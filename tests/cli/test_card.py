"""What counts as an answer."""

from typing import Any

import pytest

from hitl_cli.inbox.card import Boolean, Choice, Number, Rating, Text, Unknown, WrongAnswer, card_of, form_of, spoken
from tests.cli.builders import a_card

SEVERAL = Choice(("eu west", "us", "ap"), multiple=True)


@pytest.mark.parametrize(
    ("form", "typed", "answer"),
    [
        (Choice(("Yes", "No")), "2", "No"),
        (Choice(("Yes", "No")), "yes", "Yes"),
        (Choice(("10", "1")), "1", "10"),
        (SEVERAL, "1 3", ["eu west", "ap"]),
        (SEVERAL, "3,1", ["eu west", "ap"]),
        (SEVERAL, "eu west", ["eu west"]),
        (SEVERAL, "eu west, us", ["eu west", "us"]),
        (Text(), " as typed ", " as typed "),
        (Number(), "2,5", 2.5),
        (Number(integer=True), "7", 7),
        (Rating(), "5", 5),
        (Boolean(), "Y", True),
        (Boolean(), "no", False),
    ],
)
def test_typed_words_become_an_answer(form: Any, typed: str, answer: Any) -> None:
    assert form.parse(typed) == answer


@pytest.mark.parametrize(
    ("form", "typed"),
    [
        (Choice(("Yes", "No")), "3"),
        (Choice(("Yes", "No")), "0"),
        (Choice(("Yes", "No")), "maybe"),
        (Choice(("a", "A")), "a"),
        (SEVERAL, "4"),
        (Text(min_length=3), "ab"),
        (Text(max_length=3), "abcd"),
        (Number(minimum=1), "0"),
        (Number(maximum=1), "2"),
        (Number(), "nan"),
        (Number(), "inf"),
        (Number(), "1e999"),
        (Number(integer=True), "1.5"),
        (Rating(), "6"),
        (Rating(), "٣"),
        (Boolean(), "perhaps"),
        (Unknown(), "anything"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_hint(form: Any, typed: str) -> None:
    with pytest.raises(WrongAnswer, match=r"."):
        form.parse(typed)


@pytest.mark.parametrize("form", [None, {}, {"type": "hologram"}])
def test_a_form_from_a_newer_relay_is_shown_and_not_guessed(form: Any) -> None:
    assert form_of(form) == Unknown()


def test_limits_of_zero_are_limits() -> None:
    assert form_of({"type": "rating", "minimum": 0, "maximum": 3}) == Rating(0, 3)


def test_a_dangerous_answer_needs_confirmation_and_a_plain_no_does_not() -> None:
    approval = card_of(a_card(kind="approval", danger=True))
    assert approval.needs_confirmation("Yes")
    assert not approval.needs_confirmation("No")
    question = card_of(a_card(danger=True, form={"type": "boolean"}))
    assert question.needs_confirmation(value=True)
    assert not question.needs_confirmation(value=False)


def test_no_among_the_choices_of_a_dangerous_question_is_not_taken_for_harmless() -> None:
    assert card_of(a_card(danger=True)).needs_confirmation("No")


@pytest.mark.parametrize(("value", "words"), [(True, "yes"), (["a", "b"], "a, b"), (3, "3")])
def test_an_answer_is_spoken_in_words(value: Any, words: str) -> None:
    assert spoken(value) == words
