"""What a credential may do. Operations name one scope; the guard looks it up in the caller's."""

from collections.abc import Mapping
from typing import Final

from auth.entities import Role

REQUESTS_READ: Final = "requests:read"
REQUESTS_WRITE: Final = "requests:write"
"""Ask, notify, cancel and, for humans, answer."""

AGENTS_READ: Final = "agents:read"
AGENTS_WRITE: Final = "agents:write"
KEYS_READ: Final = "keys:read"
KEYS_WRITE: Final = "keys:write"
"""No API key is ever given this one: a key cannot make keys."""

DEVICES_WRITE: Final = "devices:write"
SESSIONS_WRITE: Final = "sessions:write"

AGENT_SCOPES: Final = frozenset({REQUESTS_READ, REQUESTS_WRITE, AGENTS_READ})
OPERATOR_SCOPES: Final = frozenset({REQUESTS_READ, REQUESTS_WRITE, AGENTS_READ, DEVICES_WRITE, SESSIONS_WRITE})
ALL_SCOPES: Final = OPERATOR_SCOPES | {AGENTS_WRITE, KEYS_READ, KEYS_WRITE}

ROLE_SCOPES: Final[Mapping[Role, frozenset[str]]] = {
    Role.OWNER: ALL_SCOPES,
    Role.ADMIN: ALL_SCOPES,
    Role.OPERATOR: OPERATOR_SCOPES,
}
