"""What is written for APNs by hand is what a decoder reads."""

import pytest
from hpack import Decoder

from push.apns_headers import LiteralHeaders

REQUEST = [
    (b":method", b"POST"),
    (b":scheme", b"https"),
    (b":authority", b"api.push.apple.com"),
    (b":path", b"/3/device/" + b"ab" * 32),
    (b"apns-id", b"01234567-89ab-cdef-0123-456789abcdef"),
    (b"apns-priority", b"10"),
    (b"authorization", b"bearer " + b"x" * 300),
]


def test_a_request_is_read_as_it_was_meant_again_and_again() -> None:
    encoder, decoder = LiteralHeaders(), Decoder()
    for _ in range(3):
        assert [tuple(header) for header in decoder.decode(encoder.encode(REQUEST), raw=True)] == REQUEST
    assert len(decoder.header_table.dynamic_entries) == 0


@pytest.mark.parametrize("length", [0, 1, 126, 127, 128, 254, 255, 16_510, 16_511, 40_000])
def test_a_value_of_any_length_is_read_back(length: int) -> None:
    block = LiteralHeaders().encode([(b"x", b"v" * length)])
    decoder = Decoder(max_header_list_size=1 << 20)
    assert [tuple(header) for header in decoder.decode(block, raw=True)] == [(b"x", b"v" * length)]


def test_the_credential_is_kept_out_of_everybodys_tables() -> None:
    (header,) = Decoder().decode(LiteralHeaders().encode(REQUEST[-1:]), raw=True)
    assert not header.indexable


def test_a_smaller_table_is_acknowledged_once() -> None:
    encoder, decoder = LiteralHeaders(), Decoder()
    encoder.header_table_size = 100
    decoder.max_allowed_table_size = 100
    for _ in range(2):
        assert len(decoder.decode(encoder.encode(REQUEST), raw=True)) == len(REQUEST)
    assert decoder.header_table_size == 100
