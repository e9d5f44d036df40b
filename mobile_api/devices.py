"""A human's devices: register, list, rename, revoke."""

from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field

from auth.keys import SESSIONS
from auth.principal import caller
from mobile_api.revoking import revoke_device
from mobile_api.wire import Base64, Name, device_shown
from push.keys import PUSH_DEVICES
from push.results import Verdict
from push.store.targets import Health
from relay.domain.errors import NotFound
from relay.domain.ids import DeviceId, uuid7
from relay.domain.log_entry import EntryType
from relay.domain.parties import Device, DeviceKind
from relay.kernel.body import WireModel, iso, path_id, public_key, read_model
from relay.kernel.operation import Access, Operations
from relay.services.keys import CHANCE, CLOCK, DEVICES, HUB, JOURNAL

operations = Operations("devices")

STATES: Final = {"": "new", Verdict.SENT.value: "ok"}


class DeviceBody(WireModel):
    """A device as it presents itself; its private keys never leave it."""

    name: Name
    kind: Literal["phone", "browser", "terminal"]
    ed25519: Base64 | None = None
    x25519: Base64 | None = None


class RenameBody(WireModel):
    name: Name


class PushState(WireModel):
    """`ok`: the last push was taken. `new`: none was sent yet. `dead`: subscribe again. `failing`: see `code`."""

    vendor: Literal["webpush", "apns", "fcm"]
    state: Literal["ok", "new", "dead", "failing"]
    last_ok_at: str | None
    code: Annotated[str, Field(description="The push service's last word.")]


class DeviceReply(WireModel):
    device_id: str
    name: str
    kind: str
    created_at: str
    last_seen_at: Annotated[str | None, Field(description="When its socket was last seen.")]
    connected: bool
    push: Annotated[PushState | None, Field(description="Null when the device cannot be woken by a push.")]
    current: Annotated[bool, Field(description="Whether the calling session belongs to it.")]


@operations.post(
    "/api/v1/mobile/devices",
    access=Access.OWNER,
    recent=True,
    summary="Register this device; the calling session belongs to it from then on",
    body=DeviceBody,
    reply=DeviceReply,
    status=201,
    other={200: "the session has its device already; that one is returned"},
)
async def register(request: web.Request) -> web.Response:
    principal = caller(request)
    body = await read_model(request, DeviceBody)
    if principal.device_id and (known := await request.app[DEVICES].by_id(principal.account_id, principal.device_id)):
        return web.json_response(await _shown(request, known))
    now = request.app[CLOCK].now()
    device = Device(
        id=DeviceId(uuid7(now, request.app[CHANCE])),
        account_id=principal.account_id,
        name=body.name.strip(),
        kind=DeviceKind(body.kind),
        created_at=now,
        ed25519=public_key(body.ed25519, "/ed25519") if body.ed25519 else None,
        x25519=public_key(body.x25519, "/x25519") if body.x25519 else None,
    )
    await request.app[DEVICES].add(device)
    await request.app[SESSIONS].bind_device(principal, device.id)
    await request.app[JOURNAL].note(
        principal.account_id, EntryType.DEVICE_REGISTERED, device.id, actor=principal.account_id, org=principal.org_id
    )
    return web.json_response(await _shown(request, device, current=device.id), status=201)


@operations.get("/api/v1/mobile/devices", access=Access.OWNER, summary="The account's devices", reply=list[DeviceReply])
async def listing(request: web.Request) -> web.Response:
    account = caller(request).account_id
    devices = await request.app[DEVICES].of_account(account)
    health = await request.app[PUSH_DEVICES].health(account)
    return web.json_response([_with_push(request, device, health.get(device.id)) for device in devices])


@operations.patch(
    "/api/v1/mobile/devices/{id}",
    access=Access.OWNER,
    summary="Give a device another name",
    body=RenameBody,
    reply=DeviceReply,
)
async def rename(request: web.Request) -> web.Response:
    principal = caller(request)
    body = await read_model(request, RenameBody)
    device_id = DeviceId(path_id(request))
    device = await request.app[DEVICES].rename(principal.account_id, device_id, body.name.strip())
    if device is None:
        raise NotFound("there is no such device, or it is not yours")
    await request.app[JOURNAL].note(
        principal.account_id, EntryType.DEVICE_RENAMED, device_id, actor=principal.account_id, org=principal.org_id
    )
    return web.json_response(await _shown(request, device))


@operations.delete(
    "/api/v1/mobile/devices/{id}",
    access=Access.OWNER,
    summary="Revoke a device: its sessions end and its sockets close at once",
    status=204,
)
async def revoke(request: web.Request) -> web.Response:
    principal = caller(request)
    if not await revoke_device(request.app, principal, DeviceId(path_id(request))):
        raise NotFound("there is no such device, or it is not yours")
    return web.Response(status=204)


async def _shown(request: web.Request, device: Device, *, current: DeviceId | None = None) -> dict[str, object]:
    health = await request.app[PUSH_DEVICES].health(device.account_id)
    return _with_push(request, device, health.get(device.id), current=current)


def _with_push(
    request: web.Request, device: Device, health: Health | None, *, current: DeviceId | None = None
) -> dict[str, object]:
    principal = caller(request)
    connected = request.app[HUB].live_devices(principal.account_id)
    shown = device_shown(device, connected=connected, current=current or principal.device_id)
    return shown | {"push": _push_state(health) if health else None}


def _push_state(health: Health) -> dict[str, str | None]:
    state = "dead" if health.dead_at else STATES.get(health.verdict, "failing")
    taken = iso(health.taken_at) if health.taken_at else None
    return {"vendor": health.vendor.value, "state": state, "last_ok_at": taken, "code": health.code}
