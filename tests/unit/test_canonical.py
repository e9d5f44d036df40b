"""Canonical JSON: the numbers of RFC 8785 appendix B, and what signatures would otherwise disagree on."""

import json
import struct

import pytest

from relay.domain.canonical import canonical

NUMBERS = {
    "0000000000000000": "0",
    "8000000000000000": "0",
    "0000000000000001": "5e-324",
    "8000000000000001": "-5e-324",
    "7fefffffffffffff": "1.7976931348623157e+308",
    "ffefffffffffffff": "-1.7976931348623157e+308",
    "4340000000000000": "9007199254740992",
    "c340000000000000": "-9007199254740992",
    "4430000000000000": "295147905179352830000",
    "44b52d02c7e14af5": "9.999999999999997e+22",
    "44b52d02c7e14af6": "1e+23",
    "44b52d02c7e14af7": "1.0000000000000001e+23",
    "444b1ae4d6e2ef4e": "999999999999999700000",
    "444b1ae4d6e2ef4f": "999999999999999900000",
    "444b1ae4d6e2ef50": "1e+21",
    "3eb0c6f7a0b5ed8c": "9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d": "0.000001",
    "41b3de4355555553": "333333333.3333332",
    "41b3de4355555554": "333333333.33333325",
    "41b3de4355555555": "333333333.3333333",
    "41b3de4355555556": "333333333.3333334",
    "41b3de4355555557": "333333333.33333343",
    "becbf647612f3696": "-0.0000033333333333333333",
    "43143ff3c1cb0959": "1424953923781206.2",
}


@pytest.mark.proves("sealed.canonical")
@pytest.mark.parametrize(("bits", "text"), NUMBERS.items())
def test_a_double_is_written_as_ecmascript_writes_it(bits: str, text: str) -> None:
    assert canonical(struct.unpack(">d", bytes.fromhex(bits))[0]) == text.encode()


@pytest.mark.proves("sealed.canonical")
@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "0"),
        (-1, "-1"),
        (10**20, "100000000000000000000"),
        (10**21, "1000000000000000000000"),
        (2**53, "9007199254740992"),
        (2**53 + 1, "9007199254740993"),
        (12345678901234567890, "12345678901234567890"),
        (-(2**63) + 1, "-9223372036854775807"),
        (10**400, "1" + "0" * 400),
    ],
)
def test_a_whole_number_keeps_all_its_digits(number: int, text: str) -> None:
    assert canonical(number) == text.encode()


@pytest.mark.parametrize("same", [(1, 1.0), (-0.0, 0), (1e20, 10**20), (100.0, 100)])
def test_equal_numbers_are_equal_bytes_however_they_were_read(same: tuple[float, float]) -> None:
    assert canonical(same[0]) == canonical(same[1])


def test_a_double_reads_back_as_itself() -> None:
    for number in (0.1, 1 / 3, 5e-324, 123456.789, 1e-7, 1.5e300, 4.35, 0.000001234):
        assert json.loads(canonical(number)) == number


@pytest.mark.proves("sealed.canonical")
def test_members_are_in_the_order_of_utf_16() -> None:
    # RFC 8785 3.2.3: the emoji is a surrogate pair and comes before U+FB33 though its code point is higher.
    given = {"\u20ac": 1, "\r": 2, "\ufb33": 3, "1": 4, "\U0001f600": 5, "\u0080": 6, "\u00f6": 7}
    assert list(json.loads(canonical(given)).values()) == [2, 4, 6, 7, 1, 5, 3]


def test_texts_are_escaped_no_more_than_they_must_be() -> None:
    assert canonical('\u20ac$\u000f\u000aA\'B"\\\\"/\u2028\x7f').decode() == (
        '"\u20ac$\\u000f\\nA\'B\\"\\\\\\\\\\"/\u2028\x7f"'
    )


def test_there_is_no_white_space_and_nesting_is_kept() -> None:
    assert canonical({"b": [True, None, {"d": {}, "c": []}], "a": ""}) == b'{"a":"","b":[true,null,{"c":[],"d":{}}]}'


@pytest.mark.parametrize("wrong", [float("nan"), float("inf"), "\ud800", {"a": b""}, {1, 2}])
def test_what_json_does_not_have_is_refused(wrong: object) -> None:
    with pytest.raises(ValueError, match=r"JSON|surrogates"):
        canonical(wrong)
