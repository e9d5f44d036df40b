"""The guard: every request passes here, and `Operation.access` says who may go on.

It reads one credential: a header (`Authorization: Bearer` or `X-API-Key`), else the cookie of a browser. A browser
sends its cookie along with requests other sites make it send, so a cookie counts for a changing request, and for a
WebSocket, only when the browser says the request comes from our own pages. A route that is not an `Operation` is not
reachable: what nobody described, nobody guards.
"""

import hmac
from collections.abc import Callable
from http import HTTPStatus
from typing import Final

from aiohttp import hdrs, web

from auth.callers import CALLERS
from auth.entities import RECENT
from auth.html import error_page, see
from auth.keys import AUTH_CACHE, AUTH_SETTINGS, AUTHENTICATOR, RATE_LIMITS
from auth.next_path import with_next
from auth.principal import EPOCH, PRINCIPAL, CredentialKind, Principal
from auth.secrets import LOOKS_SECRET
from relay.domain.errors import Forbidden, HitlError, InvalidInput, NotFound, StepUpRequired, Unauthenticated
from relay.kernel.operation import OPERATIONS, Access
from relay.kernel.problem import headers_of, status_of
from relay.services.keys import CLOCK

SAFE: Final = frozenset({hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS})
OURS: Final = frozenset({"same-origin", "none"})
"""Values of Sec-Fetch-Site (W3C Fetch Metadata): our own page, or the person (typed address, bookmark)."""

CREDENTIAL_PARAMETERS: Final = ("access_token", "api_key", "apikey")
HTML: Final = "text/html"
FOR_PROGRAMS: Final = ("/api/", "/.well-known/", "/mcp")
SIGN_IN_PAGE: Final = "/sign-in"
CONFIRM_PAGE: Final = "/confirm"


async def admit(request: web.Request) -> None:
    """Let the request pass, with its caller under `PRINCIPAL`, or raise why not."""
    app = request.app
    operation = app[OPERATIONS].get(request.match_info.handler)
    if operation is None:
        app[RATE_LIMITS].failed(app[CALLERS].key(request))  # whoever looks for what may be there
        if request.match_info.http_exception is None:
            raise NotFound("there is nothing at this address")
        return  # aiohttp's own 404 or 405, about to be raised
    if request.query_string:
        _refuse_secrets_in(request)
    access = operation.access
    if access is Access.PUBLIC:
        if operation.counted or operation.limits:
            app[RATE_LIMITS].stranger(app[CALLERS].key(request), operation)
        return
    if access is Access.METRICS and _is_collector(request):
        return
    epoch = app[AUTH_CACHE].epoch
    principal = await _principal(request)
    if not principal.may_enter(request.path):
        raise Unauthenticated(f"this access token is for {principal.resource} only; get one for this relay as a whole")
    if not ADMITTED[access](principal) or (operation.scope is not None and operation.scope not in principal.scopes):
        raise Forbidden(_needed(access), operation.scope)
    app[RATE_LIMITS].caller(principal, operation, lambda: app[CALLERS].key(request))
    if operation.recent and not is_recent(request, principal):
        raise StepUpRequired(with_next(CONFIRM_PAGE, wanted(request) if operation.media == HTML else ""))
    request[PRINCIPAL], request[EPOCH] = principal, epoch


def is_recent(request: web.Request, principal: Principal) -> bool:
    """Return whether the caller proved who they are a moment ago."""
    proved = principal.authenticated_at
    return proved is not None and request.app[CLOCK].now() - proved < RECENT


def page_about(request: web.Request, error: Exception) -> web.Response | None:
    """Answer a person: who is not signed in is sent to sign in, a refusal is a page. None where it is no page."""
    operation = request.app[OPERATIONS].get(request.match_info.handler)
    if operation is None:
        return error_page(NotFound("there is nothing at this address")) if _is_lost(request, error) else None
    if operation.media != HTML or not isinstance(error, HitlError):
        return None
    if isinstance(error, StepUpRequired):
        return see(error.page)
    if isinstance(error, Unauthenticated):
        return see(with_next(SIGN_IN_PAGE, wanted(request)))
    if status_of(error) >= HTTPStatus.INTERNAL_SERVER_ERROR:
        return None
    page = error_page(error)
    page.headers.update(headers_of(error, request))
    return page


def _is_lost(request: web.Request, error: Exception) -> bool:
    """Return whether a person typed or followed an address that leads nowhere: programs do not ask for pages."""
    looked_for = isinstance(error, NotFound | web.HTTPNotFound) and request.method == hdrs.METH_GET
    return looked_for and HTML in request.headers.get(hdrs.ACCEPT, "") and not request.path.startswith(FOR_PROGRAMS)


def wanted(request: web.Request) -> str:
    """Return the path a person is to come back to: the page itself, or the page whose form was sent."""
    if request.method == hdrs.METH_GET:
        return request.raw_path
    return request.headers.get(hdrs.REFERER, "").removeprefix(request.app[AUTH_SETTINGS].origin)


