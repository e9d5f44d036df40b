"""The device socket without the socket: text in, effects out.

    greeting --hello--> ready --anything wrong--> over

Nothing here awaits, so every rule of the protocol is tested by calling a method.
"""

from dataclasses import dataclass
from enum import Enum, IntEnum, auto
from typing import Final, TypeAlias

from pydantic import ValidationError

from mobile_api.wire import (
    AnswerFrame,
    ClaimFrame,
    Displayed,
    Hello,
    Ping,
    ReleaseFrame,
    Seen,
    from_device,
)

MAX_MESSAGE: Final = 96 * 1024
"""Bytes of one frame from a device: the longest text and its comment, in the widest letters, padded and sealed."""


class CloseCode(IntEnum):
    """Why the relay hung up. 4000-4499: connect again; 4500-4999: do not."""

    SLOW = 4001
    RESTARTING = 4002
    HELLO_TIMEOUT = 4003
    SILENT = 4004
    UNAVAILABLE = 4005
    MOVED = 4006
    EXPECTED_HELLO = 4500
    BAD_MESSAGE = 4501
    REVOKED = 4502
    UNAUTHENTICATED = 4503


@dataclass(frozen=True, slots=True)
class Close:
    code: CloseCode
    reason: str = ""


Effect: TypeAlias = Hello | AnswerFrame | Displayed | Seen | ClaimFrame | ReleaseFrame | Ping | Close


class Phase(Enum):
    GREETING = auto()
    READY = auto()
    OVER = auto()


class DeviceSession:
    """One socket's place in the protocol."""

    __slots__ = ("phase",)

    def __init__(self) -> None:
        self.phase = Phase.GREETING

    def receive(self, text: str) -> Effect | None:
        """Take one frame; return what the shell must do about it."""
        if self.phase is Phase.OVER:
            return None
        try:
            message = from_device.validate_json(text)
        except ValidationError as error:
            return self._hang_up(CloseCode.BAD_MESSAGE, _reason(error))
        if self.phase is Phase.GREETING and not isinstance(message, Hello):
            return self._hang_up(CloseCode.EXPECTED_HELLO, "say hello first")
        if self.phase is Phase.READY and isinstance(message, Hello):
            return self._hang_up(CloseCode.BAD_MESSAGE, "one hello is enough")
        self.phase = Phase.READY
        return message

    def receive_binary(self) -> Close | None:
        if self.phase is Phase.OVER:
            return None
        return self._hang_up(CloseCode.BAD_MESSAGE, "frames are JSON text")

    def _hang_up(self, code: CloseCode, reason: str) -> Close:
        self.phase = Phase.OVER
        return Close(code, reason)


def _reason(error: ValidationError) -> str:
    """Name the field and the fault, never the value; a close frame has room for a short sentence."""
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    field = ".".join(str(part) for part in first["loc"])
    return f"{field}: {first['type']}"[:120] if field else first["type"]
