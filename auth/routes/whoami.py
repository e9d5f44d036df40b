"""Who a credential is, for whoever holds it."""

from typing import Annotated
from uuid import UUID

from aiohttp import web
from pydantic import Field

from auth.principal import CredentialKind, caller
from relay.kernel.body import WireModel, json_reply
from relay.kernel.operation import Access, Operations

operations = Operations("owners")


class WhoAmIReply(WireModel):
    kind: CredentialKind
    credential_id: UUID
    org_id: UUID
    account_id: Annotated[UUID, Field(description="Who signed in, whom the agent asks, or who made the token.")]
    agent_id: UUID | None
    agent_name: str | None
    scopes: list[str]


@operations.get(
    "/api/v1/auth/whoami",
    access=Access.ANY,
    summary="What the calling credential is and may do",
    reply=WhoAmIReply,
)
async def whoami(request: web.Request) -> web.Response:
    principal = caller(request)
    reply = WhoAmIReply(
        kind=principal.kind,
        credential_id=principal.credential_id,
        org_id=principal.org_id,
        account_id=principal.account_id,
        agent_id=principal.agent_id,
        agent_name=principal.agent_name,
        scopes=sorted(principal.scopes),
    )
    return json_reply(reply)
