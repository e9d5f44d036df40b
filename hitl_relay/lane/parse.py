"""One of aiohttp's parsers for all connections of the lane: it only ever sees whole requests."""

import asyncio
from typing import Final, TypeAlias

from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.http_parser import HttpRequestParser, RawRequestMessage
from aiohttp.streams import StreamReader

Parsed: TypeAlias = tuple[RawRequestMessage, StreamReader, bytes]

NEVER_FULL: Final = 1 << 20
"""Bytes of body after which the parser would pause a transport; the lane's bodies are far smaller."""


class WholeParser:
    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._parser = self._fresh()

    def parse(self, data: bytes) -> Parsed | None:
        """Return the message, its exhausted payload and its body; None unless `data` is exactly one good request."""
        try:
            messages, upgraded, tail = self._parser.feed_data(data)
        except HttpProcessingError:
            messages, upgraded, tail = [], False, b""
        if len(messages) != 1 or upgraded or tail or not messages[0][1].is_eof():
            self._parser = self._fresh()  # this one is in the middle of something
            return None
        self._parser.message_consumed()
        message, payload = messages[0]
        return message, payload, payload.read_nowait()

    def _fresh(self) -> HttpRequestParser:
        # The limits are the parser's own defaults, which are also those of aiohttp's connections.
        return HttpRequestParser(BaseProtocol(self._loop), self._loop, NEVER_FULL)
