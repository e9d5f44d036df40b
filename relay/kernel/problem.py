"""RFC 9457 problem documents: the one place where a failure becomes HTTP.

`detail` carries the sentence because the published client prints that member.
"""

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final

from aiohttp import hdrs, web

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
from relay.kernel.operation import OPERATIONS

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


@dataclass(frozen=True, slots=True)
class Protected:
    """How a program that is turned away gets a token: RFC 9728 5.1, RFC 6750 3."""

    metadata: Callable[[str], str]
    """From the path it called to the address of the document about what stands there."""
    scope: str


PROTECTED: Final = web.AppKey("protected", Protected)


def _challenge(request: web.Request, **facts: str) -> dict[str, str]:
    named = {"realm": "hitl-relay", **facts}
    if protected := request.app.get(PROTECTED):
        named["resource_metadata"] = protected.metadata(request.path)
        named.setdefault("scope", protected.scope)
    return {"WWW-Authenticate": "Bearer " + ", ".join(f'{name}="{fact}"' for name, fact in named.items())}


def headers_of(error: HitlError, request: web.Request) -> dict[str, str]:
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
            # RFC 6750 3.1: who sent nothing is told of no error.
            sent = hdrs.AUTHORIZATION in request.headers or "X-API-Key" in request.headers
            return _challenge(request, **({"error": "invalid_token"} if sent else {}))
        case StepUpRequired():  # RFC 9470 3
            return _challenge(request, error="insufficient_user_authentication")
        case Forbidden(scope=str(scope)):
            return _challenge(request, error="insufficient_scope", scope=scope)
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
    operation = request.app[OPERATIONS].get(request.match_info.handler) if OPERATIONS in request.app else None
    refuse = operation.refuse if operation and operation.refuse else problem
    match error:
        case HitlError():
            if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
                log.warning("request_failed", method=request.method, route=route_of(request), code=error.code)
            return refuse(document_of(error), headers_of(error, request))
        case web.HTTPException() if error.status >= HTTPStatus.BAD_REQUEST:
            code, detail = SENTENCES.get(error.status, ("http_error", error.reason))
            allow = {"Allow": error.headers["Allow"]} if "Allow" in error.headers else {}
            return refuse(problem_document(HTTPStatus(error.status), code, detail), allow)
        case web.HTTPException() | ConnectionError():
            raise error
        case _:
            # Called while the error is being handled, so its traceback is at hand.
            log.exception("unhandled_error", method=request.method, route=route_of(request))  # noqa: LOG004
            detail = "something broke; the log has the cause"
            return refuse(problem_document(HTTPStatus.INTERNAL_SERVER_ERROR, "internal_error", detail), {})


def route_of(request: web.Request) -> str:
    """Return the route's pattern: a path itself may hold an id or what a stranger typed."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else "unknown"
