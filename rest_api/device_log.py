"""The device log as agents and devices read it, to find out for themselves whom they seal for."""

from typing import Annotated, Any
from uuid import UUID

from aiohttp import web
from pydantic import Field

from auth.keys import ACCOUNTS
from auth.principal import Principal, caller
from relay.domain.errors import InvalidInput
from relay.domain.ids import AccountId
from relay.kernel.body import WireModel, read_query
from relay.kernel.operation import Access, Operations
from relay.services.keys import DEVICE_LOG

operations = Operations("device log")


class LogQuery(WireModel):
    after: Annotated[int, Field(ge=-1, le=1 << 31, description="Only entries with a greater `seq`.")] = -1
    audience: Annotated[UUID | None, Field(description="The account an agent means to ask; absent: its owner.")] = None


class LogReply(WireModel):
    """Empty texts and -1 where the account has no log."""

    entries: Annotated[list[dict[str, Any]], Field(description="docs/protocol/sealed.md has their members.")]
    root: str
    head: str
    seq: int


@operations.get(
    "/api/v1/device-log",
    access=Access.EITHER,
    scope="requests:write",
    summary="The account's device log: whose keys are its devices' and its agents'",
    query=LogQuery,
    reply=LogReply,
)
async def show(request: web.Request) -> web.Response:
    query = read_query(request, LogQuery)
    account = await _account(request, caller(request), query.audience)
    page = await request.app[DEVICE_LOG].page(account, query.after)
    return web.json_response({"entries": page.entries, "root": page.root, "head": page.head, "seq": page.seq})


async def _account(request: web.Request, principal: Principal, audience: UUID | None) -> AccountId:
    if audience is None or audience == principal.account_id:
        return principal.account_id
    if principal.agent_id is None or not await request.app[ACCOUNTS].is_member(principal.org_id, AccountId(audience)):
        raise InvalidInput("is not a member of the agent's organization", "/audience")
    return AccountId(audience)
