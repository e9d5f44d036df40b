"""What happens around every handler: the guard before it, failures and the count after it.

One middleware, not three: each would be a frame that every waiting call keeps in memory for up to fifteen minutes.
"""

import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from auth.guard import admit, page_about
from relay.kernel.log import get_logger
from relay.kernel.problem import response_to, route_of
from relay.services.keys import METRICS

log = get_logger(__name__)


@web.middleware
async def edge(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Admit the request, serve it, say what went wrong, count it."""
    begun = time.perf_counter()
    try:
        await admit(request)
        response = await handler(request)
    except Exception as error:  # noqa: BLE001 - every failure ends here, once; what is none is raised again
        response = page_about(request, error) or response_to(request, error)
    _observe(request, response.status, begun)
    return response


def _observe(request: web.Request, status: int, begun: float) -> None:
    """Count the request; log it when it failed, and always at debug level."""
    request.app[METRICS].served(status)
    # Those that are refused for calling too often do not write the log as well; `rate_limited` speaks of them.
    failed = status >= 400 and status != 429
    if not failed and not log.is_on(logging.DEBUG):
        return
    note = log.info if failed else log.debug
    note(
        "http_request",
        method=request.method,
        route=route_of(request),
        status=status,
        ms=round((time.perf_counter() - begun) * 1000, 1),
    )
