"""The authorization server's names and numbers, as this relay is set up."""

import datetime as dt
from dataclasses import dataclass
from typing import Final

MCP_PATHS: Final = ("/mcp", "/mcp-server/mcp")
"""Where agents speak MCP; each is a protected resource of its own name (RFC 9728)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """`issuer` is the public origin without a slash: clients compare it character by character (RFC 8414 3.3)."""

    issuer: str
    long_life: dt.timedelta
    """Of the access tokens of programs that do not renew them."""
    documents: bool = False
    """Whether a client id may be the address of a document about the client."""

    @property
    def resources(self) -> frozenset[str]:
        """What a token may be for (RFC 8707): the relay as a whole, or one of its MCP endpoints."""
        named = {self.issuer + path for path in MCP_PATHS}
        return frozenset({self.issuer, *named, *(f"{name}/" for name in (*named, self.issuer))})

    @property
    def device_page(self) -> str:
        return f"{self.issuer}/device"
