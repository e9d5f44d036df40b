"""The device log as a device writes it, and the keys it needs to open what is sealed. docs/protocol/sealed.md."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import Field

from auth.guard import CONFIRM_PAGE, is_recent
from auth.keys import ORG_STORE
from auth.principal import Principal, caller
from mobile_api.revoking import revoke_devices
from relay.domain.device_log import KEY_BYTES, MAX_APPEND, MAX_MEMBERS, WRAP_BYTES, InboxWrap
from relay.domain.errors import Forbidden, NotFound, StepUpRequired
from relay.kernel.body import WireModel, base64_of, iso, read_model, to_base64
from relay.kernel.operation import Access, Operations
from relay.kernel.rates import HOUR, By, Limit
from relay.services.device_log import Writer
from relay.services.keys import AGENTS, DEVICE_LOG

operations = Operations("device log")

APPENDS: Limit = Limit(name="log-appends", calls=300, per_s=HOUR, by=By.ACCOUNT)
"""A human adds and removes devices and approves agents' keys by hand; each append checks signatures."""

Key = Annotated[str, base64_of(KEY_BYTES), Field(description="32 bytes, standard base64.")]


class WrapBody(WireModel):
    """The inbox key's private half, boxed from one device's key (`from`) to another's (`to`)."""

    inbox: Key
    by: Annotated[Key, Field(alias="from")]
    to: Key
    wrapped: Annotated[str, base64_of(WRAP_BYTES)]

    def wrap(self) -> InboxWrap:
        return InboxWrap(inbox=self.inbox, by=self.by, to=self.to, wrapped=self.wrapped)


Entries = Annotated[list[dict[str, Any]], Field(min_length=1, max_length=MAX_APPEND)]
Wraps = Annotated[list[WrapBody], Field(default_factory=list, max_length=MAX_MEMBERS)]


class AppendBody(WireModel):
    entries: Entries
    wraps: Wraps
    replaces: Annotated[
        str, Field(max_length=44, description="The head of a log that is given up; these entries begin another.")
    ] = ""


class LogHead(WireModel):
    root: str
    head: str
    seq: int


class InboxKey(WireModel):
    inbox: str
    by: Annotated[str, Field(alias="from")]
    wrapped: str


class AgentKeyShown(WireModel):
    agent_id: str
    agent_name: str
    public_key: str
    key_type: str
    created_at: str


@operations.post(
    "/api/v1/mobile/device-log",
    access=Access.OWNER,
    limits=(APPENDS,),
    summary="Append what a device signed to the account's device log",
    body=AppendBody,
    reply=LogHead,
    other={403: "a log begins only after a fresh confirmation of who one is", 409: "`log_moved`: read it again"},
)
async def append(request: web.Request) -> web.Response:
    principal, body = caller(request), await read_model(request, AppendBody)
    writer = writer_of(principal)
    if body.entries[0].get("seq") == 0 and not is_recent(request, principal):
        raise StepUpRequired(CONFIRM_PAGE)
    wraps = [wrap.wrap() for wrap in body.wraps]
    left = await request.app[DEVICE_LOG].append(writer, body.entries, wraps, replaces=body.replaces)
    await revoke_devices(request.app, principal, left)
    page = await request.app[DEVICE_LOG].page(principal.account_id, after=body.entries[-1]["seq"])
    return web.json_response({"root": page.root, "head": page.head, "seq": page.seq})


@operations.get(
    "/api/v1/mobile/inbox-key",
    access=Access.OWNER,
    summary="The account's inbox key, boxed for the calling device",
    reply=InboxKey,
    other={404: "the account has none, or this device is not in its log"},
)
async def inbox_key(request: web.Request) -> web.Response:
    principal = caller(request)
    wrap = await request.app[DEVICE_LOG].wrap_for(principal.account_id, writer_of(principal).device_id)
    if wrap is None:
        raise NotFound("there is no inbox key for this device")
    return web.json_response({"inbox": wrap.inbox, "from": wrap.by, "wrapped": wrap.wrapped})


@operations.get(
    "/api/v1/mobile/agent-keys",
    access=Access.OWNER,
    summary="The public keys of every agent that may ask this account, approved or not",
    reply=list[AgentKeyShown],
)
async def agent_keys(request: web.Request) -> web.Response:
    orgs = await request.app[ORG_STORE].ids_of(caller(request).account_id)
    keys = [
        {
            "agent_id": str(key.agent_id),
            "agent_name": name,
            "public_key": to_base64(key.public_key),
            "key_type": key.key_type,
            "created_at": iso(key.created_at),
        }
        for name, key in await request.app[AGENTS].keys_of_orgs(orgs)
    ]
    return web.json_response(keys)


def writer_of(principal: Principal) -> Writer:
    """Return the caller as one who may write: a session that belongs to a device."""
    if principal.device_id is None:
        raise Forbidden("this session belongs to no device; register one first")
    return Writer(account_id=principal.account_id, org_id=principal.org_id, device_id=principal.device_id)
