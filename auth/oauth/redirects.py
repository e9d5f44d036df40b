"""Where a browser may be sent back to: OAuth 2.1 2.3.1 and RFC 8252 7.

A redirect URI is compared with those the program registered character by character, except for the port of an http
address on the loopback interface: a program on a desktop takes whatever port is free. `localhost` counts as loopback
too, because programs in wide use register it, although RFC 8252 8.3 prefers the address.
"""

import re
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, urlencode, urlsplit

MOST: Final = 10
LONGEST: Final = 2000
"""More than any browser is sure to follow."""

LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})

SHORT_SCHEMES: Final = frozenset({"cursor", "vscode", "vscode-insiders", "windsurf"})
"""Schemes of well-known editors without the dot that RFC 8252 7.1 asks of a private-use scheme."""

# Visible ASCII of RFC 3986, without the backslash, which browsers read as a slash, and without a fragment.
_TEXT: Final = re.compile(r"[A-Za-z0-9\-._~:/?\[\]@!$&'()*+,;=%]+", re.ASCII)
_PORT: Final = re.compile(r":\d*$", re.ASCII)


class Place(StrEnum):
    """What a redirect leads to, as far as a human should care."""

    WEB = "web"
    LOOPBACK = "loopback"
    """A program on the machine of the browser: any program there may be listening."""
    APP = "app"
    """An app that claims a scheme; another app may claim it too."""


def place_of(uri: str) -> Place | None:
    """Return what a redirect URI leads to; None when it is none that a program may register."""
    if len(uri) > LONGEST or not _TEXT.fullmatch(uri) or (parts := _split(uri)) is None:
        return None
    if "@" in parts.netloc:
        return None
    match parts.scheme:
        case "https":
            return Place.WEB if parts.hostname else None
        case "http":
            return Place.LOOPBACK if parts.hostname in LOOPBACK else None
        case scheme:
            return Place.APP if "." in scheme or scheme in SHORT_SCHEMES else None


def matches(registered: tuple[str, ...], uri: str) -> bool:
    """Return whether `uri` is one of the registered ones, but for a loopback port."""
    if uri in registered:
        return True
    return place_of(uri) is Place.LOOPBACK and _but_the_port(uri) in map(_but_the_port, registered)


def destination(uri: str) -> str:
    """Return what to show a human of where the browser goes next."""
    parts = urlsplit(uri)
    return parts.netloc if parts.scheme in {"http", "https"} else f"{parts.scheme}:"


def with_parameters(uri: str, parameters: dict[str, str]) -> str:
    """Add parameters to the query, leaving what is there as it was registered."""
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(parameters)}"


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port  # parsed, and refused, only when asked for
    except ValueError:
        return None
    return parts


def _but_the_port(uri: str) -> tuple[str, str, str, str]:
    parts = urlsplit(uri)
    return parts.scheme, _PORT.sub("", parts.netloc), parts.path, parts.query
