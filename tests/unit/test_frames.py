"""Our frames, read back by a reader written from RFC 6455 alone."""

import struct
from typing import NamedTuple

import pytest

from mobile_api.frames import PING, close_frame, text_frame

LENGTHS = [0, 1, 125, 126, 127, 65_535, 65_536, 200_000]
TEXT, CLOSE, PING_OPCODE = 0x1, 0x8, 0x9


class Frame(NamedTuple):
    opcode: int
    payload: bytes


def read(data: bytes) -> list[Frame]:
    """Read whole frames as a client must (5.2): unmasked, unfragmented, the length in its shortest form."""
    frames = []
    while data:
        first, second = struct.unpack_from("!BB", data)
        assert first & 0xF0 == 0x80, "final, no extension"
        assert not second & 0x80, "a server does not mask"
        size, start = second, 2
        if second == 126:
            (size,), start = struct.unpack_from("!H", data, 2), 4
            assert size > 125
        elif second == 127:
            (size,), start = struct.unpack_from("!Q", data, 2), 10
            assert size > 0xFFFF
        opcode, payload, data = first & 0x0F, data[start : start + size], data[start + size :]
        assert len(payload) == size
        assert opcode < 8 or size <= 125, "a control frame is short"
        frames.append(Frame(opcode, payload))
    return frames


def reason_of(frame: Frame) -> tuple[int, str]:
    assert frame.opcode == CLOSE
    (code,) = struct.unpack_from("!H", frame.payload)
    return code, frame.payload[2:].decode()


@pytest.mark.parametrize("length", LENGTHS)
def test_a_text_of_any_length_is_read_back(length: int) -> None:
    assert read(text_frame(b"x" * length)) == [Frame(TEXT, b"x" * length)]


def test_frames_written_one_after_the_other_are_read_one_after_the_other() -> None:
    frames = read(b"".join(text_frame(b"y" * length) for length in LENGTHS) + PING)
    assert [len(frame.payload) for frame in frames] == [*LENGTHS, 0]
    assert frames[-1] == Frame(PING_OPCODE, b"")


def test_a_close_frame_says_why() -> None:
    [frame] = read(close_frame(4501, "frames are JSON text"))
    assert reason_of(frame) == (4501, "frames are JSON text")


def test_a_close_frame_may_have_no_reason() -> None:
    [frame] = read(close_frame(4002, ""))
    assert reason_of(frame) == (4002, "")


@pytest.mark.parametrize("letter", ["x", "\u00e9", "\N{SNOWMAN}", "\N{PILE OF POO}"], ids=["1", "2", "3", "4"])
def test_a_reason_that_is_too_long_is_cut_between_two_letters(letter: str) -> None:
    [frame] = read(close_frame(4001, letter * 130))
    code, reason = reason_of(frame)
    assert code == 4001
    assert reason == letter * (123 // len(letter.encode()))
