"""The client: SDK and the `hitl-cli` command. It shares no code with the server.

from hitl_cli import HITL
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hitl_cli.errors import (
        Cancelled,
        CannotSeal,
        Expired,
        HitlError,
        IdentityChanged,
        NoAnswer,
        Refused,
        Unreachable,
        Untrusted,
    )
    from hitl_cli.sdk import HITL, Approval, SyncHITL
    from hitl_cli.verify import verify_receipt
    from hitl_cli.wire import Reply

_HOMES = {
    "HITL": "hitl_cli.sdk",
    "SyncHITL": "hitl_cli.sdk",
    "Approval": "hitl_cli.sdk",
    "Reply": "hitl_cli.wire",
    "verify_receipt": "hitl_cli.verify",
    "HitlError": "hitl_cli.errors",
    "NoAnswer": "hitl_cli.errors",
    "Expired": "hitl_cli.errors",
    "Cancelled": "hitl_cli.errors",
    "Refused": "hitl_cli.errors",
    "Unreachable": "hitl_cli.errors",
    "CannotSeal": "hitl_cli.errors",
    "Untrusted": "hitl_cli.errors",
    "IdentityChanged": "hitl_cli.errors",
}

__all__ = [
    "HITL",
    "Approval",
    "Cancelled",
    "CannotSeal",
    "Expired",
    "HitlError",
    "IdentityChanged",
    "NoAnswer",
    "Refused",
    "Reply",
    "SyncHITL",
    "Unreachable",
    "Untrusted",
    "verify_receipt",
]


def __getattr__(name: str) -> Any:
    """Import on first use: `import hitl_cli` must not cost what aiohttp costs."""
    try:
        home = _HOMES[name]
    except KeyError:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}") from None
    return getattr(import_module(home), name)
