"""Identifiers: UUIDv7 (RFC 9562 5.7), made by the application so that a batch knows its ids before it is written."""

import datetime as dt
from collections.abc import Callable
from typing import NewType
from uuid import UUID

OrgId = NewType("OrgId", UUID)
AccountId = NewType("AccountId", UUID)
AgentId = NewType("AgentId", UUID)
DeviceId = NewType("DeviceId", UUID)
RequestId = NewType("RequestId", UUID)

Chance = Callable[[int], bytes]
"""Returns so many random bytes; `os.urandom` in production."""


def uuid7(at: dt.datetime, chance: Chance) -> UUID:
    """Return an id that sorts by `at` (milliseconds) and is otherwise random (74 bits)."""
    high, low = milliseconds(at) & _48_BITS, int.from_bytes(chance(10))
    return UUID(int=high << 80 | 0x7 << 76 | (low >> 68) << 64 | 0b10 << 62 | low & _62_BITS)


def smallest_uuid7(at: dt.datetime) -> UUID:
    """Return the bound below every id made at `at` or later: partitions are cut there."""
    return UUID(int=milliseconds(at) << 80)


def milliseconds(at: dt.datetime) -> int:
    return int(at.timestamp() * 1000)


_48_BITS = (1 << 48) - 1
_62_BITS = (1 << 62) - 1
