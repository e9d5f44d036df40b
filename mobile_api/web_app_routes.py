"""Serve the web app. All of it is public: what it shows comes from the API, which asks who is there."""

from typing import Final

from aiohttp import hdrs, web

from auth.html import command, link, page, paragraph, see
from mobile_api.keys import WEB_APP
from mobile_api.web_app import ASK_AGAIN, PAGE, POLICY, File
from relay.domain.errors import NotFound
from relay.kernel.operation import Access, Operations

operations = Operations("web-app")

APP: Final = "/app/"
HTML: Final = "text/html"


@operations.get("/app", access=Access.PUBLIC, summary="The web app, spelled without its slash", media=HTML, status=303)
async def without_slash(_request: web.Request) -> web.Response:
    return see(APP)


@operations.get(APP, access=Access.PUBLIC, summary="The web app", media=HTML)
async def show(request: web.Request) -> web.Response:
    found = request.app[WEB_APP].get(PAGE)
    if found is None:
        return _not_built()
    return _sent(request, found, {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"})


@operations.get("/app/{name}", access=Access.PUBLIC, summary="The app's worker, manifest and pictures", media="")
async def file(request: web.Request) -> web.Response:
    return _sent(request, _found(request, request.match_info["name"]), {})


@operations.get("/app/assets/{name}", access=Access.PUBLIC, summary="The app's scripts and styles", media="")
async def asset(request: web.Request) -> web.Response:
    return _sent(request, _found(request, f"assets/{request.match_info['name']}"), {})


def _found(request: web.Request, name: str) -> File:
    found = request.app[WEB_APP].get(name)
    if found is None:
        raise NotFound("there is nothing at this address")
    return found


def _sent(request: web.Request, found: File, more: dict[str, str]) -> web.Response:
    headers = {"Cache-Control": found.caching, "ETag": found.etag, "Vary": "Accept-Encoding", **more}
    if found.etag in request.headers.get(hdrs.IF_NONE_MATCH, ""):
        return web.Response(status=304, headers=headers)
    body = found.body
    if found.compressed is not None and "gzip" in request.headers.get(hdrs.ACCEPT_ENCODING, ""):
        body, headers["Content-Encoding"] = found.compressed, "gzip"
    charset = "utf-8" if found.media.startswith("text/") else None
    return web.Response(body=body, headers=headers, content_type=found.media, charset=charset)


def _not_built() -> web.Response:
    return page(
        "The web app is not built",
        paragraph("This relay was installed without it (HITL_SKIP_WEB=1), and works all the same: answer with"),
        command("hitl-cli inbox"),
        paragraph("To have the app, in the relay's source folder:"),
        command("make web"),
        paragraph(link("/owner", "Agents and keys")),
        status=503,
        headers={"Cache-Control": ASK_AGAIN},
    )
