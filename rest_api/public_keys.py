"""Public keys of agents and devices, as the published client asks for them."""

from typing import Annotated, Literal
from uuid import UUID

from aiohttp import web
from pydantic import Field

from auth.principal import caller
from relay.domain.errors import NotFound
from relay.domain.ids import AgentId
from relay.domain.log_entry import EntryType
from relay.domain.parties import AgentKey
from relay.kernel.body import WireModel, public_key, read_model, to_base64
from relay.kernel.operation import Access, Operations
from relay.services.device_log import Recipient
from relay.services.keys import AGENTS, CLOCK, DEVICE_LOG, JOURNAL

operations = Operations("public keys")


class KeyBody(WireModel):
    """`POST /api/v1/keys/register`. Without `key_type` it is an X25519 box key: the published client sends none."""

    entity_type: Literal["agent"]
    entity_id: UUID
    public_key: Annotated[str, Field(max_length=200, description="32 bytes, standard base64.")]
    key_type: Literal["x25519", "ed25519"] = "x25519"


class KeyReply(WireModel):
    entity_type: str
    entity_id: str
    public_key: str
    key_type: str


class UserKey(WireModel):
    public_key: str
    key_type: str
    device_id: Annotated[str | None, Field(description="Null for the account's inbox key.")]


class PublicKeys(WireModel):
    public_keys: list[str]


@operations.post(
    "/api/v1/keys/register",
    access=Access.EITHER,
    scope="requests:write",
    summary="Register an agent's public key; its owner's devices learn of it",
    body=KeyBody,
    reply=KeyReply,
)
async def register(request: web.Request) -> web.Response:
    principal, body = caller(request), await read_model(request, KeyBody)
    agent_id = AgentId(body.entity_id)
    agent = await request.app[AGENTS].by_id(principal.org_id, agent_id)
    if agent is None or (principal.agent_id is not None and principal.agent_id != agent_id):
        raise NotFound("there is no such agent, or it is not yours")
    key = AgentKey(
        agent_id=agent_id,
        public_key=public_key(body.public_key, "/public_key"),
        key_type=body.key_type,
        created_at=request.app[CLOCK].now(),
    )
    if await request.app[AGENTS].add_key(key):
        await request.app[JOURNAL].note(
            agent.account_id, EntryType.AGENT_KEY_REGISTERED, agent_id, actor=agent_id, org=agent.org_id
        )
    return web.json_response({**body.model_dump(mode="json"), "public_key": to_base64(key.public_key)})


@operations.get(
    "/api/v1/keys/user",
    access=Access.EITHER,
    scope="requests:write",
    summary="The account's inbox key, if it has one, then the box keys of its devices, newest first",
    reply=list[UserKey],
)
async def of_user(request: web.Request) -> web.Response:
    keys = [
        {"public_key": to.key, "key_type": "x25519", "device_id": str(to.device) if to.device else None}
        for to in await _recipients(request)
    ]
    return web.json_response(keys)


@operations.get(
    "/api/v1/devices/public-keys",
    access=Access.EITHER,
    scope="requests:write",
    summary="The same keys as a bare list, for clients that want only that",
    reply=PublicKeys,
)
async def of_devices(request: web.Request) -> web.Response:
    return web.json_response({"public_keys": [to.key for to in await _recipients(request)]})


async def _recipients(request: web.Request) -> list[Recipient]:
    return await request.app[DEVICE_LOG].recipients(caller(request).account_id)
