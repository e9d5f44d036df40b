"""Addresses of the Internet: which are for special use, how operators write networks, and who counts as one caller."""

import ipaddress
from collections.abc import Iterable
from functools import lru_cache
from typing import Final, TypeAlias

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address
Network: TypeAlias = ipaddress.IPv4Network | ipaddress.IPv6Network

MOST_NETWORKS: Final = 64
"""In one setting: each is compared with every address it is about."""

SPECIAL_IPV4: Final = tuple(
    map(
        ipaddress.IPv4Network,
        (
            # The IANA registry of special-purpose addresses (RFC 6890 and its updates). Spelled out, because
            # `ipaddress.is_global` has meant different things from one Python to the next.
            "0.0.0.0/8",
            "10.0.0.0/8",
            "100.64.0.0/10",
            "127.0.0.0/8",
            "169.254.0.0/16",
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.31.196.0/24",
            "192.52.193.0/24",
            "192.88.99.0/24",
            "192.168.0.0/16",
            "192.175.48.0/24",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",
            "240.0.0.0/4",
            # Not in the registry: the address under which a machine at Azure reaches its own host's services.
            "168.63.129.16/32",
        ),
    )
)

UNICAST_IPV6: Final = ipaddress.IPv6Network("2000::/3")
"""All that has been given out for use on the Internet; what lies outside is loopback, local, multicast or reserved."""

SPECIAL_IPV6: Final = tuple(
    map(
        ipaddress.IPv6Network,
        (
            "2001::/23",  # protocol assignments: Teredo, benchmarking, ORCHID …
            "2001:db8::/32",
            "2002::/16",  # 6to4: an IPv4 address, perhaps a private one, in disguise
            "2620:4f:8000::/48",
            "3fff::/20",
        ),
    )
)

IPV4_IN_IPV6: Final = (
    ipaddress.IPv6Network("::ffff:0:0/96"),  # IPv4-mapped
    ipaddress.IPv6Network("64:ff9b::/96"),  # NAT64, as a DNS64 resolver answers
)


@lru_cache(maxsize=1024)  # read for every call of a browser and every device that connects, mostly the proxy's
def address_of(text: str | None) -> Address | None:
    """Read one address; None if it is none. A zone (`fe80::1%eth0`) is dropped, a mapped IPv4 address is IPv4."""
    try:
        address = ipaddress.ip_address((text or "").partition("%")[0])
    except ValueError:
        return None
    return _embedded(address)


def networks(raw: str) -> tuple[Network, ...]:
    """Read a setting: networks or single addresses, separated by commas. Raises ValueError."""
    names = [name.strip() for name in raw.split(",") if name.strip()]
    if len(names) > MOST_NETWORKS:
        raise ValueError(f"must be at most {MOST_NETWORKS} networks")
    try:
        return tuple(ipaddress.ip_network(name) for name in names)
    except ValueError as error:
        raise ValueError(f"must be networks like 10.0.0.0/8 or fd00::/8, separated by commas: {error}") from None


def within(address: Address, nets: Iterable[Network]) -> bool:
    return any(address.version == net.version and address in net for net in nets)


def is_special(address: Address) -> bool:
    """Return whether the address is anything but a host on the Internet."""
    address = _embedded(address)
    if isinstance(address, ipaddress.IPv4Address):
        return within(address, SPECIAL_IPV4)
    return address not in UNICAST_IPV6 or within(address, SPECIAL_IPV6)


def _embedded(address: Address) -> Address:
    """Return the IPv4 address an IPv6 address stands for, else the address itself."""
    if isinstance(address, ipaddress.IPv6Address) and within(address, IPV4_IN_IPV6):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def counts_as_one(address: Address | None) -> str:
    """Return who counts as one caller: an IPv4 address, or the /64 that one IPv6 customer has to himself."""
    if isinstance(address, ipaddress.IPv6Address):
        return str(ipaddress.IPv6Network((int(address) >> 64 << 64, 64)))
    return str(address or "")
