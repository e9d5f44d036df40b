"""Tell from the bytes that have come whether they are one whole request to a hot route. Pure; errs towards `OTHER`.

What is recognised here is parsed by aiohttp's parser afterwards, which has the last word; a request misjudged as
`OTHER` is served all the same, by aiohttp.
"""

from collections.abc import Mapping
from enum import Enum, auto
from typing import Final, Generic, Literal, TypeAlias, TypeVar

R = TypeVar("R")

MAX_HEAD: Final = 8 * 1024
"""Bytes of request line and headers; a browser's with many cookies, or a proxy's, are shorter."""

MAX_BODY: Final = 64 * 1024
"""Bytes of body kept while it comes; a larger one is worth aiohttp's streams."""


class Verdict(Enum):
    MORE = auto()
    """So far it may become one; wait."""
    OTHER = auto()
    """It is something else."""


MORE: Final = Verdict.MORE
OTHER: Final = Verdict.OTHER
NotYet: TypeAlias = Literal[Verdict.MORE, Verdict.OTHER]


class HotRoutes(Generic[R]):
    """What is behind each request line, `POST /path HTTP/1.1`; a query or another version is another line."""

    def __init__(self, routes: Mapping[bytes, R], *, max_body: int = MAX_BODY) -> None:
        self._routes = dict(routes)
        self._max_body = min(max_body, MAX_BODY)
        self._longest = max(map(len, self._routes), default=0) + len(b"\r\n")

    def find(self, data: bytes) -> R | NotYet:
        """Return what is behind the one whole request that `data` is."""
        line_end = data.find(b"\r\n", 0, self._longest)
        if line_end < 0:
            return MORE if self._may_become_hot(data) else OTHER
        route = self._routes.get(data[:line_end])
        if route is None:
            return OTHER
        head_end = data.find(b"\r\n\r\n", line_end)
        if head_end < 0:
            return MORE if len(data) <= MAX_HEAD else OTHER
        length = body_length(data[line_end : head_end + 2])
        if length is None or length > self._max_body or head_end > MAX_HEAD:
            return OTHER
        missing = head_end + 4 + length - len(data)
        if missing == 0:
            return route
        return MORE if missing > 0 else OTHER  # more than one request: a client that pipelines

    def _may_become_hot(self, data: bytes) -> bool:
        return any(line.startswith(data.removesuffix(b"\r")) for line in self._routes)


def body_length(headers: bytes) -> int | None:
    """Return the Content-Length of plain headers (each after and before a CRLF); None when anything is unusual."""
    lower = headers.lower()
    if (
        b"\r\ntransfer-encoding" in lower
        or b"\r\nexpect" in lower
        or b"\r\nupgrade" in lower
        or b"\r\ncontent-encoding" in lower
    ):
        return None
    at = lower.find(b"\r\ncontent-length:")
    if at < 0 or lower.find(b"\r\ncontent-length", at + 2) >= 0:
        return None
    value = lower[at + 17 : lower.index(b"\r\n", at + 17)].strip(b" \t")
    if not value.isdigit() or len(value) > 5:
        return None
    return int(value)
