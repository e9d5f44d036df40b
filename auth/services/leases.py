"""What is open in somebody's name: waiting calls and streams that must end when the credential does."""

from collections.abc import Callable
from typing import Self

from aiohttp import web

from auth.principal import EPOCH, Principal, caller
from auth.revocation import Revocation
from auth.services.auth_cache import AuthCache
from relay.domain.errors import Unauthenticated


class Lease:
    """Held for a `with` block; small, because every waiting call holds one. `ended` says that it is over."""

    __slots__ = ("_end", "_leases", "_request", "ended")

    def __init__(self, leases: "Leases", request: web.Request, end: Callable[[], None]) -> None:
        self._leases = leases
        self._request = request
        self._end = end
        self.ended = False

    @property
    def principal(self) -> Principal:
        return caller(self._request)

    @property
    def epoch(self) -> int:
        return self._request[EPOCH]

    def __enter__(self) -> Self:
        self._leases.add(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._leases.discard(self)

    def end(self) -> None:
        self.ended = True
        self._end()


class Leases:
    def __init__(self, cache: AuthCache) -> None:
        self._cache = cache
        self._open: set[Lease] = set()
        cache.on_revoked(self._revoked)

    def __len__(self) -> int:
        return len(self._open)

    def held(self, request: web.Request, end: Callable[[], None]) -> Lease:
        """Offer a lease for a `with` block; `end` is called, once, when the caller's credential ends.

        `end` must not block. Entering raises Unauthenticated when it has ended since the guard admitted it.
        """
        return Lease(self, request, end)

    def add(self, lease: Lease) -> None:
        if self._cache.ended_since(lease.epoch, lease.principal):
            raise ended()
        self._open.add(lease)

    def discard(self, lease: Lease) -> None:
        self._open.discard(lease)

    def _revoked(self, gone: Revocation) -> None:
        for lease in [lease for lease in self._open if gone.covers(lease.principal)]:
            self._open.discard(lease)
            lease.end()


def ended() -> Unauthenticated:
    """Return what a caller is told whose credential ended while it waited."""
    return Unauthenticated("this credential was revoked meanwhile; what it asked goes on without it")
