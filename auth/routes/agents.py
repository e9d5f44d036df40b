"""Agents: list and make."""

from aiohttp import web

from auth.keys import AGENT_SERVICE
from auth.principal import caller
from auth.routes.wire import AgentBody, AgentReply, NewAgentReply, json_list
from auth.scopes import AGENTS_READ, AGENTS_WRITE
from relay.kernel.body import json_reply, read_model
from relay.kernel.operation import Access, Operations

operations = Operations("agents")


@operations.get(
    "/api/v1/agents",
    access=Access.EITHER,
    scope=AGENTS_READ,
    summary="The organization's agents; an agent's key sees its own only",
    reply=list[AgentReply],
)
async def listing(request: web.Request) -> web.Response:
    found = await request.app[AGENT_SERVICE].visible_to(caller(request))
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
    agent = await request.app[AGENT_SERVICE].create(caller(request), body.name)
    return json_reply(NewAgentReply.of(agent), status=201)
