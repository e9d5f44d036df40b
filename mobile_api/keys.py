"""Where the application keeps what belongs to this door."""

from aiohttp import web

from mobile_api.line import Lines
from mobile_api.sockets import Sockets

SOCKETS = web.AppKey("sockets", Sockets)
LINES = web.AppKey("lines", Lines)
