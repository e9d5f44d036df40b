from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st
from multidict import CIMultiDict

from relay.kernel.network import address_of, networks, within
from relay.kernel.proxies import origin_of

TRUSTED = networks("127.0.0.1, 10.0.0.0/8, fd00::/8")
STRANGER = "203.0.113.9"


def caller(peer: str | None, *headers: tuple[str, str]) -> str:
    return str(origin_of(peer, CIMultiDict(headers), TRUSTED).address)


def xff(value: str) -> tuple[str, str]:
    return ("X-Forwarded-For", value)


def forwarded(value: str) -> tuple[str, str]:
    return ("Forwarded", value)


@pytest.mark.proves("auth.R76")
@pytest.mark.parametrize("header", [xff("1.2.3.4"), forwarded("for=1.2.3.4"), ("X-Real-IP", "1.2.3.4")])
def test_nobody_but_a_trusted_proxy_is_believed(header: tuple[str, str]) -> None:
    assert caller(STRANGER, header) == STRANGER
    assert origin_of(STRANGER, CIMultiDict([("X-Forwarded-Proto", "https")]), TRUSTED).https is None
    assert origin_of("127.0.0.1", CIMultiDict([header]), ()).address == ip_address("127.0.0.1")


@pytest.mark.proves("auth.R76")
@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ([xff(STRANGER)], STRANGER),
        ([xff(f"1.2.3.4, {STRANGER}")], STRANGER),
        ([xff(f"1.2.3.4, {STRANGER}, 10.1.1.1, 10.2.2.2")], STRANGER),
        ([xff("1.2.3.4"), xff(STRANGER)], STRANGER),
        ([xff(f"10.9.9.9, {STRANGER}")], STRANGER),
        ([xff("10.9.9.9, 10.8.8.8")], "10.9.9.9"),
        ([xff("")], "127.0.0.1"),
        ([xff(f"{STRANGER}, unknown")], "127.0.0.1"),
        ([xff(f"{STRANGER}, nonsense, 10.1.1.1")], "10.1.1.1"),
        ([xff(f"{STRANGER}:4711")], STRANGER),
        ([xff("[2001:db8::7]:4711")], "2001:db8::7"),
        ([xff("2001:db8::7")], "2001:db8::7"),
        ([xff("::ffff:203.0.113.9")], STRANGER),
        ([forwarded(f"for={STRANGER}")], STRANGER),
        ([forwarded(f'for=1.2.3.4, For="{STRANGER}:80";proto=https;by=10.0.0.1, for=10.1.1.1')], STRANGER),
        ([forwarded('for="[2001:db8::7]:4711"')], "2001:db8::7"),
        ([forwarded("for=_hidden, for=unknown")], "127.0.0.1"),
        ([forwarded("proto=https")], "127.0.0.1"),
        ([], "127.0.0.1"),
    ],
)
def test_the_right_most_hop_that_is_no_trusted_proxy_is_the_caller(
    headers: list[tuple[str, str]], expected: str
) -> None:
    assert caller("127.0.0.1", *headers) == expected


@pytest.mark.proves("auth.R76")
def test_a_header_the_proxy_passes_on_unread_makes_nobody_somebody_else() -> None:
    # This proxy writes one of the two headers; the other is the caller's.
    assert caller("127.0.0.1", xff(STRANGER), forwarded("for=1.2.3.4")) == "127.0.0.1"
    assert caller("127.0.0.1", xff("1.2.3.4"), forwarded(f"for={STRANGER}")) == "127.0.0.1"
    assert caller("127.0.0.1", xff(STRANGER), forwarded(f"for={STRANGER}")) == STRANGER


@pytest.mark.parametrize(
    ("headers", "https"),
    [
        ([("X-Forwarded-Proto", "https")], True),
        ([("X-Forwarded-Proto", "http")], False),
        ([("X-Forwarded-Proto", "https, http")], False),
        ([forwarded("for=1.2.3.4;proto=https")], True),
        ([forwarded("for=1.2.3.4;proto=https, for=10.1.1.1;proto=http")], False),
        ([], None),
    ],
)
def test_the_scheme_is_what_the_nearest_proxy_says(headers: list[tuple[str, str]], https: bool | None) -> None:
    assert origin_of("127.0.0.1", CIMultiDict(headers), TRUSTED).https is https


@pytest.mark.parametrize("peer", [None, "", "unix:/run/relay.sock"])
def test_without_an_address_there_is_no_caller(peer: str | None) -> None:
    assert caller(peer, xff("1.2.3.4")) == "None"


HEADERS = st.sampled_from(["X-Forwarded-For", "Forwarded", "X-Forwarded-Proto"])
PIECES = st.sampled_from(
    [
        STRANGER,
        "10.1.1.1",
        "for=",
        '"',
        "\\",
        ";",
        ",",
        " ",
        "[",
        "]",
        ":",
        "::1",
        "unknown",
        "proto=https",
        "\x00",
        "\udcff",
    ]
)
VALUES = st.one_of(st.lists(PIECES, max_size=30).map("".join), st.text(max_size=100))


@pytest.mark.proves("auth.R76")
@given(st.lists(st.tuples(HEADERS, VALUES), max_size=5))
def test_whatever_is_written_the_last_word_is_the_trusted_proxy_s(written: list[tuple[str, str]]) -> None:
    assert caller(STRANGER, *written) == STRANGER
    # The proxy appends what it saw, in a line of its own.
    lines = [(name, value) for name, value in written if name == "X-Forwarded-For"]
    assert caller("127.0.0.1", *lines, xff("198.51.100.7")) == "198.51.100.7"
    origin_of("127.0.0.1", CIMultiDict(written), TRUSTED)


@given(VALUES)
def test_only_an_address_is_ever_named(value: str) -> None:
    found = origin_of("127.0.0.1", CIMultiDict([xff(value), ("Forwarded", value)]), TRUSTED).address
    assert found is not None
    assert within(found, TRUSTED) or address_of(str(found)) == found


def test_an_endless_list_is_read_from_the_right_as_far_as_anybody_has_proxies() -> None:
    assert caller("127.0.0.1", xff(STRANGER + ", 10.1.1.1" * 100_000)) == "10.1.1.1"
