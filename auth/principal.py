"""Who is calling, as the guard established it. Handlers read nothing else about the caller."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from aiohttp import web

from relay.domain.errors import Forbidden
from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId


class CredentialKind(StrEnum):
    API_KEY = "api_key"
    """Of an agent."""
    ORG_TOKEN = "org_token"  # noqa: S105 - a kind, not a token
    """Of an organization, for programs that make tasks; neither an agent nor a human."""
    ACCESS_TOKEN = "access_token"  # noqa: S105 - a kind of credential, not one
    """An OAuth grant's: `credential_id` names the grant, so that whatever was issued from it ends with it."""
    SESSION = "session"


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """`account_id` is the human who signed in, whom the agent asks, or who made the organization's token.

    `owner_id` is whose credential it is, and with whose account or membership it ends: who signed in, made the key or
    connected the program. Whom an agent asks is somebody else's business, and changes.
    `resource` is the path beneath which an access token counts (RFC 8707); without one, anywhere on the relay.
    `credential_id` names the key or session. `account_name` and `authenticated_at` (when they last proved who they are)
    are there for humans, `agent_id` and `agent_name` for agents, so that neither needs a query. `client_id` is the
    OAuth client that an access token was issued to.
    """

    org_id: OrgId
    account_id: AccountId
    owner_id: AccountId
    account_name: str = ""
    authenticated_at: dt.datetime | None = None
    agent_id: AgentId | None = None
    agent_name: str | None = None
    scopes: frozenset[str]
    credential_id: UUID
    device_id: DeviceId | None = None
    client_id: str | None = None
    resource: str = ""
    kind: CredentialKind

    def may_enter(self, path: str) -> bool:
        """Return whether the credential is for what stands at `path`."""
        within = self.resource
        return not within or path == within or path.startswith(f"{within}/")

    @property
    def agent(self) -> tuple[AgentId, str]:
        """The agent this caller acts as. An operation for agents can rely on it; elsewhere a human is refused."""
        if self.agent_id is None or self.agent_name is None:
            raise Forbidden("this needs the API key of an agent")
        return self.agent_id, self.agent_name


PRINCIPAL: Final = web.RequestKey("principal", Principal)
EPOCH: Final = web.RequestKey("epoch", int)
"""The cache's epoch when the principal was asked for: what ended later ended after it was admitted."""


def caller(request: web.Request) -> Principal:
    """Return the caller of a guarded operation; a public one has none, and asking there is a programming error."""
    return request[PRINCIPAL]
