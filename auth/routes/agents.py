"""Agents: list, make, change, delete."""

from aiohttp import web

from auth.keys import AGENT_SERVICE
from auth.principal import caller
from auth.routes.key_wire import AgentBody, AgentChangeBody, AgentQuery, AgentReply, NewAgentReply
from auth.routes.wire import json_list
from auth.scopes import AGENTS_READ, AGENTS_WRITE
from auth.services.agents import AgentChange
from relay.domain.ids import AccountId, AgentId
from relay.kernel.body import json_reply, path_id, read_model, read_query
from relay.kernel.operation import Access, Operations

operations = Operations("agents")


@operations.get(
    "/api/v1/agents",
    access=Access.EITHER,
    scope=AGENTS_READ,
    summary="The organization's agents; an agent's key sees its own only",
    query=AgentQuery,
    reply=list[AgentReply],
)
async def listing(request: web.Request) -> web.Response:
    query = read_query(request, AgentQuery)
    found = await request.app[AGENT_SERVICE].visible_to(caller(request), archived=query.archived)
    return json_list(AgentReply.of(agent) for agent in found)


@operations.post(
    "/api/v1/agents",
    access=Access.OWNER,
    scope=AGENTS_WRITE,
    summary="Make an agent",
    body=AgentBody,
    reply=NewAgentReply,
    status=201,
    other={409: "there is an agent of this name already"},
)
async def create(request: web.Request) -> web.Response:
    body = await read_model(request, AgentBody)
    asks = AccountId(body.account_id) if body.account_id else None
    agent = await request.app[AGENT_SERVICE].create(caller(request), body.name, asks=asks)
    return json_reply(NewAgentReply.of(agent), status=201)


@operations.patch(
    "/api/v1/agents/{id}",
    access=Access.OWNER,
    scope=AGENTS_WRITE,
    summary="Rename an agent, pause, resume or archive it, or have it ask another member",
    body=AgentChangeBody,
    reply=AgentReply,
    other={409: "there is an agent of this name already"},
)
async def change(request: web.Request) -> web.Response:
    body = await read_model(request, AgentChangeBody)
    wanted = AgentChange(
        name=body.name, account_id=AccountId(body.account_id) if body.account_id else None, status=body.status
    )
    agent = await request.app[AGENT_SERVICE].change(caller(request), AgentId(path_id(request)), wanted)
    return json_reply(AgentReply.of(agent))


@operations.delete(
    "/api/v1/agents/{id}",
    access=Access.OWNER,
    scope=AGENTS_WRITE,
    summary="Delete an agent: its keys end, its open questions are withdrawn",
    status=204,
)
async def delete(request: web.Request) -> web.Response:
    await request.app[AGENT_SERVICE].delete(caller(request), AgentId(path_id(request)))
    return web.Response(status=204)
