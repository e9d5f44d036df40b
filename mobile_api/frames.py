"""WebSocket frames (RFC 6455 5.2), from the server's side.

A server's frames are not masked, so one frame's bytes serve every socket it goes to: it is built once an event and
written straight to the transports, without a task or a queue for each device.
"""

from typing import Final

_TEXT: Final = 0x81
_CLOSE: Final = 0x88
_PONG: Final = 0x8A
PING: Final = b"\x89\x00"


def text_frame(payload: bytes) -> bytes:
    return _frame(_TEXT, payload)


def pong_frame(payload: bytes) -> bytes:
    """Return the answer to a ping: the same bytes (5.5.3)."""
    return _frame(_PONG, payload)


def close_frame(code: int, reason: str) -> bytes:
    """Return a close frame; a reason that does not fit a control frame (123 bytes) is cut between two letters."""
    fitting = reason.encode()[:123].decode(errors="ignore")
    return _frame(_CLOSE, code.to_bytes(2) + fitting.encode())


def _frame(head: int, payload: bytes) -> bytes:
    size = len(payload)
    if size < 126:
        return bytes((head, size)) + payload
    if size < 1 << 16:
        return bytes((head, 126)) + size.to_bytes(2) + payload
    return bytes((head, 127)) + size.to_bytes(8) + payload
