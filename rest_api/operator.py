"""For those who run and watch the relay: health, metrics, usage, and the description of this API."""

import datetime as dt
import html
from collections.abc import Iterator
from typing import Any, Literal

from aiohttp import web

from auth.html import heading, link, page, paragraph
from auth.principal import caller
from relay.domain.errors import HitlError
from relay.domain.ids import smallest_uuid7
from relay.kernel.body import WireModel
from relay.kernel.operation import Access, Operations
from relay.services.keys import ASK, CLOCK, DATABASE, METRICS, REQUESTS
from relay.services.reach import Delivery
from rest_api.hitl.routes import whose
from rest_api.keys import OPENAPI, VERSION

operations = Operations("operation")


class Health(WireModel):
    status: Literal["ok", "unavailable"]
    version: str


class Usage(WireModel):
    """Counts of the last 30 days: an agent's own, or an owner's account's."""

    since: str
    asked: int
    by_status: dict[str, int]
    delivery: Delivery


@operations.get("/healthz", access=Access.PUBLIC, summary="Whether the process is alive", counted=False, reply=Health)
async def healthz(request: web.Request) -> web.Response:
    return web.json_response({"status": "ok", "version": request.app[VERSION]})


@operations.get(
    "/readyz",
    access=Access.PUBLIC,
    summary="Whether requests can be served: the database answers",
    counted=False,
    reply=Health,
    other={503: "not ready"},
)
async def readyz(request: web.Request) -> web.Response:
    return await _readiness(request)


@operations.get(
    "/api/v1/health",
    access=Access.PUBLIC,
    summary="The same, where clients look for it",
    counted=False,
    reply=Health,
)
async def health(request: web.Request) -> web.Response:
    return await _readiness(request)


@operations.get("/metrics", access=Access.METRICS, summary="Metrics for Prometheus", media="text/plain")
async def metrics(request: web.Request) -> web.Response:
    text = request.app[METRICS].text()
    return web.Response(body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"})


@operations.get("/api/v1/usage", access=Access.EITHER, scope="requests:read", summary="How much was asked", reply=Usage)
async def usage(request: web.Request) -> web.Response:
    principal = caller(request)
    since = request.app[CLOCK].now() - dt.timedelta(days=30)
    counts = await request.app[REQUESTS].count_by_state(whose(principal), smallest_uuid7(since))
    reply = {
        "since": since.date().isoformat(),
        "asked": sum(counts.values()),
        "by_status": {state.value: count for state, count in counts.items()},
        "delivery": request.app[ASK].reach(principal.account_id),
    }
    return web.json_response(reply)


@operations.get("/api/v1/openapi.json", access=Access.PUBLIC, summary="This API as OpenAPI 3.1")
async def openapi(request: web.Request) -> web.Response:
    return web.json_response(request.app[OPENAPI])


@operations.get("/docs", access=Access.PUBLIC, summary="This API as a page", media="text/html")
async def docs(request: web.Request) -> web.Response:
    document = request.app[OPENAPI]
    return page(document["info"]["title"], *render(document))


async def _readiness(request: web.Request) -> web.Response:
    try:
        ready = await request.app[DATABASE].value("SELECT true") is True
    except HitlError:
        ready = False
    reply = {"status": "ok" if ready else "unavailable", "version": request.app[VERSION]}
    return web.json_response(reply, status=200 if ready else 503)


def render(document: dict[str, Any]) -> Iterator[str]:
    """Write the OpenAPI document as the parts of a page: no script, nothing from elsewhere."""
    yield paragraph(html.escape(document["info"]["description"]))
    yield paragraph("Every field of every call:", link("/api/v1/openapi.json", "openapi.json"))
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            statuses = ", ".join(status for status in operation["responses"] if status != "default")
            call = f"<code>{method.upper()} {html.escape(path)}</code>"
            shown = f"<dt>{call}</dt><dd>{html.escape(operation['summary'])} ({statuses})</dd>\n"
            by_tag.setdefault(operation["tags"][0], []).append(shown)
    for tag, calls in by_tag.items():
        yield heading(tag.capitalize())
        yield f"<dl>\n{''.join(calls)}</dl>\n"
