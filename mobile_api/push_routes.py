"""How a device is woken: its push address, a test, and what its human wants of notifications."""

import re
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from aiohttp import web
from pydantic import Field

from auth.principal import caller
from push.keys import PUSH_DEVICES, PUSH_SETTINGS
from push.policy import Preference, QuietHours
from push.provider import Target, Vendor
from push.rfc8291 import AUTH_BYTES, BadKeys, public_key
from push.vapid import from_base64url
from relay.domain.errors import InvalidInput, NotFound
from relay.domain.parties import Device
from relay.kernel.body import WireModel, path_id, read_model
from relay.kernel.operation import Access, Operations
from relay.services.keys import CLOCK, DEVICES

operations = Operations("push")

MAX_TOKEN = 2048
"""Characters; the longest addresses of push services have some 500."""

Clock24 = Annotated[str, Field(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9]$", description="Local time, `22:30`.")]


class PushBody(WireModel):
    """For `webpush`: `endpoint`, `p256dh` and `auth` as the browser's subscription has them. Else the app's `token`."""

    vendor: Literal["webpush", "apns", "fcm"]
    endpoint: Annotated[str | None, Field(max_length=MAX_TOKEN)] = None
    p256dh: Annotated[str | None, Field(max_length=100)] = None
    auth: Annotated[str | None, Field(max_length=40)] = None
    token: Annotated[str | None, Field(min_length=1, max_length=MAX_TOKEN)] = None
    sandbox: Annotated[bool, Field(description="APNs: the app is a development build.")] = False
    topic: Annotated[str, Field(max_length=200, description="APNs: the app's bundle id, if not the relay's.")] = ""


class TestReply(WireModel):
    verdict: Annotated[
        Literal["sent", "dead", "retry", "unknown", "drop", "config"],
        Field(description="`sent`: the push service took it. `dead`: subscribe again. The rest: the relay's trouble."),
    ]
    code: Annotated[str, Field(description="The push service's own word.")]


class KeyReply(WireModel):
    key: Annotated[str, Field(description="The `applicationServerKey` to subscribe with: base64url.")]


class PreferenceBody(WireModel):
    """What is absent stays as it is; `quiet_from` and `quiet_until` go together, and `null` ends the quiet hours."""

    show_words: Annotated[
        bool | None, Field(description="Put the question itself into the push, readable by Apple and Google.")
    ] = None
    reminders: Annotated[bool | None, Field(description="Remind of urgent questions that nobody has seen.")] = None
    quiet_from: Clock24 | None = None
    quiet_until: Clock24 | None = None
    time_zone: Annotated[str | None, Field(max_length=64, description="As in `Europe/Zurich`.")] = None


class PreferenceReply(WireModel):
    show_words: bool
    reminders: bool
    quiet_from: str | None
    quiet_until: str | None
    time_zone: str


@operations.get(
    "/api/v1/mobile/push/vapid-key",
    access=Access.OWNER,
    summary="The key a browser subscribes to pushes with",
    reply=KeyReply,
)
async def vapid_key(request: web.Request) -> web.Response:
    return web.json_response({"key": request.app[PUSH_DEVICES].key})


@operations.post(
    "/api/v1/mobile/devices/{id}/push",
    access=Access.OWNER,
    summary="Say where a device is woken; what was registered for it before is replaced",
    body=PushBody,
    status=204,
)
async def register(request: web.Request) -> web.Response:
    device = await _device(request)
    body = await read_model(request, PushBody)
    await request.app[PUSH_DEVICES].register(_target(request, device, body))
    return web.Response(status=204)


@operations.delete(
    "/api/v1/mobile/devices/{id}/push", access=Access.OWNER, summary="Wake this device no more", status=204
)
async def unregister(request: web.Request) -> web.Response:
    device = await _device(request)
    await request.app[PUSH_DEVICES].unregister(device.account_id, device.id)
    return web.Response(status=204)


@operations.post(
    "/api/v1/mobile/devices/{id}/push/test",
    access=Access.OWNER,
    summary="Send a test notification to a device, and return what its push service says",
    reply=TestReply,
)
async def test(request: web.Request) -> web.Response:
    device = await _device(request)
    result = await request.app[PUSH_DEVICES].test(device.account_id, device.id)
    return web.json_response({"verdict": result.verdict.value, "code": result.code})


@operations.get(
    "/api/v1/mobile/push/preferences",
    access=Access.OWNER,
    summary="How the account wants to be woken",
    reply=PreferenceReply,
)
async def preferences(request: web.Request) -> web.Response:
    wish = await request.app[PUSH_DEVICES].preference(caller(request).account_id)
    return web.json_response(_shown(wish))


@operations.patch(
    "/api/v1/mobile/push/preferences",
    access=Access.OWNER,
    summary="Change it: words in pushes, reminders, quiet hours",
    body=PreferenceBody,
    reply=PreferenceReply,
)
async def prefer(request: web.Request) -> web.Response:
    account = caller(request).account_id
    body = await read_model(request, PreferenceBody)
    wish = _changed(await request.app[PUSH_DEVICES].preference(account), body)
    await request.app[PUSH_DEVICES].prefer(account, wish)
    return web.json_response(_shown(wish))


async def _device(request: web.Request) -> Device:
    device = await request.app[DEVICES].by_id(caller(request).account_id, path_id(request))
    if device is None:
        raise NotFound("there is no such device, or it is not yours")
    return device


def _target(request: web.Request, device: Device, body: PushBody) -> Target:
    vendor = Vendor(body.vendor)
    p256dh, auth, token = b"", b"", body.token or ""
    if vendor is Vendor.WEBPUSH:
        token, p256dh, auth = _subscription(body)
    elif vendor is Vendor.APNS and not re.fullmatch(r"[0-9A-Fa-f]{64,200}", token):
        raise InvalidInput("must be the device token in hexadecimal, 64 digits or more", "/token")
    elif not (token.isascii() and token.isprintable() and token):
        raise InvalidInput("must be the registration token", "/token")
    return Target(
        device_id=device.id,
        account_id=device.account_id,
        vendor=vendor,
        token=token,
        p256dh=p256dh,
        auth=auth,
        sandbox=vendor is Vendor.APNS and body.sandbox,
        topic=_topic(request, body) if vendor is Vendor.APNS else "",
        registered_at=request.app[CLOCK].now(),
    )


def _subscription(body: PushBody) -> tuple[str, bytes, bytes]:
    endpoint = body.endpoint or ""
    if not re.fullmatch(r"https?://[!-~]+", endpoint):
        raise InvalidInput("must be the subscription's address, https://…", "/endpoint")
    p256dh, auth = _decoded(body.p256dh, "/p256dh"), _decoded(body.auth, "/auth")
    try:
        public_key(p256dh)
    except BadKeys:
        raise InvalidInput("must be an uncompressed point of P-256: 65 bytes in base64url", "/p256dh") from None
    if len(auth) != AUTH_BYTES:
        raise InvalidInput("must be 16 bytes in base64url", "/auth")
    return endpoint, p256dh, auth


def _decoded(text: str | None, pointer: str) -> bytes:
    try:
        return from_base64url(text or "")
    except ValueError:
        raise InvalidInput("must be base64url", pointer) from None


def _topic(request: web.Request, body: PushBody) -> str:
    """Return the bundle id; with a key that serves one app, another's would only break the way for all."""
    ours = request.app[PUSH_SETTINGS].apns.topic
    if body.topic and ours and body.topic != ours:
        raise InvalidInput(f"this relay wakes {ours}", "/topic")
    return body.topic or ours


def _changed(wish: Preference, body: PreferenceBody) -> Preference:
    given = body.model_fields_set
    zone = body.time_zone or wish.time_zone
    quiet = _quiet(body) if given & {"quiet_from", "quiet_until"} else wish.quiet
    return Preference(
        show_words=wish.show_words if body.show_words is None else body.show_words,
        reminders=wish.reminders if body.reminders is None else body.reminders,
        quiet=quiet,
        time_zone=_zone(zone),
    )


def _quiet(body: PreferenceBody) -> QuietHours | None:
    if body.quiet_from is None and body.quiet_until is None:
        return None
    if body.quiet_from is None or body.quiet_until is None:
        missing = "/quiet_from" if body.quiet_from is None else "/quiet_until"
        raise InvalidInput("the quiet hours have a beginning and an end", missing)
    if body.quiet_from == body.quiet_until:
        raise InvalidInput("must differ from quiet_from", "/quiet_until")
    return QuietHours(_minutes(body.quiet_from), _minutes(body.quiet_until))


def _zone(name: str) -> str:
    try:
        ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise InvalidInput("is not a time zone; try one like Europe/Zurich", "/time_zone") from None
    return name


def _minutes(clock: str) -> int:
    hours, _, minutes = clock.partition(":")
    return int(hours) * 60 + int(minutes)


def _shown(wish: Preference) -> dict[str, object]:
    return {
        "show_words": wish.show_words,
        "reminders": wish.reminders,
        "quiet_from": _clock(wish.quiet.start_minute) if wish.quiet else None,
        "quiet_until": _clock(wish.quiet.end_minute) if wish.quiet else None,
        "time_zone": wish.time_zone,
    }


def _clock(minute: int) -> str:
    return f"{minute // 60:02}:{minute % 60:02}"
