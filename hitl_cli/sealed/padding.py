"""Lengths in steps, so that a ciphertext does not tell a yes from a no: ISO/IEC 7816-4 up to the next step."""

from hitl_cli.sealed.wrong import Wrong, must

STEP = 256
STEPS = 16
"""The step doubles when a message needs more than these: padding then costs 1/8 at most, and 1/32 on average."""


def padded_length(length: int) -> int:
    length += 1  # the mark
    step = STEP
    while step * STEPS < length:
        step *= 2
    return -(-length // step) * step


def pad(message: bytes) -> bytes:
    return message + b"\x80" + bytes(padded_length(len(message)) - len(message) - 1)


def unpad(padded: bytes) -> bytes:
    message = padded.rstrip(b"\0")
    must(message.endswith(b"\x80"), Wrong.CHANGED, "the padding has no mark")
    return message[:-1]
