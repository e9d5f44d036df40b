"""Hand-made HTTP and WebSocket clients: a few microseconds a message, nothing checked that the load does not need."""

import asyncio
from collections.abc import Callable
from typing import cast

from benchmarks.load.content import HANDSHAKE_VERSION, MCP_VERSION

GONE = 0
"""The status of a reply that never came."""

HANDSHAKE = (
    b"GET /api/v1/mobile/ws HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n"
    b"Sec-WebSocket-Protocol: hitl.v1\r\n\r\n"
)
TEXT, CLOSE, PING, PONG = 0x1, 0x8, 0x9, 0xA


def post(path: str, key: str, body: bytes) -> bytes:
    head = f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-API-Key: {key}\r\nContent-Type: application/json\r\n"
    return b"%bContent-Length: %d\r\n\r\n%b" % (head.encode(), len(body), body)


def mcp_post(tool: str, key: str, body: bytes) -> bytes:
    """Return a tool's call with the headers that must agree with its body."""
    more = f"Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: {MCP_VERSION}\r\n"
    headers = f"{more}Mcp-Method: tools/call\r\nMcp-Name: {tool}\r\nContent-Length: "
    return post("/mcp", key, body).replace(b"Content-Length: ", headers.encode(), 1)


def handshake_post(key: str, body: bytes, session: str = "") -> bytes:
    """Return a message of a client that shakes hands, in the session it was given."""
    more = f"Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: {HANDSHAKE_VERSION}\r\n"
    named = f"{more}Mcp-Session-Id: {session}\r\n" if session else more
    return post("/mcp", key, body).replace(b"Content-Length: ", f"{named}Content-Length: ".encode(), 1)


def session_in(head: bytes) -> str:
    """Return the session a reply to `initialize` names."""
    line = next(line for line in head.split(b"\r\n") if line.lower().startswith(b"mcp-session-id:"))
    return line.partition(b":")[2].strip().decode()


def parse_reply(data: bytes) -> tuple[int, bytes] | None:
    """Return status and body once they are complete."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    status, head, body = int(data[9:12]), data[:end].lower() + b"\r\n", data[end + 4 :]
    at = head.find(b"\r\ncontent-length:")
    if at >= 0:
        length = int(head[at + 17 : head.index(b"\r\n", at + 17)])
        return (status, body[:length]) if len(body) >= length else None
    if b"\r\ntransfer-encoding: chunked" in head:
        whole = dechunked(body)
        return None if whole is None else (status, whole)
    return status, b""


def dechunked(data: bytes) -> bytes | None:
    """Return the joined chunks, or nothing while the last is not there."""
    parts, at = [], 0
    while (line := data.find(b"\r\n", at)) >= 0:
        size = int(data[at:line], 16)
        if not size:
            return b"".join(parts)
        parts.append(data[line + 2 : line + 2 + size])
        at = line + 4 + size
    return None


class HttpConnection(asyncio.Protocol):
    """One kept-alive connection with one request at a time."""

    def __init__(self, on_reply: Callable[[int, bytes], None]) -> None:
        self._on_reply = on_reply
        self._data = b""
        self._busy = False
        self.transport: asyncio.Transport
        self.head = b""
        """Of the first reply."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)

    def send(self, request: bytes) -> None:
        self._busy = True
        self.transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._data = self._data + data if self._data else data
        reply = parse_reply(self._data)
        if reply is not None:
            self.head = self.head or self._data.partition(b"\r\n\r\n")[0]
            self._data, self._busy = b"", False
            self._on_reply(*reply)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio names it
        if self._busy:
            self._busy = False
            self._on_reply(GONE, b"")


def frame(opcode: int, payload: bytes) -> bytes:
    """Return a client's frame. The mask is zero: legal on the wire, and nothing to compute."""
    size = len(payload)
    if size < 126:
        return bytes((0x80 | opcode, 0x80 | size, 0, 0, 0, 0)) + payload
    return bytes((0x80 | opcode, 0xFE)) + size.to_bytes(2) + bytes(4) + payload


class DeviceSocket(asyncio.Protocol):
    """A device's WebSocket: says hello, answers pings, hands every text frame on."""

    def __init__(self, hello: bytes, on_text: "Callable[[DeviceSocket, bytes], None]") -> None:
        self._hello = hello
        self._on_text = on_text
        self._data = b""
        self._upgraded = False
        self.welcome: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.close_code: int | None = None
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self.transport.write(HANDSHAKE)

    def say(self, payload: bytes) -> None:
        self.transport.write(frame(TEXT, payload))

    def data_received(self, data: bytes) -> None:
        data = self._data + data if self._data else data
        if not self._upgraded:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._data = data
                return
            if not data.startswith(b"HTTP/1.1 101"):
                self.transport.abort()
                return
            self._upgraded, data = True, data[end + 4 :]
            self.say(self._hello)
        self._data = self._frames(data)

    def _frames(self, data: bytes) -> bytes:
        """Hand on each whole frame and return what is left over."""
        at, end = 0, len(data)
        while end - at >= 2:
            start, size = at + 2, data[at + 1]
            if size == 126:
                start, size = at + 4, int.from_bytes(data[at + 2 : at + 4])
            elif size == 127:
                start, size = at + 10, int.from_bytes(data[at + 2 : at + 10])
            if end < start + size:
                break
            self._frame(data[at] & 0xF, data[start : start + size])
            at = start + size
        return data[at:]

    def _frame(self, opcode: int, payload: bytes) -> None:
        if opcode == TEXT:
            if not self.welcome.done():
                self.welcome.set_result(None)
            else:
                self._on_text(self, payload)
        elif opcode == PING:
            self.transport.write(frame(PONG, payload))
        elif opcode == CLOSE:
            self.close_code = int.from_bytes(payload[:2])

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio names it
        self.close_code = self.close_code or 1006
        if not self.welcome.done():
            self.welcome.set_exception(ConnectionError(f"the socket was closed with {self.close_code}"))
            self.welcome.exception()  # seen, whether or not somebody awaits it
