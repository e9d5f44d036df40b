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
    # In whole numbers: a float of seconds lands a hair below some milliseconds and would be cut to the one before.
    return (at - _EPOCH) // _MILLISECOND


_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_48_BITS = (1 << 48) - 1
_62_BITS = (1 << 62) - 1
