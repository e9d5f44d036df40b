"""A new device joins by a code, and one of the account's devices vouches for it. docs/protocol/sealed.md."""

from typing import Annotated, Final, Literal

from aiohttp import web
from pydantic import Field

from auth.guard import refuse_foreign
from auth.keys import ACCOUNTS, SESSIONS
from auth.principal import caller
from auth.routes.browser import visit_of, with_cookie
from auth.services.sessions import SignedIn
from mobile_api.device_log import Entries, Key, Wraps, writer_of
from mobile_api.revoking import revoke_devices
from mobile_api.wire import Name
from relay.domain.device_log import SIGNATURE_BYTES
from relay.domain.errors import NotFound
from relay.domain.ids import DeviceId
from relay.domain.pairing import Newcomer, Pairing, PairingState
from relay.domain.parties import DeviceKind
from relay.kernel.body import WireModel, base64_of, iso, path_id, read_model
from relay.kernel.operation import Access, Operations
from relay.kernel.rates import HOUR, By, Limit
from relay.services.keys import DEVICE_LOG, PAIRING
from relay.store.pairings import GONE

operations = Operations("pairing")

PAIRINGS: Final = Limit(name="pairings", calls=30, per_s=HOUR, by=By.ACCOUNT)
"""A row and a code each; nobody has so many devices."""

JOINS: Final = Limit(name="pairing-joins", calls=30, per_s=HOUR, by=By.ADDRESS)
"""Tries of a code. Forty bits for five minutes: no address gets near a guess."""

NO_STORE: Final = {"Cache-Control": "no-store"}

Nonce = Annotated[str, base64_of(16)]
"""16 random bytes."""


class BeginBody(WireModel):
    commit: Annotated[Key, Field(description="SHA-256 of a nonce that is revealed after the new device's keys came.")]


class BegunReply(WireModel):
    pairing_id: str
    code: str
    expires_at: str


class JoinBody(WireModel):
    """The new device's keys. `mac` proves that it scanned the code; empty when its human typed it."""

    code: Annotated[str, Field(min_length=8, max_length=20)]
    kind: Literal["phone", "browser", "terminal"]
    name: Name
    sign: Key
    box: Key
    pop: Annotated[str, base64_of(SIGNATURE_BYTES)]
    nonce: Nonce
    mac: Literal[""] | Key = ""

    def newcomer(self) -> Newcomer:
        return Newcomer(
            kind=DeviceKind(self.kind),
            name=self.name,
            sign=self.sign,
            box=self.box,
            pop=self.pop,
            nonce=self.nonce,
            mac=self.mac,
        )


class JoinedReply(WireModel):
    pairing_id: str
    ticket: Annotated[str, Field(description="Asks what became of it; shown once.")]
    commit: str
    expires_at: str


class PairingReply(WireModel):
    """Null from `joined_at` on while nobody has joined. `device_id` is the one the new device will have."""

    state: Literal["open", "joined", "revealed", "accepted"]
    expires_at: str
    joined_at: str | None
    device_id: str | None
    kind: str | None
    name: str | None
    sign: str | None
    box: str | None
    pop: str | None
    nonce: str | None
    mac: str | None


class RevealBody(WireModel):
    nonce: Nonce
    root: Key


class AcceptBody(WireModel):
    device_id: Annotated[str, Field(max_length=36)]
    entries: Entries
    wraps: Wraps


class ClaimBody(WireModel):
    ticket: Annotated[str, Field(max_length=100)]


class ClaimReply(WireModel):
    """`nonce` and `root` come with `revealed`, `root` and the rest with `accepted`."""

    state: Literal["waiting", "revealed", "accepted"]
    nonce: str | None = None
    root: str | None = None
    token: str | None = None
    device_id: str | None = None
    entries: Entries | None = None


@operations.post(
    "/api/v1/mobile/pairings",
    access=Access.OWNER,
    recent=True,
    limits=(PAIRINGS,),
    summary="Ask for a code with which a new device can join",
    body=BeginBody,
    reply=BegunReply,
    status=201,
)
async def begin(request: web.Request) -> web.Response:
    principal, body = caller(request), await read_model(request, BeginBody)
    pairing, code = await request.app[PAIRING].begin(writer_of(principal), body.commit)
    reply = {"pairing_id": str(pairing.id), "code": code, "expires_at": iso(pairing.expires_at)}
    return web.json_response(reply, status=201, headers=NO_STORE)


