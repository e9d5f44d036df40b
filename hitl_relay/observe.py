"""One event and one count for every HTTP request."""

import logging
import time

from aiohttp import web
from aiohttp.typedefs import Handler

from relay.kernel.log import get_logger
from relay.kernel.problem import route_of
from relay.services.keys import METRICS

log = get_logger(__name__)


@web.middleware
async def observe_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Count the request; log it when it failed, and always at debug level."""
    begun = time.perf_counter()
    response = await handler(request)
    request.app[METRICS].served(response.status)
    failed = response.status >= 400
    if not failed and not log.is_on(logging.DEBUG):
        return response
    note = log.info if failed else log.debug
    note(
        "http_request",
        method=request.method,
        route=route_of(request),
        status=response.status,
        ms=round((time.perf_counter() - begun) * 1000, 1),
    )
    return response
