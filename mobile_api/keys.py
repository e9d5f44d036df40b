"""Where the application keeps what belongs to this door."""

from typing import Final

from aiohttp import web

from mobile_api.line import Lines
from mobile_api.sockets import Sockets
from mobile_api.web_app import Files

SOCKETS: Final = web.AppKey("sockets", Sockets)
LINES: Final = web.AppKey("lines", Lines)
WEB_APP: Final = web.AppKey("web_app", Files)
