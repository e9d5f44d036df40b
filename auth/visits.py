"""Where somebody called from, in words a person recognises."""

import ipaddress


def network_of(address: str | None) -> str:
    """Return the network an address is part of: what a provider gives to one place (IPv4 /24, IPv6 /48)."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))
