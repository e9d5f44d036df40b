import copy
import inspect
import pickle
from dataclasses import FrozenInstanceError, dataclass, field, replace

import pytest

from relay.bus import Hint
from relay.domain.form import Choice, Text
from relay.domain.log_entry import LogEntry
from relay.domain.quick import changed, quick
from relay.domain.request import Answer, Content, Deadline, Request
from relay.services.ask import Asker, Question, Ticket
from relay.store.ledger import LedgerEntry
from relay.store.requests import AnswerRow, Asked, AskRow

ONE_OBJECT_A_ROUND_TRIP = (Answer, AnswerRow, AskRow, Asked, Asker, Choice, Content, Deadline, Hint, LedgerEntry)
ALL = (*ONE_OBJECT_A_ROUND_TRIP, LogEntry, Question, Request, Text, Ticket)


@dataclass(frozen=True, slots=True)
class Plain:
    a: int
    b: str = "b"
    c: int = field(default=3, kw_only=True)

    def __post_init__(self) -> None:
        if self.a < 0:
            raise ValueError(self.a)


@quick
@dataclass(frozen=True, slots=True)
class Quick:
    a: int
    b: str = "b"
    c: int = field(default=3, kw_only=True)

    def __post_init__(self) -> None:
        if self.a < 0:
            raise ValueError(self.a)


def test_it_is_made_like_any_other_dataclass() -> None:
    made = Quick(1), Quick(1, "x"), Quick(a=1, b="y", c=4)
    assert [(q.a, q.b, q.c) for q in made] == [(1, "b", 3), (1, "x", 3), (1, "y", 4)]
    assert {type(q) for q in made} == {Quick}
    assert list(inspect.signature(Quick).parameters) == ["a", "b", "c"]
    assert repr(made[0]) == repr(Plain(1)).replace("Plain", "Quick")
    assert (made[0] == Quick(1), hash(made[0]) == hash(Quick(1)), made[0] == made[1]) == (True, True, False)
    assert replace(made[0], c=9) == Quick(1, c=9)
    assert copy.deepcopy(made[1]) == pickle.loads(pickle.dumps(made[1])) == made[1]  # noqa: S301 - our own


@pytest.mark.parametrize(("given", "named"), [((), {}), ((1, "b", 3), {}), ((1,), {"d": 4}), ((1,), {"a": 1})])
def test_it_refuses_what_the_other_refuses(given: tuple[object, ...], named: dict[str, object]) -> None:
    for cls in (Plain, Quick):
        with pytest.raises(TypeError):
            cls(*given, **named)  # type: ignore[arg-type]


def test_it_looks_at_its_fields_when_they_are_set() -> None:
    with pytest.raises(ValueError, match="-1"):
        Quick(-1)


def test_a_changed_copy_is_checked_like_a_new_one_and_leaves_the_old_one_alone() -> None:
    made = Quick(1, "x")
    assert changed(made, c=9) == replace(made, c=9) == Quick(1, "x", c=9)
    assert (made, type(changed(made))) == (Quick(1, "x"), Quick)
    with pytest.raises(ValueError, match="-1"):
        changed(made, a=-1)
    with pytest.raises(AttributeError):
        changed(made, d=1)
    with pytest.raises(FrozenInstanceError):
        changed(made).a = 2  # type: ignore[misc]


@pytest.mark.parametrize("cls", ALL)
def test_nothing_that_is_made_quickly_can_be_changed(cls: type) -> None:
    made = Quick(1)
    for change in (lambda: setattr(made, "a", 2), lambda: delattr(made, "a"), lambda: setattr(made, "z", 2)):
        with pytest.raises((FrozenInstanceError, TypeError, AttributeError)):
            change()
    assert made.a == 1
    assert cls.__setattr__ is not object.__setattr__
    assert cls.__init__.__globals__["_class"] is cls, "is made the slow way"


def test_what_it_cannot_make_is_refused_at_once() -> None:
    with pytest.raises(TypeError):
        quick(int)
    with pytest.raises(TypeError):

        @quick
        @dataclass(frozen=True)
        class WithoutSlots:
            a: int

    with pytest.raises(TypeError):

        @quick
        @dataclass(frozen=True, slots=True)
        class WithFactory:
            a: list[int] = field(default_factory=list)
