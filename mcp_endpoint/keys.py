"""Where the application keeps what belongs to this door."""

from aiohttp import web

from mcp_endpoint.door import Door

DOOR = web.AppKey("mcp_door", Door)