@operations.post(
    "/api/v1/pairings/join",
    access=Access.PUBLIC,
    limits=(JOINS,),
    summary="Join as a new device: bring its keys",
    body=JoinBody,
    reply=JoinedReply,
    other={404: "there is no such code, or it was used or is over"},
)
async def join(request: web.Request) -> web.Response:
    body = await read_model(request, JoinBody)
    pairing, ticket = await request.app[PAIRING].join(body.code, body.newcomer())
    reply = {
        "pairing_id": str(pairing.id),
        "ticket": ticket,
        "commit": pairing.commitment,
        "expires_at": iso(pairing.expires_at),
    }
    return web.json_response(reply, headers=NO_STORE)


@operations.get(
    "/api/v1/mobile/pairings/{id}",
    access=Access.OWNER,
    summary="Who has joined",
    reply=PairingReply,
    other={404: "it was refused or is over"},
)
async def show(request: web.Request) -> web.Response:
    return web.json_response(_shown(await request.app[PAIRING].find(caller(request).account_id, path_id(request))))


@operations.post(
    "/api/v1/mobile/pairings/{id}/reveal",
    access=Access.OWNER,
    summary="Show the new device what the six digits are made of",
    body=RevealBody,
    reply=PairingReply,
)
async def reveal(request: web.Request) -> web.Response:
    body = await read_model(request, RevealBody)
    account, pairing = caller(request).account_id, path_id(request)
    return web.json_response(_shown(await request.app[PAIRING].reveal(account, pairing, body.nonce, body.root)))


@operations.post(
    "/api/v1/mobile/pairings/{id}/accept",
    access=Access.OWNER,
    summary="Take the new device in: append what adds it to the device log",
    body=AcceptBody,
    reply=PairingReply,
    other={409: "`log_moved`: read the log again"},
)
async def accept(request: web.Request) -> web.Response:
    principal, body = caller(request), await read_model(request, AcceptBody)
    service, pairing = request.app[PAIRING], path_id(request)
    wraps = [wrap.wrap() for wrap in body.wraps]
    left = await service.accept(writer_of(principal), pairing, body.device_id, body.entries, wraps)
    await revoke_devices(request.app, principal, left)
    return web.json_response(_shown(await service.find(principal.account_id, pairing)))


@operations.delete("/api/v1/mobile/pairings/{id}", access=Access.OWNER, summary="Refuse the new device", status=204)
async def refuse(request: web.Request) -> web.Response:
    await request.app[PAIRING].refuse(caller(request).account_id, path_id(request))
    return web.Response(status=204)


@operations.post(
    "/api/v1/pairings/claim",
    access=Access.PUBLIC,
    summary="Ask what became of joining; once it is accepted, get the session",
    body=ClaimBody,
    reply=ClaimReply,
    other={404: "it was refused, is over, or was claimed"},
)
async def claim(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    body = await read_model(request, ClaimBody)
    pairing = await request.app[PAIRING].claim(body.ticket)
    match pairing.state:
        case PairingState.ACCEPTED:
            return await _welcome(request, pairing)
        case PairingState.REVEALED:
            return web.json_response({"state": "revealed", "nonce": pairing.nonce, "root": pairing.root})
        case _:
            return web.json_response({"state": "waiting"})


async def _welcome(request: web.Request, pairing: Pairing) -> web.Response:
    if pairing.joined is None:
        raise NotFound(GONE)
    device = pairing.joined.device_id
    new = await _begin_session(request, pairing, device)
    log = await request.app[DEVICE_LOG].page(pairing.account_id)
    reply = {
        "state": "accepted",
        "token": new.token,
        "device_id": str(device),
        "root": log.root,
        "entries": log.entries,
    }
    return with_cookie(request, web.json_response(reply, headers=NO_STORE), new.token)


async def _begin_session(request: web.Request, pairing: Pairing, device: DeviceId) -> SignedIn:
    accounts = request.app[ACCOUNTS]
    member = await accounts.member(pairing.account_id, pairing.org_id) or await accounts.member(pairing.account_id)
    if member is None:
        raise NotFound(GONE)
    return await request.app[SESSIONS].begin(member, visit_of(request), device)


def _shown(pairing: Pairing) -> dict[str, str | None]:
    joined, new = pairing.joined, pairing.joined.newcomer if pairing.joined else None
    return {
        "state": pairing.state.value,
        "expires_at": iso(pairing.expires_at),
        "joined_at": iso(joined.at) if joined else None,
        "device_id": str(joined.device_id) if joined else None,
        "kind": new.kind.value if new else None,
        "name": new.name if new else None,
        "sign": new.sign if new else None,
        "box": new.box if new else None,
        "pop": new.pop if new else None,
        "nonce": new.nonce if new else None,
        "mac": new.mac if new else None,
    }