def _human(principal: Principal) -> bool:
    return principal.kind is CredentialKind.SESSION


def _agent(principal: Principal) -> bool:
    return principal.agent_id is not None


ADMITTED: Final[dict[Access, Callable[[Principal], bool]]] = {
    Access.AGENT: _agent,
    Access.OWNER: _human,
    Access.METRICS: _human,
    Access.EITHER: lambda principal: _human(principal) or _agent(principal),
    Access.ANY: lambda _: True,
}


def _needed(access: Access) -> str:
    match access:
        case Access.AGENT:
            return "this needs the API key of an agent that may do it"
        case Access.OWNER | Access.METRICS:
            return "this needs a signed-in human who may do it"
        case _:
            return "this credential may not do that"


async def _principal(request: web.Request, token: str | None = None) -> Principal:
    """Return who holds `token`, or the credential of a header, or the browser's cookie."""
    app = request.app
    limits, authenticator = app[RATE_LIMITS], app[AUTHENTICATOR]
    try:
        if token is None:
            token = header_token(request)
        if token is None:
            token = _cookie_token(request)
        if limits.shut and not authenticator.remembers(token):
            limits.guess(app[CALLERS].key(request))
        return await authenticator.verify(token, lambda: app[CALLERS].ip(request))
    except Unauthenticated:
        limits.failed(app[CALLERS].key(request))
        raise


async def socket_principal(request: web.Request, token: str | None) -> Principal:
    """Return the human behind a device socket: by the token of its first frame, a header, or the browser's cookie."""
    principal = await _principal(request, token or None)
    if not _human(principal):
        raise Forbidden(_needed(Access.OWNER))
    return principal


def header_token(request: web.Request) -> str | None:
    """Return the credential in the headers, if any. Other schemes are a proxy's business, not ours."""
    api_key = request.headers.get("X-API-Key")
    scheme, _, bearer = request.headers.get(hdrs.AUTHORIZATION, "").partition(" ")
    if scheme.lower() != "bearer":
        return api_key
    bearer = bearer.strip()
    if api_key is not None and api_key != bearer:
        raise InvalidInput("Authorization and X-API-Key name different credentials; send one of them")
    return bearer


def session_token(request: web.Request) -> str | None:
    """Return the token of the calling session, however it was sent."""
    return header_token(request) or request.cookies.get(request.app[AUTH_SETTINGS].cookie)


def _cookie_token(request: web.Request) -> str:
    settings = request.app[AUTH_SETTINGS]
    token = request.cookies.get(settings.cookie)
    if token is None:
        raise Unauthenticated("send an API key or a session token as `Authorization: Bearer …`")
    if request.method not in SAFE or hdrs.UPGRADE in request.headers:
        refuse_foreign(request, doubt=True)
        _refuse_forms(request)
    return token


def _refuse_forms(request: web.Request) -> None:
    """Refuse a browser's call of the API that is not declared as JSON: no form of another site can be.

    With a credential in a header nobody's browser was tricked, and the body is read as JSON whatever it is called:
    `curl --data` calls it a form.
    """
    operation = request.app[OPERATIONS].get(request.match_info.handler)
    if operation is None or operation.body is None or operation.media == HTML:
        return
    if not (request.content_type == "application/json" or request.content_type.endswith("+json")):
        raise web.HTTPUnsupportedMediaType


def refuse_foreign(request: web.Request, *, doubt: bool) -> None:
    """Refuse a request another site made a browser send. `doubt` also refuses one that does not say where it is from.

    Fetch metadata comes over https and from localhost only; elsewhere the Origin, which every browser sends with a
    POST and a WebSocket, must be the public URL's.
    """
    settings = request.app[AUTH_SETTINGS]
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        ours = fetch_site in OURS
    else:
        origin = request.headers.get(hdrs.ORIGIN)
        ours = origin == settings.origin if origin is not None else not doubt
    if not ours:
        raise Forbidden(
            f"this does not come from the relay's own pages: open {settings.public_url}, "
            "or set HITL_PUBLIC_URL to the address you use"
        )


def follows_own_page(request: web.Request) -> bool:
    """Return whether the browser came here from a page of ours, by a link, a script or the redirect after a form."""
    fetch_site = request.headers.get("Sec-Fetch-Site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    return request.headers.get(hdrs.REFERER, "").startswith(f"{request.app[AUTH_SETTINGS].origin}/")


def _refuse_secrets_in(request: web.Request) -> None:
    query = request.query
    if any(name in query for name in CREDENTIAL_PARAMETERS) or any(map(LOOKS_SECRET.search, query.values())):
        raise InvalidInput(
            "a credential does not belong in an address, where logs keep it; use a header, and revoke it"
        )


def _is_collector(request: web.Request) -> bool:
    wanted = request.app[AUTH_SETTINGS].metrics_token
    given = header_token(request)
    if not wanted or given is None:
        return False
    return hmac.compare_digest(wanted.encode(), given.encode(errors="surrogateescape"))
