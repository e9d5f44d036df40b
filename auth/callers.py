"""Where a request comes from: the one place that asks."""

from collections.abc import Sequence

from aiohttp import web

from relay.kernel.log import get_logger
from relay.kernel.network import Network, counts_as_one, is_special
from relay.kernel.proxies import Origin, claims_an_origin, origin_of

log = get_logger(__name__)


class Callers:
    """Knows the proxies whose word counts."""

    def __init__(self, trusted: Sequence[Network]) -> None:
        self._trusted = trusted
        self._warned = False

    def origin(self, request: web.Request) -> Origin:
        origin = origin_of(request.remote, request.headers, self._trusted)
        if not (self._warned or self._trusted) and origin.address and claims_an_origin(request.headers):
            self._warn(nearby=is_special(origin.address))
        return origin

    def ip(self, request: web.Request) -> str | None:
        """Return the caller's address in full: for comparing and for showing to its owner, not for logs."""
        address = self.origin(request).address
        return str(address) if address else None

    def key(self, request: web.Request) -> str:
        """Return who counts as one caller (IPv6: the /64)."""
        return counts_as_one(self.origin(request).address)

    def _warn(self, *, nearby: bool) -> None:
        """Say once that a proxy of this machine or network speaks of callers, and is not believed."""
        if nearby:
            self._warned = True
            log.warning("proxy_not_trusted")


CALLERS = web.AppKey("callers", Callers)


def client_ip(request: web.Request) -> str | None:
    return request.app[CALLERS].ip(request)
