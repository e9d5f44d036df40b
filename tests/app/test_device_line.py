"""The device socket byte by byte: frames in pieces, frames that are none, closing, haste and floods."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any, Self
from uuid import uuid4

import pytest

from mobile_api.conversation import MAX_ANSWERING, MAX_UNSERVED
from mobile_api.keys import SOCKETS
from mobile_api.session import MAX_MESSAGE, CloseCode
from relay.kernel.loops import pause
from tests.app.asking import put
from tests.app.conftest import Device, Relay
from tests.waiting import until

TEXT, BINARY, CLOSE, PING, PONG, GO_ON = 0x1, 0x2, 0x8, 0x9, 0xA, 0x0
MASK = b"\x11\x22\x33\x44"


def frame(opcode: int, payload: bytes | dict[str, Any], *, last: bool = True, flags: int = 0) -> bytes:
    """Write a client's frame (RFC 6455 5.2), with a mask that matters."""
    text = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    size = len(text)
    if size < 126:
        length = bytes((0x80 | size,))
    elif size < 1 << 16:
        length = b"\xfe" + size.to_bytes(2)
    else:
        length = b"\xff" + size.to_bytes(8)
    masked = bytes(byte ^ MASK[n % 4] for n, byte in enumerate(text))
    return bytes(((0x80 if last else 0) | flags | opcode,)) + length + MASK + masked


class RawDevice:
    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, known: Device) -> None:
        self._reader, self.writer, self.known = reader, writer, known

    @classmethod
    async def connect(cls, relay: Relay, known: Device, early: bytes = b"") -> Self:
        reader, writer = await asyncio.open_connection(relay.client.host, relay.client.port)
        writer.write(
            b"GET /api/v1/mobile/ws HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
            b"Sec-WebSocket-Protocol: hitl.v1\r\n\r\n" + early
        )
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 101")
        assert b"Sec-WebSocket-Protocol: hitl.v1" in head
        return cls(reader, writer, known)

    @property
    def hello(self) -> dict[str, Any]:
        return {"t": "hello", "token": self.known.token, "device_id": self.known.id, "cursor": None}

    async def next(self) -> tuple[int, bytes]:
        async with asyncio.timeout(5):
            head, size = await self._reader.readexactly(2)
            if size == 126:
                size = int.from_bytes(await self._reader.readexactly(2))
            return head & 0xF, await self._reader.readexactly(size)

    async def until_text(self, wanted: str) -> dict[str, Any]:
        while True:
            opcode, payload = await self.next()
            assert opcode == TEXT, payload
            said: dict[str, Any] = json.loads(payload)
            if said["t"] == wanted:
                return said

    async def closed(self) -> int:
        """Read to the close frame, answer it, and see the connection end."""
        while True:
            opcode, payload = await self.next()
            if opcode == CLOSE:
                self.writer.write(frame(CLOSE, payload))
                async with asyncio.timeout(5):
                    assert await self._reader.read() == b""
                self.writer.close()
                return int.from_bytes(payload[:2])

    async def greeted(self) -> Self:
        self.writer.write(frame(TEXT, self.hello))
        await self.until_text("inbox")
        return self


@pytest.fixture
async def device(relay: Relay) -> AsyncIterator[RawDevice]:
    known = await relay.silent_device()
    await known.ws.close()
    raw = await RawDevice.connect(relay, known)
    yield raw
    raw.writer.transport.abort()


async def test_frames_in_single_bytes_and_in_fragments_are_heard_as_messages(device: RawDevice) -> None:
    for byte in frame(TEXT, device.hello):
        device.writer.write(bytes((byte,)))
        await pause(0)
    await device.until_text("inbox")
    ping = b'{"t":"ping","n":42}'
    device.writer.write(
        frame(TEXT, ping[:5], last=False)
        + frame(PING, b"are you there")
        + frame(GO_ON, ping[5:9], last=False)
        + frame(GO_ON, b"", last=False)
        + frame(GO_ON, ping[9:])
    )
    assert await device.next() == (PONG, b"are you there")
    assert (await device.until_text("pong"))["n"] == 42


async def test_what_is_sent_before_the_handshake_is_answered_is_heard_after_it(relay: Relay) -> None:
    known = await relay.silent_device()
    hasty = await RawDevice.connect(relay, known, frame(TEXT, RawDevice(None, None, known).hello))  # type: ignore[arg-type]
    await hasty.until_text("inbox")
    hasty.writer.write(frame(CLOSE, b""))
    assert await hasty.closed() == 1000


