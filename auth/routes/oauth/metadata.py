"""The documents under /.well-known."""

from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

from auth.keys import OAUTH_POLICY, SIGNING_KEYS
from auth.oauth.metadata import ABOUT_RESOURCE, RESOURCE_PATHS, about_resource, about_server
from relay.kernel.body import Json
from relay.kernel.operation import Access, Operations

operations = Operations("oauth")

CACHED = {"Cache-Control": "public, max-age=300"}


def _about_server(path: str, name: str) -> Handler:
    @operations.get(path, access=Access.PUBLIC, cors=True, summary="What the authorization server offers (RFC 8414)")
    async def handler(request: web.Request) -> web.Response:
        return _document(about_server(request.app[OAUTH_POLICY]))

    handler.__name__ = name
    return handler


def _about_resource(path: str, name: str) -> Handler:
    @operations.get(
        ABOUT_RESOURCE + path,
        access=Access.PUBLIC,
        cors=True,
        summary="Who gives out tokens for what stands here (RFC 9728)",
    )
    async def handler(request: web.Request) -> web.Response:
        return _document(about_resource(request.app[OAUTH_POLICY], path))

    handler.__name__ = name
    return handler


# Some clients ask the one address first, some the other; the document is the same.
_about_server("/.well-known/oauth-authorization-server", "authorization_server")
_about_server("/.well-known/openid-configuration", "openid_configuration")
for number, path in enumerate(RESOURCE_PATHS):
    _about_resource(path, f"protected_resource_{number}")


@operations.get(
    "/.well-known/jwks.json", access=Access.PUBLIC, cors=True, summary="The keys that verify our access tokens"
)
async def jwks(request: web.Request) -> web.Response:
    keys: list[Any] = request.app[SIGNING_KEYS].key_set()
    return _document({"keys": keys})


def _document(document: Json) -> web.Response:
    return web.json_response(document, headers=CACHED)
