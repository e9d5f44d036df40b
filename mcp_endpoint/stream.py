"""The event stream of a call that waits for a human: one SSE event for each JSON-RPC message, kept alive between.

Like every waiting reply it is written past aiohttp's response machinery, for the same reasons: see
`relay.kernel.waiting`. A message is one line of JSON, so an event needs no further escaping.
"""

from collections.abc import Callable, Mapping
from typing import Final

from aiohttp import web

from relay.kernel.waiting import WaitingReply, head

PING: Final = b": waiting\n\n"
RETRY_MS: Final = 10_000
"""After how long a client that lost the stream comes back. SDKs try twice and then wait in vain: a relay that restarts
on a busy machine was seen to take ten seconds."""

STOPPING_RETRY_MS: Final = 20_000
"""The same when the relay itself ends the stream because it stops: an upgrade may then take forty seconds."""


def message_event(data: bytes) -> bytes:
    return b"event: message\ndata: " + data + b"\n\n"


def priming_event(id: str) -> bytes:
    """Return the event without a message that gives the client a place to resume from (2025-11-25)."""
    return f"id: {id}\nretry: {RETRY_MS}\ndata:\n\n".encode()


def retry_event(after_ms: int) -> bytes:
    return b"retry: %d\n\n" % after_ms


class EventStream(WaitingReply):
    """`pulse` makes what is sent to keep the stream alive: progress, or a comment."""

    __slots__ = ("pulse",)

    def __init__(self, request: web.Request) -> None:
        super().__init__(request)
        self.pulse: Callable[[], bytes] = _comment

    def begin(self, headers: Mapping[str, str], first: bytes = b"") -> None:
        """Send the status line with the first events; the client's time to the first byte ends here."""
        more = "".join(f"{name}: {value}\r\n" for name, value in headers.items()) + "X-Accel-Buffering: no\r\n"
        framing = "Transfer-Encoding: chunked\r\n" if self.chunked else "Connection: close\r\n"
        self.transport().write(head(self.request, 200, more + framing, "text/event-stream") + self._chunk(first))
        self.begun = True

    def send(self, data: bytes) -> None:
        """Send a message of a stream that has begun."""
        self.transport().write(self._chunk(message_event(data)))

    def will_return(self) -> None:
        """Have the client come back for its reply when the relay has been started again."""
        self.transport().write(self._chunk(retry_event(STOPPING_RETRY_MS)))

    def beat(self) -> None:
        transport = self.request.transport
        if self.begun and transport is not None and transport.get_write_buffer_size() == 0:
            transport.write(self._chunk(self.pulse()))

    def end(self) -> web.StreamResponse:
        """End the stream after its last message, or without one: then the client comes back for it."""
        if self.chunked:
            self.transport().write(b"0\r\n\r\n")
        return self.sent(200)

    def _chunk(self, data: bytes) -> bytes:
        return b"%x\r\n%s\r\n" % (len(data), data) if self.chunked and data else data


def _comment() -> bytes:
    return PING
