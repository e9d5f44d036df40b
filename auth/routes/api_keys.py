"""API keys: make, list, rotate, revoke. Only a signed-in human may; a key cannot make keys."""

from aiohttp import web

from auth.html import NO_STORE
from auth.keys import AGENT_SERVICE, API_KEYS
from auth.principal import caller
from auth.routes.key_wire import ApiKeyReply, KeyBody, NewApiKeyReply, RotateBody
from auth.routes.wire import json_list
from auth.scopes import KEYS_READ, KEYS_WRITE
from auth.services.api_keys import NewKey
from relay.domain.ids import AgentId
from relay.domain.parties import Agent
from relay.kernel.body import json_reply, parse_model, path_id, read_model
from relay.kernel.operation import Access, Operations

operations = Operations("api-keys")


@operations.post(
    "/api/v1/api-keys",
    access=Access.OWNER,
    scope=KEYS_WRITE,
    recent=True,
    summary="Make an API key for an agent, or for the organization; the reply is the only place it is ever shown",
    body=KeyBody,
    reply=NewApiKeyReply,
    status=201,
)
async def create(request: web.Request) -> web.Response:
    new = await make_key(request, await read_model(request, KeyBody))
    return json_reply(NewApiKeyReply.of(new), status=201, headers=NO_STORE)


@operations.get(
    "/api/v1/api-keys",
    access=Access.OWNER,
    scope=KEYS_READ,
    summary="The organization's keys, newest first, without the keys themselves",
    reply=list[ApiKeyReply],
)
async def listing(request: web.Request) -> web.Response:
    return json_list(ApiKeyReply.of(key) for key in await request.app[API_KEYS].of_org(caller(request)))


@operations.post(
    "/api/v1/api-keys/{id}/rotate",
    access=Access.OWNER,
    scope=KEYS_WRITE,
    recent=True,
    summary="Make a key's successor; the key itself works on for a grace",
    body=RotateBody,
    reply=NewApiKeyReply,
    status=201,
    other={409: "the key was rotated or revoked before, or has expired"},
)
async def rotate(request: web.Request) -> web.Response:
    body = parse_model(await request.read() or b"{}", RotateBody)
    new = await request.app[API_KEYS].rotate(caller(request), path_id(request), body.grace)
    return json_reply(NewApiKeyReply.of(new), status=201, headers=NO_STORE)


@operations.delete(
    "/api/v1/api-keys/{id}",
    access=Access.OWNER,
    scope=KEYS_WRITE,
    summary="Revoke a key: the next call with it fails",
    status=204,
)
async def revoke(request: web.Request) -> web.Response:
    await request.app[API_KEYS].revoke(caller(request), path_id(request))
    return web.Response(status=204)


async def make_key(request: web.Request, body: KeyBody) -> NewKey:
    """Make a key for the organization, for an agent of it, or for a new agent of the given name."""
    principal = caller(request)
    return await request.app[API_KEYS].create(
        principal,
        await _agent(request, body),
        description=body.description,
        life=body.life,
        scopes=frozenset(body.scopes) if body.scopes else None,
    )


async def _agent(request: web.Request, body: KeyBody) -> Agent | None:
    agents = request.app[AGENT_SERVICE]
    if body.agent_id:
        return await agents.by_id(caller(request), AgentId(body.agent_id))
    return await agents.named(caller(request), body.agent_name) if body.agent_name else None
