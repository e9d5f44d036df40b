"""What browsers bring: a cookie, forms, and a name of themselves."""

import functools
import hashlib
import hmac
from collections.abc import Callable, Mapping
from typing import Final, TypeVar
from urllib.parse import parse_qsl

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler

from auth.callers import client_ip
from auth.entities import Visit
from auth.guard import session_token
from auth.keys import AUTH_SETTINGS
from auth.secrets import new_link
from relay.domain.errors import Forbidden, HitlError, InvalidInput
from relay.kernel.body import WireModel, parse_fields
from relay.services.keys import CHANCE

M = TypeVar("M", bound=WireModel)

FORM_TYPE: Final = "application/x-www-form-urlencoded"
FORM_TOKEN: Final = "form_token"  # noqa: S105 - the name of a field, not a secret
FLOW_COOKIE_S: Final = 900
"""No flow is longer; the flow itself ends on the relay."""

MAX_FIELDS: Final = 20
"""No form here has half as many."""


def user_agent(request: web.Request) -> str:
    return request.headers.get(hdrs.USER_AGENT, "")


def visit_of(request: web.Request) -> Visit:
    return Visit(user_agent=user_agent(request), address=client_ip(request), replaces=cookie_token(request))


def cookie_token(request: web.Request) -> str | None:
    return request.cookies.get(request.app[AUTH_SETTINGS].cookie)


def with_cookie(request: web.Request, response: web.Response, token: str) -> web.Response:
    """Hand the session to the browser, where no script can read it and no other site can send it along a POST."""
    settings = request.app[AUTH_SETTINGS]
    response.set_cookie(
        settings.cookie,
        token,
        max_age=settings.cookie_life_s,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def without_cookie(request: web.Request, response: web.Response) -> web.Response:
    settings = request.app[AUTH_SETTINGS]
    response.del_cookie(settings.cookie, path="/", secure=settings.secure, httponly=True, samesite="Lax")
    return response


def flow_cookie(request: web.Request) -> str | None:
    """Return what names this browser while something it began is not ended."""
    return request.cookies.get(request.app[AUTH_SETTINGS].flow_cookie)


def new_flow_cookie(request: web.Request) -> str:
    return new_link(request.app[CHANCE])


def with_flow_cookie(request: web.Request, response: web.Response, value: str) -> web.Response:
    settings = request.app[AUTH_SETTINGS]
    response.set_cookie(
        settings.flow_cookie,
        value,
        max_age=FLOW_COOKIE_S,
        path="/",
        secure=settings.secure,
        httponly=True,
        samesite="Lax",  # it must come along when a letter's link is opened or another site sends the browser back
    )
    return response


def without_flow_cookie(request: web.Request, response: web.Response) -> web.Response:
    settings = request.app[AUTH_SETTINGS]
    response.del_cookie(settings.flow_cookie, path="/", secure=settings.secure, httponly=True, samesite="Lax")
    return response


async def fields_of(request: web.Request) -> dict[str, str]:
    """Read a posted form; a field left empty counts as absent, one that comes twice is refused."""
    if request.content_type != FORM_TYPE:
        raise InvalidInput(f"the body must be {FORM_TYPE}")
    try:
        pairs = parse_qsl(
            (await request.read()).decode(), strict_parsing=False, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise InvalidInput("the form is not readable") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidInput("a field of the form is repeated")
    return fields


async def read_form(request: web.Request, model: type[M]) -> M:
    return parse_fields(await fields_of(request), model)


async def read_own_form(request: web.Request, model: type[M]) -> M:
    """Read a form of a signed-in page, which carries the token of that session."""
    fields = await fields_of(request)
    if not hmac.compare_digest(fields.get(FORM_TOKEN, "").encode(), form_token(request).encode()):
        raise Forbidden("this form belongs to another session; open the page again")
    return parse_fields(fields, model)


def form_token(request: web.Request) -> str:
    """Return what the forms of this session carry: only who knows the session's token can compute it."""
    token = session_token(request) or ""
    return hmac.digest(token.encode(errors="surrogateescape"), b"form", hashlib.sha256).hex()


Again = Callable[[web.Request, Mapping[str, str], HitlError], web.Response]


def again_on(show: Again) -> Callable[[Handler], Handler]:
    """Show a form again, with what was typed and what was wrong, when its handler refuses."""

    def decorate(handler: Handler) -> Handler:
        @functools.wraps(handler)
        async def shown(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except HitlError as error:
                return show(request, await fields_of(request), error)

        return shown

    return decorate
