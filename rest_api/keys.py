"""Where the application keeps what belongs to this door."""

from typing import Any

from aiohttp import web

OPENAPI = web.AppKey("openapi", dict[str, Any])
VERSION = web.AppKey("version", str)