@pytest.mark.proves("device.close_codes")
@pytest.mark.parametrize(
    ("sent", "code"),
    [
        (frame(TEXT, b"\xff\xfe"), 1007),
        (frame(TEXT, b"x", flags=0x40), 1002),
        (frame(TEXT, b"x", flags=0x10), 1002),
        (frame(0x3, b"x"), 1002),
        (frame(0xB, b"x"), 1002),
        (frame(GO_ON, b"x"), 1002),
        (frame(TEXT, b"x", last=False) + frame(TEXT, b"y"), 1002),
        (frame(PING, b"x", last=False), 1002),
        (frame(PING, b"x" * 126), 1002),
        (frame(CLOSE, b"x"), 1002),
        (frame(CLOSE, (1005).to_bytes(2)), 1002),
        (frame(CLOSE, (1000).to_bytes(2) + b"\xff"), 1007),
        (frame(TEXT, b"x" * (MAX_MESSAGE + 1)), 1009),
        (frame(TEXT, b"x" * MAX_MESSAGE, last=False) + frame(GO_ON, b"x"), 1009),
        (frame(BINARY, b"x"), CloseCode.BAD_MESSAGE),
        (frame(CLOSE, b""), 1000),
        (frame(CLOSE, (1001).to_bytes(2) + b"going away"), 1001),
    ],
)
async def test_what_is_no_message_ends_the_conversation_with_the_code_that_says_why(
    relay: Relay, device: RawDevice, sent: bytes, code: int
) -> None:
    await device.greeted()
    device.writer.write(sent + frame(TEXT, {"t": "ping", "n": 1}))
    assert await device.closed() == code
    await until(lambda: len(relay.app[SOCKETS]) == 0)


async def test_a_device_that_never_answers_the_close_is_cut_off(
    relay: Relay, device: RawDevice, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("mobile_api.sockets.LAST_WORD_S", 0.05)
    await device.greeted()
    device.writer.write(frame(TEXT, b"garbage"))
    assert (await device.next())[0] == CLOSE
    await until(lambda: len(relay.app[SOCKETS]) == 0)


async def test_answers_go_side_by_side_and_what_must_wait_for_them_waits(relay: Relay, device: RawDevice) -> None:
    await device.greeted()
    asked = [await put(relay.agent, f"{n}?") for n in range(MAX_ANSWERING + MAX_UNSERVED)]
    answers = [
        {"t": "answer", "request_id": one["request_id"], "answer_id": str(uuid4()), "answer": "Yes"} for one in asked
    ]
    device.writer.write(b"".join(frame(TEXT, answer) for answer in answers) + frame(TEXT, {"t": "ping", "n": 7}))
    heard: list[str] = []
    while "pong" not in heard:
        _, payload = await device.next()
        heard.append(json.loads(payload)["t"])
    assert heard.count("accepted") == len(asked)
    assert heard[-1] == "pong"


async def test_a_claim_and_its_release_keep_their_order_and_a_flood_is_served_whole(
    relay: Relay, device: RawDevice
) -> None:
    await device.greeted()
    asked = await put(relay.agent)
    about = {"request_id": asked["request_id"]}
    pair = frame(TEXT, {"t": "claim", **about, "seconds": 60}) + frame(TEXT, {"t": "release", **about})
    device.writer.write(pair * MAX_UNSERVED + frame(TEXT, {"t": "ping", "n": 1}))
    heard: list[str] = []
    while "pong" not in heard:
        said = json.loads((await device.next())[1])
        heard.append(said.get("what", said["t"]))
    assert [what for what in heard if what in {"claim", "release"}] == ["claim", "release"] * MAX_UNSERVED
    assert (await relay.open_request())["claim"] is None


async def test_a_device_that_is_gone_in_the_middle_of_its_greeting_follows_nothing(relay: Relay) -> None:
    known = await relay.silent_device()
    await known.ws.close()
    for _ in range(5):
        device = await RawDevice.connect(relay, known)
        device.writer.write(frame(TEXT, device.hello))
        await pause(0)
        device.writer.transport.abort()
    await until(lambda: len(relay.app[SOCKETS]) == 0 and not relay.app[SOCKETS]._tasks)
    listed = await (await relay.owner.get("/api/v1/mobile/devices")).json()
    assert not any(device["connected"] for device in listed)
