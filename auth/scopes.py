"""What a credential may do. Operations name one scope; the guard looks it up in the caller's.

This is the one table of who may do what: `ROLE_SCOPES` for humans, by their role in the organization they act in,
`AGENT_SCOPES` and `TASK_SCOPES` for API keys. `docs/topics/organizations.md` shows it; a test compares the two.
"""

from collections.abc import Mapping
from typing import Final

from auth.entities import KeyKind, Role

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

MEMBERS_READ: Final = "members:read"
MEMBERS_WRITE: Final = "members:write"
"""Invite, change roles, remove. Making and unmaking owners, and what befalls an owner, needs `owners:write` besides."""
OWNERS_WRITE: Final = "owners:write"
ORG_WRITE: Final = "org:write"
ORG_DELETE: Final = "org:delete"
AUDIT_READ: Final = "audit:read"

TASKS_CREATE: Final = "tasks:create"
TASKS_READ: Final = "tasks:read"
PROCESSES_READ: Final = "processes:read"
PROCESSES_WRITE: Final = "processes:write"

AGENT_SCOPES: Final = frozenset({REQUESTS_READ, REQUESTS_WRITE, AGENTS_READ})
TASK_SCOPES: Final = frozenset({TASKS_CREATE, TASKS_READ, PROCESSES_READ, PROCESSES_WRITE})

KEY_SCOPES: Final[Mapping[KeyKind, frozenset[str]]] = {KeyKind.AGENT: AGENT_SCOPES, KeyKind.ORG: TASK_SCOPES}
"""What a key of each kind may be given at most; it is given all of it unless its maker asks for less."""

OPERATOR_SCOPES: Final = frozenset(
    {REQUESTS_READ, REQUESTS_WRITE, AGENTS_READ, MEMBERS_READ, DEVICES_WRITE, SESSIONS_WRITE}
)
ADMIN_SCOPES: Final = (
    OPERATOR_SCOPES | TASK_SCOPES | {AGENTS_WRITE, KEYS_READ, KEYS_WRITE, MEMBERS_WRITE, ORG_WRITE, AUDIT_READ}
)
ALL_SCOPES: Final = ADMIN_SCOPES | {OWNERS_WRITE, ORG_DELETE}

ROLE_SCOPES: Final[Mapping[Role, frozenset[str]]] = {
    Role.OWNER: ALL_SCOPES,
    Role.ADMIN: ADMIN_SCOPES,
    Role.OPERATOR: OPERATOR_SCOPES,
}
