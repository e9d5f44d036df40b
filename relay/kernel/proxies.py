"""Who calls, when proxies stand between: only those the operator named are believed (`HITL_TRUSTED_PROXIES`).

Every proxy adds to the right what it saw. So the list is read from the right: each hop that is a trusted proxy vouches
for the one before it, and the first that is not is the caller. Whatever stands further left, the caller wrote.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from multidict import CIMultiDict, CIMultiDictProxy

from relay.kernel.network import Address, Network, address_of, within

Headers: TypeAlias = CIMultiDict[str] | CIMultiDictProxy[str]

FORWARDED_FOR: Final = "X-Forwarded-For"
FORWARDED: Final = "Forwarded"
FORWARDED_PROTO: Final = "X-Forwarded-Proto"

MOST_HOPS: Final = 16
"""Read from the right; nobody has that many proxies of their own."""

_PAIR: Final = re.compile(r'([a-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s;,"]*))', re.IGNORECASE)
_BRACKETED: Final = re.compile(r"\[([^\]]*)\](?::\d{1,5})?")
_WITH_PORT: Final = re.compile(r"([0-9.]+):\d{1,5}")


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a request comes from. `https` is None where nobody who is believed said."""

    address: Address | None
    https: bool | None = None


def origin_of(peer: str | None, headers: Headers, trusted: Sequence[Network]) -> Origin:
    """Return the caller's address and scheme, as far as the trusted proxies vouch for them."""
    address = address_of(peer)
    if address is None or not within(address, trusted):
        return Origin(address)
    found = {_walk(address, hops, trusted) for hops in _hops(headers)}
    # Two headers that disagree: one of them is the caller's own invention, and nobody can say which.
    caller = found.pop() if len(found) == 1 else address
    proto = headers.get(FORWARDED_PROTO, "").rpartition(",")[2].strip().lower()
    return Origin(caller, proto == "https" if proto else _proto(headers))


def claims_an_origin(headers: Headers) -> bool:
    return FORWARDED_FOR in headers or FORWARDED in headers


def _walk(proxy: Address, hops: Iterable[str], trusted: Sequence[Network]) -> Address:
    for hop in hops:
        seen = _node(hop)
        if seen is None:
            break  # `unknown`, a name or nonsense: what a trusted proxy passed on as such leads no further
        proxy = seen
        if not within(seen, trusted):
            break
    return proxy


def _hops(headers: Headers) -> list[list[str]]:
    """Return the hops each kind of header names, the nearest first."""
    kinds: tuple[tuple[str, Callable[[str], str]], ...] = ((FORWARDED_FOR, str.strip), (FORWARDED, _for))
    lists = [[read(hop) for hop in _elements(headers, name)] for name, read in kinds if name in headers]
    return lists or [[]]


def _elements(headers: Headers, name: str) -> list[str]:
    return ",".join(headers.getall(name, ())).rsplit(",", MOST_HOPS)[::-1][:MOST_HOPS]


def _for(element: str) -> str:
    """Return the `for` of one element of `Forwarded` (RFC 7239 4)."""
    return _parameter(element, "for")


def _proto(headers: Headers) -> bool | None:
    last = next(iter(_elements(headers, FORWARDED)), "") if FORWARDED in headers else ""
    proto = _parameter(last, "proto").lower()
    return proto == "https" if proto else None


def _parameter(element: str, name: str) -> str:
    for found, quoted, bare in _PAIR.findall(element):
        if found.lower() == name:
            return str(quoted or bare)
    return ""


def _node(text: str) -> Address | None:
    """Read `192.0.2.1`, `192.0.2.1:4711`, `2001:db8::1` or `[2001:db8::1]:4711`."""
    match = _BRACKETED.fullmatch(text) or _WITH_PORT.fullmatch(text)
    return address_of(match[1] if match else text)
