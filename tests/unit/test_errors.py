import datetime as dt
from http import HTTPStatus
from uuid import UUID

import pytest

from relay.domain import errors
from relay.domain.errors import HitlError
from relay.kernel.problem import STATUS, document_of, facts_of, status_of
from tests.builders import NOON

SOMEBODY = UUID(int=7)
DEVICE = UUID(int=8)

EVERY: list[HitlError] = [
    errors.InvalidInput("must be a text", "/answer"),
    errors.Unauthenticated("no credential"),
    errors.Forbidden("not with this key"),
    errors.StepUpRequired("/confirm"),
    errors.NotFound("there is no such request, or it is not yours"),
    errors.Conflict("that cannot be"),
    errors.AlreadyDecided("answered", NOON, SOMEBODY, DEVICE),
    errors.ClaimedByAnother(SOMEBODY, NOON),
    errors.KeyReused("another question"),
    errors.AlreadyExists("taken"),
    errors.LogMoved("read it again"),
    errors.TooManyRequests("slow down", 7),
    errors.RateLimited("asks", 600, 60, 7),
    errors.Unavailable(),
]


def classes_below(cls: type[HitlError]) -> list[type[HitlError]]:
    return [found for sub in cls.__subclasses__() for found in (sub, *classes_below(sub))]


def domain_errors() -> list[type[HitlError]]:
    return [cls for cls in classes_below(HitlError) if cls.__module__ == errors.__name__]


def test_the_list_above_has_every_error_there_is() -> None:
    assert {type(error) for error in EVERY} == set(domain_errors())


def test_no_two_errors_share_a_code() -> None:
    codes = [cls.code for cls in [HitlError, *domain_errors()]]
    assert len(set(codes)) == len(codes)


@pytest.mark.parametrize("cls", domain_errors())
def test_every_error_states_a_code_of_its_own(cls: type[HitlError]) -> None:
    assert "code" in vars(cls)
    assert cls.code.replace("_", "").isalpha()
    assert cls.code.islower()


@pytest.mark.parametrize("error", EVERY, ids=lambda error: error.code)
def test_every_error_has_a_status_that_says_whose_fault_it_is(error: HitlError) -> None:
    status = status_of(error)
    assert status is not HTTPStatus.INTERNAL_SERVER_ERROR
    assert (status >= HTTPStatus.INTERNAL_SERVER_ERROR) is isinstance(error, errors.Unavailable)


def test_every_direct_child_of_the_root_has_its_own_row() -> None:
    assert set(STATUS) == {cls for cls in domain_errors() if cls.__base__ is HitlError}


def test_an_error_without_a_row_is_our_fault() -> None:
    assert status_of(HitlError("new")) is HTTPStatus.INTERNAL_SERVER_ERROR


def test_kinds_of_conflict_are_conflicts() -> None:
    assert status_of(errors.AlreadyDecided("expired", None)) is HTTPStatus.CONFLICT


@pytest.mark.parametrize("error", EVERY, ids=lambda error: error.code)
def test_a_problem_document_has_the_members_of_the_standard_and_a_code(error: HitlError) -> None:
    document = document_of(error)
    status = status_of(error)
    assert document["type"] == f"/docs#{error.code}"
    assert (document["title"], document["status"]) == (status.phrase, status.value)
    assert (document["detail"], document["code"]) == (str(error), error.code)
    assert None not in document.values()


def test_a_wrong_field_is_named_by_pointer_and_in_the_sentence() -> None:
    error = errors.InvalidInput("must be a text", "/choices/3/label")
    assert facts_of(error) == {"pointer": "/choices/3/label"}
    assert str(error) == "choices.3.label: must be a text"


def test_a_fault_of_the_whole_body_has_no_pointer() -> None:
    error = errors.InvalidInput("the body is not valid JSON")
    assert str(error) == "the body is not valid JSON"
    assert "pointer" not in document_of(error)


def test_a_late_answer_is_told_how_when_by_whom_and_where_it_was_decided() -> None:
    assert facts_of(errors.AlreadyDecided("answered", NOON, SOMEBODY, DEVICE)) == {
        "state": "answered",
        "at": "2026-03-04T12:00:00.000Z",
        "by": str(SOMEBODY),
        "device": str(DEVICE),
    }


def test_what_is_not_known_is_left_out_of_the_document() -> None:
    document = document_of(errors.AlreadyDecided("expired", None))
    assert document["state"] == "expired"
    assert not {"at", "by", "device"} & document.keys()


def test_a_claimed_request_says_by_whom_and_until_when() -> None:
    until = NOON.astimezone(dt.timezone(dt.timedelta(hours=2)))
    assert facts_of(errors.ClaimedByAnother(SOMEBODY, until)) == {
        "by": str(SOMEBODY),
        "until": "2026-03-04T12:00:00.000Z",
    }


def test_a_missing_scope_is_named() -> None:
    assert document_of(errors.Forbidden("this key may not do that", "requests:write"))["scope"] == "requests:write"
