"""A relay, and what we show it."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from hitl_cli.http import RelayHttp


class Renewal(Protocol):
    """A credential that ends and can be had again."""

    async def current(self, relay: "RelayHttp") -> str:
        """Return a credential that is good for a while."""

    async def instead_of(self, refused: str, relay: "RelayHttp") -> str | None:
        """Return another credential than the one the relay refused, if there is one."""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A relay and the credential to show it, if there is one."""

    server_url: str
    credential: str | None
    renewal: Renewal | None = None

    def __repr__(self) -> str:
        return f"Endpoint({self.server_url!r})"
