"""Passwords and recovery over the API."""

from aiohttp import web

from auth.guard import refuse_foreign
from auth.html import NO_STORE
from auth.keys import PASSKEYS, PASSWORD_CHANGE, RECOVERY
from auth.principal import caller
from auth.routes.accounts import signed_in
from auth.routes.browser import visit_of
from auth.routes.wire import SignedInReply
from auth.routes.wire_recovery import (
    CodesLeftReply,
    CodesReply,
    DemandBody,
    DemandReply,
    PasswordBody,
    RecoverBody,
    ResetBody,
)
from auth.services.recovery import Recovery
from relay.kernel.body import json_reply, read_model
from relay.kernel.operation import Access, Operations

operations = Operations("owners")


@operations.post(
    "/api/v1/account/password",
    access=Access.OWNER,
    recent=True,
    summary="Choose another password; every other session ends",
    body=PasswordBody,
    status=204,
)
async def change_password(request: web.Request) -> web.Response:
    body = await read_model(request, PasswordBody)
    await request.app[PASSWORD_CHANGE].change(caller(request), body.password)
    return web.Response(status=204)


@operations.post(
    "/api/v1/account/passkey-only",
    access=Access.OWNER,
    recent=True,
    summary="Let only passkeys sign in, or other ways too",
    body=DemandBody,
    status=204,
    other={409: "there is no passkey"},
)
async def demand(request: web.Request) -> web.Response:
    body = await read_model(request, DemandBody)
    await request.app[PASSKEYS].demand(caller(request), demanded=body.passkey_only)
    return web.Response(status=204)


@operations.get(
    "/api/v1/account/passkey-only",
    access=Access.OWNER,
    summary="Whether only passkeys sign in",
    reply=DemandReply,
)
async def demanded(request: web.Request) -> web.Response:
    return json_reply(DemandReply(passkey_only=await request.app[PASSKEYS].is_demanded(caller(request))))


@operations.post(
    "/api/v1/account/recovery-codes",
    access=Access.OWNER,
    recent=True,
    summary="Make ten recovery codes; earlier ones stop working",
    reply=CodesReply,
    status=201,
)
async def new_codes(request: web.Request) -> web.Response:
    codes = await request.app[RECOVERY].new_codes(caller(request))
    return json_reply(CodesReply(codes=codes), status=201, headers=NO_STORE)


@operations.get(
    "/api/v1/account/recovery-codes",
    access=Access.OWNER,
    summary="How many recovery codes are not used yet",
    reply=CodesLeftReply,
)
async def codes_left(request: web.Request) -> web.Response:
    return json_reply(CodesLeftReply(left=await request.app[RECOVERY].left(caller(request))))


@operations.post(
    "/api/v1/auth/recover",
    access=Access.PUBLIC,
    summary="Begin a session with a recovery code; every other session ends",
    body=RecoverBody,
    reply=SignedInReply,
    other={401: "the address, the code or the password is wrong", 429: "too many attempts"},
)
async def recover(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    body = await read_model(request, RecoverBody)
    new = await request.app[RECOVERY].recover(Recovery(body.email, body.code, body.password), visit_of(request))
    return signed_in(request, new)


@operations.post(
    "/api/v1/auth/reset",
    access=Access.PUBLIC,
    summary="Set a password with a link of the administrator's; it signs nobody in",
    body=ResetBody,
    status=204,
)
async def reset(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    body = await read_model(request, ResetBody)
    await request.app[RECOVERY].reset(body.link, body.password)
    return web.Response(status=204)
