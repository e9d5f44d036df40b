"""The headers of a push to APNs in HPACK (RFC 7541), as literals: written in some microseconds, not some hundred.

Apple asks for just that where values differ from push to push (path, authorization, ids), so that its small table is
not filled with what never comes again; the few others are shorter than the work of finding them in a table. No Huffman
code either: it saves a hundred bytes of a push and costs more than its encryption.
"""

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any, Final

from hpack import Encoder

_WHOLE: Final[Mapping[tuple[bytes, bytes], bytes]] = {(b":method", b"POST"): b"\x83", (b":scheme", b"https"): b"\x87"}
"""Headers that are entries of the static table (RFC 7541 appendix A), value and all."""

_NAMES: Final = {
    b":authority": b"\x01",
    b":path": b"\x04",
    # Never indexed, which asks whoever passes it on to keep it out of tables as well (RFC 7541 7.1.3).
    b"authorization": b"\x1f\x08",
}
"""Names that are in the static table, as the beginning of a literal without indexing (RFC 7541 6.2.2)."""

_SHORT: Final = 0x7F
"""A length of seven bits; from here on it goes on in further bytes (RFC 7541 5.1)."""


class LiteralHeaders(Encoder):
    """Keeps no state but the size of the table that the server wants, which must be acknowledged even if unused."""

    def encode(self, headers: Iterable[Any], huffman: bool = False) -> bytes:  # noqa: ARG002 - hpack's signature
        block = []
        if self.header_table.resized:
            block.append(self._encode_table_size_change())
            self.header_table.resized = False
        block += [_WHOLE.get((name, value)) or _name(name) + _text(value) for name, value in headers]
        return b"".join(block)


@lru_cache(maxsize=64)
def _name(name: bytes) -> bytes:
    return _NAMES.get(name) or b"\x00" + _text(name)


def _text(raw: bytes) -> bytes:
    length = len(raw)
    if length < _SHORT:
        return bytes((length,)) + raw
    begin, length = bytearray((_SHORT,)), length - _SHORT
    while length >= 0x80:
        begin.append(0x80 | length & 0x7F)
        length >>= 7
    begin.append(length)
    return bytes(begin) + raw
