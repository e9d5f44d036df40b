import json
import math
from typing import Any

import pytest

from relay.domain.errors import InvalidInput
from relay.domain.form import (
    MAX_CHOICE,
    MAX_CHOICES,
    MAX_TEXT,
    Boolean,
    Choice,
    Form,
    Number,
    Rating,
    Text,
    form_from_json,
)

ABC = ("a", "b", "c")
ONE_OF_ABC = Choice(options=ABC)
SOME_OF_ABC = Choice(options=ABC, multiple=True)
TO_TEN = Number(minimum=-1.5, maximum=10)
WHOLE = Number(integer=True)
STARS = Rating()

TAKEN: list[tuple[Form, Any, Any]] = [
    (Text(), "", ""),
    (Text(), "x" * MAX_TEXT, "x" * MAX_TEXT),
    (Text(min_length=2, max_length=3), "ab", "ab"),
    (Text(min_length=2, max_length=3), "abc", "abc"),
    (ONE_OF_ABC, "b", "b"),
    (SOME_OF_ABC, ["b"], ["b"]),
    (SOME_OF_ABC, ["c", "a"], ["a", "c"]),
    (SOME_OF_ABC, ["a", "b", "c"], ["a", "b", "c"]),
    (Number(), 0, 0),
    (Number(), -2.5, -2.5),
    (Number(), 10**40, 10**40),
    (TO_TEN, -1.5, -1.5),
    (TO_TEN, 10, 10),
    (WHOLE, 3, 3),
    (WHOLE, 3.0, 3),
    (STARS, 1, 1),
    (STARS, 5, 5),
    (Rating(minimum=0, maximum=10), 0, 0),
    (Boolean(), True, True),
    (Boolean(), False, False),
]

NOT_A_NUMBER = [math.nan, math.inf, -math.inf, 10**400, True, False, "1", "", None, [1], {"n": 1}]
REFUSED: list[tuple[Form, Any]] = [
    *((Text(), value) for value in (None, 1, 1.5, True, ["a"], {"a": 1}, "x" * (MAX_TEXT + 1))),
    (Text(min_length=2, max_length=3), "a"),
    (Text(min_length=2, max_length=3), "abcd"),
    *((ONE_OF_ABC, value) for value in ("d", "A", "", "a ", None, 0, True, ["a"], {"a": 1})),
    *((SOME_OF_ABC, value) for value in ([], "a", None, ["d"], ["a", "d"], ["a", "a"], [["a"]], [1], {"a": 1}, True)),
    *((Number(), value) for value in NOT_A_NUMBER),
    (TO_TEN, -1.51),
    (TO_TEN, 10.01),
    *((WHOLE, value) for value in (*NOT_A_NUMBER, 2.5)),
    *((STARS, value) for value in (*NOT_A_NUMBER, 0, 6, -1, 3.0, 2.5)),
    *((Boolean(), value) for value in (0, 1, "true", "", None, [], [True])),
]


@pytest.mark.proves("answer.valid")
@pytest.mark.parametrize(("form", "value", "kept"), TAKEN)
def test_an_answer_that_fits_is_taken(form: Form, value: object, kept: object) -> None:
    taken = form.check(value)
    assert taken == kept
    assert type(taken) is type(kept)


@pytest.mark.proves("answer.valid")
@pytest.mark.parametrize(("form", "value"), REFUSED)
def test_an_answer_that_does_not_fit_is_refused_with_field_and_reason(form: Form, value: object) -> None:
    with pytest.raises(InvalidInput) as refusal:
        form.check(value)
    assert refusal.value.pointer == "/answer"
    assert refusal.value.reason.startswith("must ")


def test_a_refusal_does_not_repeat_what_the_human_wrote() -> None:
    with pytest.raises(InvalidInput) as refusal:
        ONE_OF_ABC.check("my secret")
    assert "secret" not in str(refusal.value)


MALFORMED: list[tuple[type[Form], dict[str, Any], str]] = [
    (Text, {"min_length": -1}, "/text"),
    (Text, {"min_length": 3, "max_length": 2}, "/text"),
    (Text, {"max_length": MAX_TEXT + 1}, "/text"),
    (Choice, {"options": ()}, "/choices"),
    (Choice, {"options": tuple(str(n) for n in range(MAX_CHOICES + 1))}, "/choices"),
    (Choice, {"options": ("a", "b", "a")}, "/choices"),
    (Choice, {"options": ("a", "")}, "/choices/1"),
    (Choice, {"options": (" \t",)}, "/choices/0"),
    (Choice, {"options": ("a", "x" * (MAX_CHOICE + 1))}, "/choices/1"),
    (Number, {"minimum": 2, "maximum": 1}, "/number"),
    (Number, {"minimum": math.nan}, "/number"),
    (Number, {"maximum": math.inf}, "/number"),
    (Number, {"minimum": -math.inf, "maximum": 0}, "/number"),
    (Rating, {"minimum": -1}, "/rating"),
    (Rating, {"minimum": 5, "maximum": 5}, "/rating"),
    (Rating, {"maximum": 11}, "/rating"),
]


@pytest.mark.parametrize(("form", "fields", "pointer"), MALFORMED)
def test_a_form_nobody_could_answer_is_refused_when_it_is_made(
    form: type[Form], fields: dict[str, Any], pointer: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        form(**fields)
    assert refusal.value.pointer == pointer


AT_THEIR_BOUNDS: list[Form] = [
    Text(min_length=MAX_TEXT, max_length=MAX_TEXT),
    Choice(options=("x" * MAX_CHOICE,)),
    Choice(options=tuple(str(n) for n in range(MAX_CHOICES))),
    Number(minimum=1, maximum=1),
    Rating(minimum=9, maximum=10),
]


@pytest.mark.parametrize(
    "form", [Text(placeholder="why?"), ONE_OF_ABC, SOME_OF_ABC, TO_TEN, WHOLE, STARS, Boolean(), *AT_THEIR_BOUNDS]
)
def test_a_form_reads_back_what_it_wrote(form: Form) -> None:
    assert form_from_json(json.loads(json.dumps(form.to_json()))) == form


def test_a_form_of_an_unknown_type_is_a_programming_error() -> None:
    with pytest.raises(ValueError, match="colour"):
        form_from_json({"type": "colour"})
