import datetime as dt
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from relay.domain.ids import AccountId, DeviceId
from relay.domain.log_entry import EntryType, LogEntry, seal
from tests.builders import NOON, an_entry, an_id

ids = st.uuids()
entries = st.builds(
    LogEntry,
    account_id=ids.map(AccountId),
    seq=st.integers(1, 1 << 40),
    type=st.sampled_from(EntryType),
    subject=ids,
    actor=st.none() | ids,
    device=st.none() | ids.map(DeviceId),
    digest=st.none() | st.binary(min_size=1, max_size=32),
    at=st.datetimes(timezones=st.just(dt.UTC)),
)
chains = st.lists(entries, min_size=1, max_size=6)


@given(chains, st.data())
def test_changing_any_entry_changes_the_seal(chain: list[LogEntry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain) - 1))
    other = data.draw(entries)
    assume(other != chain[at])
    assert seal(b"", [*chain[:at], other, *chain[at + 1 :]]) != seal(b"", chain)


@given(chains, st.data())
def test_dropping_an_entry_changes_the_seal(chain: list[LogEntry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain) - 1))
    assert seal(b"", chain[:at] + chain[at + 1 :]) != seal(b"", chain)


@given(chains, entries, st.data())
def test_inserting_an_entry_changes_the_seal(chain: list[LogEntry], extra: LogEntry, data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain)))
    assert seal(b"", [*chain[:at], extra, *chain[at:]]) != seal(b"", chain)


@given(chains, st.data())
def test_swapping_two_entries_changes_the_seal(chain: list[LogEntry], data: st.DataObject) -> None:
    a, b = data.draw(st.integers(0, len(chain) - 1)), data.draw(st.integers(0, len(chain) - 1))
    assume(chain[a] != chain[b])
    swapped = chain.copy()
    swapped[a], swapped[b] = chain[b], chain[a]
    assert seal(b"", swapped) != seal(b"", chain)


@given(chains, st.data())
def test_a_chain_sealed_in_two_parts_has_the_seal_of_the_whole(chain: list[LogEntry], data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(chain)))
    assert seal(seal(b"", chain[:at]), chain[at:]) == seal(b"", chain)


@given(chains)
def test_another_beginning_changes_every_later_seal(chain: list[LogEntry]) -> None:
    assert seal(b"x", chain) != seal(b"", chain)


def test_nothing_new_leaves_the_seal_as_it_is() -> None:
    assert seal(b"before", []) == b"before"


@pytest.mark.parametrize(
    "change",
    [
        {"account_id": AccountId(an_id())},
        {"seq": 2},
        {"type": EntryType.NOTIFICATION},
        {"subject": an_id()},
        {"actor": None},
        {"device": DeviceId(an_id())},
        {"digest": b"\x00"},
        {"at": NOON + dt.timedelta(microseconds=1)},
    ],
    ids=lambda change: next(iter(change)),
)
def test_every_field_is_sealed(change: dict[str, Any]) -> None:
    entry = an_entry()
    assert replace(entry, **change).canonical() != entry.canonical()


def test_an_actor_and_a_device_are_not_confused() -> None:
    somebody = an_id()
    by_actor, by_device = an_entry(actor=somebody), an_entry(actor=None, device=DeviceId(somebody))
    assert replace(by_actor, subject=by_device.subject).canonical() != by_device.canonical()


def test_a_seal_does_not_depend_on_the_time_zone_of_who_computes_it() -> None:
    entry = an_entry()
    elsewhere = replace(entry, at=NOON.astimezone(dt.timezone(dt.timedelta(hours=-9))))
    assert elsewhere.canonical() == entry.canonical()
