"""Passkeys over the API; the pages' script and the app use these."""

from aiohttp import web

from auth.guard import refuse_foreign
from auth.html import NO_STORE
from auth.keys import ACCOUNTS, PASSKEYS
from auth.principal import caller
from auth.routes.accounts import signed_in
from auth.routes.begun import BEGUN
from auth.routes.browser import visit_of
from auth.routes.confirm import confirmed
from auth.routes.wire import ConfirmedReply, SignedInReply, json_list
from auth.routes.wire_passkeys import (
    NewPasskeyBody,
    OptionsReply,
    PasskeyReply,
    RenamePasskeyBody,
    UsePasskeyBody,
)
from relay.domain.errors import Unauthenticated
from relay.kernel.body import json_reply, path_id, read_model
from relay.kernel.operation import Access, Operations

operations = Operations("passkeys")

PATH = "/api/v1/auth/passkeys"


@operations.post(
    f"{PATH}/make/options",
    access=Access.OWNER,
    recent=True,
    summary="Begin to make a passkey: what the browser needs",
    reply=OptionsReply,
    other={409: "browsers offer no passkeys for this relay's address, or the account has enough"},
)
async def begin_making(request: web.Request) -> web.Response:
    principal = caller(request)
    member = await request.app[ACCOUNTS].member(principal.account_id, principal.org_id)
    if member is None:
        raise Unauthenticated("this account was disabled")
    options = await request.app[PASSKEYS].begin_making(member.account)
    return json_reply(OptionsReply(publicKey=options), headers=NO_STORE)


@operations.post(
    PATH,
    access=Access.OWNER,
    recent=True,
    summary="Keep the passkey that the browser made",
    body=NewPasskeyBody,
    reply=PasskeyReply,
    status=201,
    other={409: "it is known already"},
)
async def make(request: web.Request) -> web.Response:
    body = await read_model(request, NewPasskeyBody)
    passkey = await request.app[PASSKEYS].make(caller(request), body.name, body.credential.model_dump())
    return json_reply(PasskeyReply.of(passkey), status=201)


@operations.get(PATH, access=Access.OWNER, summary="One's passkeys", reply=list[PasskeyReply])
async def listing(request: web.Request) -> web.Response:
    return json_list(PasskeyReply.of(passkey) for passkey in await request.app[PASSKEYS].of(caller(request)))


@operations.patch(
    f"{PATH}/{{id}}",
    access=Access.OWNER,
    summary="Give a passkey another name",
    body=RenamePasskeyBody,
    reply=PasskeyReply,
)
async def rename(request: web.Request) -> web.Response:
    body = await read_model(request, RenamePasskeyBody)
    passkey = await request.app[PASSKEYS].rename(caller(request), path_id(request), body.name)
    return json_reply(PasskeyReply.of(passkey))


@operations.delete(
    f"{PATH}/{{id}}",
    access=Access.OWNER,
    recent=True,
    summary="Forget a passkey",
    status=204,
    other={409: "it is the last of an account that demands one"},
)
async def remove(request: web.Request) -> web.Response:
    await request.app[PASSKEYS].remove(caller(request), path_id(request))
    return web.Response(status=204)


@operations.post(
    f"{PATH}/use/options",
    access=Access.PUBLIC,
    limits=(BEGUN,),
    summary="Begin to use a passkey: what the browser needs",
    reply=OptionsReply,
    other={409: "browsers offer no passkeys for this relay's address"},
)
async def begin_using(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    return json_reply(OptionsReply(publicKey=await request.app[PASSKEYS].begin_using()), headers=NO_STORE)


@operations.post(
    f"{PATH}/use/sign-in",
    access=Access.PUBLIC,
    summary="Begin a session with a passkey; the reply also sets the browser's cookie",
    body=UsePasskeyBody,
    reply=SignedInReply,
    other={401: "the passkey is not known, or its answer is not good"},
)
async def sign_in(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    body = await read_model(request, UsePasskeyBody)
    new = await request.app[PASSKEYS].sign_in(body.credential.model_dump(), visit_of(request))
    return signed_in(request, new)


@operations.post(
    f"{PATH}/use/confirm",
    access=Access.OWNER,
    summary="Prove again who one is, with a passkey",
    body=UsePasskeyBody,
    reply=ConfirmedReply,
)
async def confirm(request: web.Request) -> web.Response:
    body = await read_model(request, UsePasskeyBody)
    token = await request.app[PASSKEYS].confirm(caller(request), body.credential.model_dump())
    return confirmed(request, token)
