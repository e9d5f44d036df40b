"""RFC 9457 problem documents: the one place where a failure becomes HTTP.

`detail` carries the sentence because the published client prints that member.
"""

import datetime as dt
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

from aiohttp import web

from relay.domain.errors import (
    AlreadyDecided,
    ClaimedByAnother,
    Conflict,
    Forbidden,
    HitlError,
    InvalidInput,
    NotFound,
    RateLimited,
    StepUpRequired,
    TooManyRequests,
    Unauthenticated,
    Unavailable,
)
from relay.kernel.body import iso
from relay.kernel.log import get_logger

log = get_logger(__name__)

STATUS: Final[Mapping[type[HitlError], HTTPStatus]] = {
    InvalidInput: HTTPStatus.BAD_REQUEST,
    Unauthenticated: HTTPStatus.UNAUTHORIZED,
    Forbidden: HTTPStatus.FORBIDDEN,
    NotFound: HTTPStatus.NOT_FOUND,
    Conflict: HTTPStatus.CONFLICT,
    TooManyRequests: HTTPStatus.TOO_MANY_REQUESTS,
    Unavailable: HTTPStatus.SERVICE_UNAVAILABLE,
}

SENTENCES: Final[Mapping[int, tuple[str, str]]] = {
    404: ("not_found", "there is nothing at this address"),
    405: ("method_not_allowed", "this address does not take that method"),
    413: ("too_large", "the body is larger than the relay accepts"),
    415: ("unsupported_media_type", "the body must be application/json"),
}


def status_of(error: HitlError) -> HTTPStatus:
    """Return the status of the nearest class in `STATUS`."""
    return next((STATUS[c] for c in type(error).__mro__ if c in STATUS), HTTPStatus.INTERNAL_SERVER_ERROR)


def problem_document(status: HTTPStatus, code: str, detail: str, **facts: Any) -> dict[str, Any]:
    document = {"type": f"/docs#{code}", "title": status.phrase, "status": status.value, "detail": detail, "code": code}
    return document | {name: fact for name, fact in facts.items() if fact is not None}


def document_of(error: HitlError) -> dict[str, Any]:
    """Return the problem document of a domain error, its facts as members."""
    return problem_document(status_of(error), error.code, str(error), **facts_of(error))


def facts_of(error: HitlError) -> dict[str, Any]:
    """Return what the error knows beyond its sentence, as JSON."""
    facts: dict[str, Any] = {}
    match error:
        case InvalidInput():
            facts = {"pointer": error.pointer or None}
        case AlreadyDecided():
            facts = {
                "state": str(error.state),
                "at": _iso(error.at),
                "by": _text(error.by),
                "device": _text(error.device),
            }
        case ClaimedByAnother():
            facts = {"by": str(error.by), "until": iso(error.until)}
        case StepUpRequired():
            facts = {"page": error.page}
        case Forbidden():
            facts = {"scope": error.scope}
        case RateLimited():
            facts = {"limit": error.limit, "calls": error.calls, "per_s": error.per_s}
        case _:
            pass
    return facts


def _iso(at: dt.datetime | None) -> str | None:
    return iso(at) if at else None


def _text(fact: object | None) -> str | None:
    return str(fact) if fact else None


def headers_of(error: HitlError) -> dict[str, str]:
    """Return the headers its status asks for."""
    match error:
        case RateLimited():  # draft-ietf-httpapi-ratelimit-headers-10
            return {
                "Retry-After": str(error.retry_after_s),
                "RateLimit-Policy": f'"{error.limit}";q={error.calls};w={error.per_s}',
                "RateLimit": f'"{error.limit}";r=0;t={error.retry_after_s}',
            }
        case TooManyRequests() | Unavailable():
            return {"Retry-After": str(error.retry_after_s)}
        case Unauthenticated():
            return {"WWW-Authenticate": 'Bearer realm="hitl-relay"'}
        case StepUpRequired():  # RFC 9470 3
            return {"WWW-Authenticate": 'Bearer realm="hitl-relay", error="insufficient_user_authentication"'}
        case Forbidden(scope=str(scope)):
            return {"WWW-Authenticate": f'Bearer realm="hitl-relay", error="insufficient_scope", scope="{scope}"'}
        case _:
            return {}


def problem(document: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> web.Response:
    return web.json_response(
        document, status=document["status"], content_type="application/problem+json", headers=headers
    )


def response_to(request: web.Request, error: Exception) -> web.Response:
    """Turn what a handler raised into a problem document; log only what is our fault.

    Raises it again when it is no failure (a redirect) or when the peer hung up and there is nobody to tell.
    """
    match error:
        case HitlError():
            if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
                log.warning("request_failed", method=request.method, route=route_of(request), code=error.code)
            return problem(document_of(error), headers_of(error))
        case web.HTTPException() if error.status >= HTTPStatus.BAD_REQUEST:
            code, detail = SENTENCES.get(error.status, ("http_error", error.reason))
            allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else None
            return problem(problem_document(HTTPStatus(error.status), code, detail), allow)
        case web.HTTPException() | ConnectionError():
            raise error
        case _:
            # Called while the error is being handled, so its traceback is at hand.
            log.exception("unhandled_error", method=request.method, route=route_of(request))  # noqa: LOG004
            detail = "something broke; the log has the cause"
            return problem(problem_document(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", detail))


def route_of(request: web.Request) -> str:
    """Return the route's pattern: a path itself may hold an id or what a stranger typed."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
