import datetime as dt
import os
from uuid import RFC_4122, UUID

from hypothesis import given
from hypothesis import strategies as st

from relay.domain.ids import milliseconds, smallest_uuid7, uuid7
from tests.builders import NOON

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
MILLISECOND = dt.timedelta(milliseconds=1)
times = st.integers(0, 200_000_000_000_000_000).map(lambda us: EPOCH + dt.timedelta(microseconds=us))
chances = st.binary(min_size=10, max_size=10)


@given(times, chances)
def test_an_id_has_the_version_and_the_variant_of_rfc_9562(at: dt.datetime, chance: bytes) -> None:
    made = uuid7(at, lambda _: chance)
    assert (made.version, made.variant) == (7, RFC_4122)


@given(times, chances)
def test_an_id_starts_with_its_milliseconds(at: dt.datetime, chance: bytes) -> None:
    assert uuid7(at, lambda _: chance).int >> 80 == milliseconds(at)


@given(times, chances, chances)
def test_ids_sort_by_time_whatever_chance_adds(at: dt.datetime, first: bytes, second: bytes) -> None:
    assert uuid7(at, lambda _: first) < uuid7(at + MILLISECOND, lambda _: second)


@given(times, chances)
def test_an_id_lies_between_the_bounds_of_its_instant(at: dt.datetime, chance: bytes) -> None:
    at = at.replace(microsecond=0)
    assert smallest_uuid7(at) <= uuid7(at, lambda _: chance) < smallest_uuid7(at + MILLISECOND)


def test_all_seventy_four_bits_of_chance_are_used() -> None:
    seen = 0
    for bit in range(80):
        seen |= uuid7(NOON, lambda _, b=bit: (1 << b).to_bytes(10)).int ^ uuid7(NOON, bytes).int
    assert seen.bit_count() == 74


def test_ids_of_one_instant_differ() -> None:
    assert len({uuid7(NOON, os.urandom) for _ in range(1000)}) == 1000


def test_the_bytes_of_chance_asked_for_are_the_bytes_used() -> None:
    asked: list[int] = []

    def chance(size: int) -> bytes:
        asked.append(size)
        return b"\xff" * size

    assert uuid7(EPOCH, chance) == UUID("00000000-0000-7fff-bfff-ffffffffffff")
    assert asked == [10]
