"""A device that does not read: it is closed, and nobody waits for it."""

import asyncio
import base64
import json
import os
import socket
import struct
from typing import Self

import pytest

from mobile_api.keys import SOCKETS
from mobile_api.session import CloseCode
from tests.app.conftest import Device, Relay
from tests.waiting import until


class StuckSocket:
    """A WebSocket on a bare TCP socket with a small window, which reads only when told to."""

    def __init__(self, sock: socket.socket) -> None:
        self._sock = sock
        self._loop = asyncio.get_running_loop()

    @classmethod
    async def connect(cls, relay: Relay) -> Self:
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(0)
        stuck = cls(sock)
        host, port = relay.client.host, relay.client.port
        await stuck._loop.sock_connect(sock, (host, port))
        key = base64.b64encode(os.urandom(16)).decode()
        head = (
            f"GET /api/v1/mobile/ws HTTP/1.1\r\nHost: {host}:{port}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\nSec-WebSocket-Protocol: hitl.v1\r\n\r\n"
        )
        await stuck._loop.sock_sendall(sock, head.encode())
        reply = b""
        while b"\r\n\r\n" not in reply:
            reply += await stuck._loop.sock_recv(sock, 1)
        assert reply.startswith(b"HTTP/1.1 101")
        return stuck

    async def send(self, frame: dict[str, object]) -> None:
        """Send a masked text frame (RFC 6455 5.3); the mask is zero, which leaves the bytes as they are."""
        payload = json.dumps(frame).encode()
        await self._loop.sock_sendall(self._sock, b"\x81" + struct.pack("!BH4x", 0x80 | 126, len(payload)) + payload)

    async def read_to_the_end(self) -> list[tuple[int, bytes]]:
        """Read until the relay has closed, and return all frames as operation code and payload."""
        raw = b""
        async with asyncio.timeout(10):
            while part := await self._loop.sock_recv(self._sock, 1 << 16):
                raw += part
        self._sock.close()
        return _frames(raw)


def _frames(raw: bytes) -> list[tuple[int, bytes]]:
    found, at = [], 0
    while at < len(raw):
        operation, size = raw[at] & 0xF, raw[at + 1]
        wide = {126: 2, 127: 8}.get(size, 0)
        if wide:
            size = int.from_bytes(raw[at + 2 : at + 2 + wide])
        start = at + 2 + wide
        found.append((operation, raw[start : start + size]))
        at = start + size
    return found


@pytest.mark.proves("device.slow_is_closed")
async def test_a_device_that_does_not_read_is_closed_while_another_goes_on_at_once(relay: Relay) -> None:
    reader, known = await relay.device("reader"), await relay.silent_device("stuck")
    stuck = await StuckSocket.connect(relay)
    await stuck.send({"t": "hello", "token": known.token, "device_id": known.id})
    await known.ws.close()
    await until(lambda: len(relay.app[SOCKETS]) == 2)
    sent = 0
    # Until the kernel's buffers are full, and the relay's bound of one mebibyte after them.
    while len(relay.app[SOCKETS]) == 2 and not _closing(relay, known):
        assert sent < 400, "40 MB were written to a device that does not read"
        reply = await relay.agent.post("/api/v1/hitl/notify", {"message": "m" * 100_000})
        request_id = (await reply.json())["request_id"]
        event = await reader.next("notification")
        assert event["request"]["id"] == request_id
        sent += 1
    frames = await stuck.read_to_the_end()
    operation, last = frames[-1]
    assert (operation, int.from_bytes(last[:2])) == (8, CloseCode.SLOW)
    # What it was sent before is whole and in order: with the cursor it comes back and misses nothing.
    seqs = [frame["seq"] for frame in (json.loads(text) for op, text in frames if op == 1) if frame["t"] == "event"]
    assert seqs == list(range(seqs[0], seqs[0] + len(seqs)))
    await until(lambda: len(relay.app[SOCKETS]) == 1)


def _closing(relay: Relay, device: Device) -> bool:
    return any(str(s.device_id) == device.id and s.closing for s in relay.app[SOCKETS]._sockets)
