import json
import logging

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from relay.domain.errors import (
    Forbidden,
    InvalidInput,
    NotFound,
    StepUpRequired,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from relay.kernel.problem import response_to


async def reply_to(error: Exception) -> web.Response:
    return response_to(make_mocked_request("POST", "/x?token=secret", app=web.Application()), error)


def body_of(response: web.Response) -> dict[str, object]:
    assert response.content_type == "application/problem+json"
    assert response.text
    body: dict[str, object] = json.loads(response.text)
    return body


async def test_a_domain_error_becomes_a_problem_document() -> None:
    response = await reply_to(InvalidInput("must be a text", "/prompt"))
    assert response.status == 400
    body = body_of(response)
    assert (body["code"], body["pointer"], body["status"]) == ("invalid_input", "/prompt", 400)


@pytest.mark.parametrize(
    ("error", "name", "value"),
    [
        (TooManyRequests("slow down", 7), "Retry-After", "7"),
        (Unavailable(retry_after_s=3), "Retry-After", "3"),
        (Unauthenticated("who?"), "WWW-Authenticate", 'Bearer realm="hitl-relay"'),
        (
            Forbidden("no", "requests:write"),
            "WWW-Authenticate",
            'Bearer realm="hitl-relay", error="insufficient_scope", scope="requests:write"',
        ),
        (
            StepUpRequired("/confirm"),
            "WWW-Authenticate",
            'Bearer realm="hitl-relay", error="insufficient_user_authentication"',
        ),
    ],
)
async def test_an_error_brings_the_header_its_status_asks_for(error: Exception, name: str, value: str) -> None:
    assert (await reply_to(error)).headers[name] == value


async def test_a_refusal_that_no_scope_would_lift_names_none() -> None:
    assert "WWW-Authenticate" not in (await reply_to(Forbidden("not yours to do"))).headers


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (web.HTTPNotFound(), 404, "not_found"),
        (web.HTTPMethodNotAllowed("POST", ["GET"]), 405, "method_not_allowed"),
        (web.HTTPRequestEntityTooLarge(max_size=1, actual_size=2), 413, "too_large"),
        (web.HTTPUnsupportedMediaType(), 415, "unsupported_media_type"),
        (web.HTTPGone(), 410, "http_error"),
    ],
)
async def test_what_aiohttp_refuses_has_the_same_shape(error: web.HTTPException, status: int, code: str) -> None:
    response = await reply_to(error)
    assert response.status == status
    assert body_of(response)["code"] == code


async def test_a_refused_method_says_which_are_allowed() -> None:
    assert (await reply_to(web.HTTPMethodNotAllowed("POST", ["GET", "DELETE"]))).headers["Allow"] == "DELETE,GET"


async def test_a_redirect_is_not_a_problem() -> None:
    with pytest.raises(web.HTTPFound):
        await reply_to(web.HTTPFound("/elsewhere"))


async def test_nobody_is_told_when_the_peer_has_gone() -> None:
    with pytest.raises(ConnectionResetError):
        await reply_to(ConnectionResetError())


async def test_a_broken_handler_says_nothing_of_its_cause_but_the_log_does(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR):
        response = await reply_to(RuntimeError("the prompt was: deploy?"))
    assert response.status == 500
    body = body_of(response)
    assert body["code"] == "internal_error"
    assert "deploy" not in str(body)
    [record] = caplog.records
    assert record.getMessage() == "unhandled_error"
    assert record.exc_info


async def test_a_callers_fault_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await reply_to(NotFound("no"))
        await reply_to(web.HTTPNotFound())
    assert caplog.records == []


async def test_a_fault_of_ours_is_logged_once_without_the_address(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        await reply_to(Unavailable())
    [record] = caplog.records
    assert record.getMessage() == "request_failed"
    assert "secret" not in str(vars(record))
