"""A device's end of the wire after the handshake: what it sends comes out as messages, when it is gone somebody hears.

aiohttp shakes hands, then gives the transport up: a handler's task, a request, a parser and queues for each connected
device would be most of what an idle one costs. aiohttp's reader goes on reading the frames, so every rule about
fragments, lengths, control frames and UTF-8 is still its own.
"""

import asyncio
from typing import Final, Protocol, cast

from aiohttp import WSMessage, web
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from aiohttp.base_protocol import BaseProtocol
from aiohttp.http_websocket import WebSocketError, WSMessageTextBytes

from mobile_api.session import MAX_MESSAGE
from relay.kernel.waiting import PeerGone

NEVER_FULL: Final = 1 << 30
"""Bytes after which a queue would have reading paused; what is in here leaves in the same call."""


class Listener(Protocol):
    def heard(self, message: WSMessage) -> None: ...

    def broke(self, code: int) -> None:
        """The device sent what is no WebSocket; nothing more will be heard."""

    def ended(self) -> None:
        """The connection is gone."""


class _Inbox(WebSocketDataQueue):
    """Where aiohttp's reader puts what it has read, during one call of `feed_data`; one for all lines of a loop."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        super().__init__(BaseProtocol(loop), NEVER_FULL, loop=loop)
        self.messages: list[WSMessage] = []
        self.fault: BaseException | None = None

    def feed_data(self, data: WSMessage | WSMessageTextBytes, size: int) -> None:  # noqa: ARG002 - the reader's
        self.messages.append(cast("WSMessage", data))  # texts come decoded: the reader was told so

    def set_exception(self, exc: BaseException, exc_cause: BaseException | None = None) -> None:  # noqa: ARG002
        self.fault = exc

    def take(self) -> tuple[list[WSMessage], BaseException | None]:
        taken = self.messages, self.fault
        self.messages, self.fault = [], None
        return taken


class DeviceLine(asyncio.Protocol):
    __slots__ = ("_inbox", "_listener", "_reader", "transport")

    def __init__(self, inbox: _Inbox) -> None:
        self._inbox = inbox
        self._reader = WebSocketReader(inbox, MAX_MESSAGE, compress=False, decode_text=True)
        self._listener: Listener | None = None
        self.transport: asyncio.Transport | None = None

    def listen(self, listener: Listener, early: bytes) -> None:
        """Tell `listener` what comes from now on, beginning with what a hasty device sent before the handshake."""
        self._listener = listener
        if early:
            self.data_received(early)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - how it was lost changes nothing
        self.transport = None
        if self._listener is not None:
            self._listener.ended()
            self._listener = None

    def data_received(self, data: bytes) -> None:
        self._reader.feed_data(data)
        messages, fault = self._inbox.take()
        if self._listener is None:
            return
        for message in messages:
            self._listener.heard(message)
        if fault is not None:
            self._listener.broke(fault.code if isinstance(fault, WebSocketError) else 1002)


class Lines:
    """Takes transports over from aiohttp."""

    def __init__(self) -> None:
        self._inbox = _Inbox(asyncio.get_running_loop())

    async def shake_hands(self, request: web.Request, response: web.WebSocketResponse) -> tuple[DeviceLine, bytes]:
        """Have aiohttp shake hands, then take its transport; return the line and what has come for it already.

        The handler then returns `relay.kernel.waiting.Sent`, and aiohttp is done with the connection.
        """
        old = request.protocol
        # Before the handshake: afterwards aiohttp's own reader would have it.
        early, old._message_tail = old._message_tail, b""  # noqa: SLF001 - pinned with aiohttp's minor version
        await response.prepare(request)
        transport, server = old.transport, old._manager  # noqa: SLF001
        if transport is None or transport.is_closing() or server is None:
            raise PeerGone("the device hung up")
        old.keep_alive(False)  # noqa: FBT003 - also ends its timer
        old.transport = None
        server.connection_lost(old)
        line = DeviceLine(self._inbox)
        transport.set_protocol(line)
        line.connection_made(transport)
        return line, early
