"""The one script of the server's pages, from our own origin: nothing is loaded from anybody else."""

from importlib.resources import files
from typing import Final

from aiohttp import web

from relay.kernel.operation import Access, Operations

operations = Operations("pages")

PASSKEY_SCRIPT: Final = "/assets/passkeys.js"

_TEXT: Final = files("auth").joinpath("assets/passkeys.js").read_text(encoding="utf-8")


@operations.get(
    PASSKEY_SCRIPT,
    access=Access.PUBLIC,
    summary="The script with which a page asks for passkeys",
    media="text/javascript",
)
async def passkeys(_: web.Request) -> web.Response:
    # Short, so that a page and its script of two versions do not meet for long.
    return web.Response(text=_TEXT, content_type="text/javascript", headers={"Cache-Control": "max-age=300"})
