"""Where and with what somebody signed in, in words a person recognises."""

import ipaddress
import re
from functools import lru_cache
from typing import Final

_BROWSERS: Final = (
    # The order matters: most browsers also claim to be the ones below them.
    ("hitl-cli", "hitl-cli"),
    ("Edg/", "Edge"),
    ("EdgA/", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chromium/", "Chromium"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS: Final = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("CrOS", "ChromeOS"),
    ("Windows", "Windows"),
    ("Mac OS X", "Mac"),
    ("Linux", "Linux"),
)
_PRODUCT: Final = re.compile(r"[\w.-]+")


def browser_of(user_agent: str) -> str:
    """Return `Firefox on Linux`, or the first product a User-Agent names (RFC 9110 10.1.5)."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    if browser and system:
        return f"{browser} on {system}"
    product = _PRODUCT.match(user_agent)
    return browser or (product[0][:40] if product else "an unknown program")


@lru_cache(maxsize=1024)  # ten thousand credentials written in one go come from few places
def network_of(address: str | None) -> str:
    """Return the network an address is part of, as providers give them to one place (IPv4 /24, IPv6 /48)."""
    try:
        ip = ipaddress.ip_address((address or "").partition("%")[0])
    except ValueError:
        return ""
    if ip.is_loopback:
        return "this machine"
    return str(ipaddress.ip_network((ip, 24 if ip.version == 4 else 48), strict=False))
