"""The headers that every response has, whatever made it: what browsers may do with it, and which sites may read it.

`complete` is connected to `app.on_response_prepare`, so that errors and streams have them too. Replies that are written
past aiohttp (`relay.kernel.waiting`) have the same lines from `fixed_lines`; a test compares the two.
"""

from collections.abc import Mapping
from typing import Final

from aiohttp import hdrs, web
from multidict import CIMultiDict

from auth.callers import CALLERS
from auth.keys import AUTH_SETTINGS
from auth.settings import AuthSettings
from relay.kernel.operation import OPERATIONS, Access

HTML: Final = "text/html"
STRICT_TRANSPORT: Final = "max-age=31536000"
NOTHING_ALLOWED: Final = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

EVERYWHERE: Final[Mapping[str, str]] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}

PAGE: Final[Mapping[str, str]] = {
    "Content-Security-Policy": NOTHING_ALLOWED,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=(), serial=()",
}
"""Pages say themselves what they need beyond nothing. They keep `same-origin` for the referrer: under `no-referrer` a
browser sends `Origin: null` with our own forms."""

DATA: Final[Mapping[str, str]] = {"Content-Security-Policy": NOTHING_ALLOWED}
DATA_TYPES: Final = frozenset({"application/json", "application/problem+json", "text/event-stream", "text/plain"})
"""Not scripts: the policy of a service worker is the one its file came with."""

ANY_SITE: Final[Mapping[str, str]] = {
    # `*` is never combined with cookies: browsers refuse that, and `Access-Control-Allow-Credentials` is never sent.
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "WWW-Authenticate, Retry-After, RateLimit, RateLimit-Policy",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

SERVER: Final = "hitl-relay"
"""Without versions, which would tell what to try."""


async def complete(request: web.Request, response: web.StreamResponse) -> None:
    """Add what the response does not say itself."""
    headers = response.headers
    operation = request.app[OPERATIONS].get(request.match_info.handler)
    if operation is not None and operation.cors:
        headers.update(ANY_SITE)
    if response.content_type == HTML:
        if operation is not None and operation.opened_by_others:
            headers.setdefault("Cross-Origin-Opener-Policy", "unsafe-none")
        _fill(headers, PAGE)
    elif response.content_type in DATA_TYPES:
        _fill(headers, DATA)
    _fill(headers, EVERYWHERE)
    headers[hdrs.SERVER] = SERVER
    if operation is not None and operation.access is not Access.PUBLIC:
        headers.setdefault(hdrs.CACHE_CONTROL, "no-store")
    # RFC 6797 7.2: not over a connection that the proxy says was plain http.
    if request.app[AUTH_SETTINGS].secure and request.app[CALLERS].origin(request).https is not False:
        headers[hdrs.STRICT_TRANSPORT_SECURITY] = STRICT_TRANSPORT


def fixed_lines(settings: AuthSettings) -> str:
    """Return the header lines of a JSON reply to a known caller, for replies written past aiohttp."""
    lines = {**EVERYWHERE, **DATA, hdrs.SERVER: SERVER, hdrs.CACHE_CONTROL: "no-store"}
    if settings.secure:
        lines[hdrs.STRICT_TRANSPORT_SECURITY] = STRICT_TRANSPORT
    return "".join(f"{name}: {value}\r\n" for name, value in lines.items())


def _fill(headers: CIMultiDict[str], defaults: Mapping[str, str]) -> None:
    for name, value in defaults.items():
        headers.setdefault(name, value)
