"""Make the first owner, sign in and out, and say who one is."""

from aiohttp import web

from auth.guard import refuse_foreign
from auth.html import NO_STORE
from auth.keys import ACCOUNTS, FIRST_OWNER, SESSIONS, SIGN_IN
from auth.principal import caller
from auth.routes.browser import visit_of, with_cookie, without_cookie
from auth.routes.wire import (
    AccountReply,
    MeReply,
    OrgReply,
    SetupBody,
    SignedInReply,
    SignInBody,
)
from auth.services.sessions import SignedIn
from relay.domain.errors import Unauthenticated
from relay.kernel.body import json_reply, read_model
from relay.kernel.operation import Access, Operations

operations = Operations("owners")


@operations.post(
    "/api/v1/auth/setup",
    access=Access.PUBLIC,
    summary="Make the relay's owner, with the code it printed at its start",
    body=SetupBody,
    reply=SignedInReply,
    status=201,
    other={403: "not the setup code, or too old", 409: "there is an owner already"},
)
async def setup(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    return signed_in(request, await make_owner(request, await read_model(request, SetupBody)), status=201)


@operations.post(
    "/api/v1/auth/sign-in",
    access=Access.PUBLIC,
    summary="Begin a session; the reply also sets the browser's cookie",
    body=SignInBody,
    reply=SignedInReply,
    other={401: "the address or the password is wrong", 429: "too many attempts"},
)
async def sign_in(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    return signed_in(request, await begin_session(request, await read_model(request, SignInBody)))


@operations.post("/api/v1/auth/sign-out", access=Access.OWNER, summary="End the calling session", status=204)
async def sign_out(request: web.Request) -> web.Response:
    principal = caller(request)
    await request.app[SESSIONS].end(principal, principal.credential_id)
    return without_cookie(request, web.Response(status=204))


@operations.get("/api/v1/auth/me", access=Access.OWNER, summary="Who is signed in", reply=MeReply)
async def me(request: web.Request) -> web.Response:
    principal = caller(request)
    member = await request.app[ACCOUNTS].member(principal.account_id, principal.org_id)
    if member is None:
        raise Unauthenticated("this account was disabled")
    account = AccountReply(id=member.account.id, email=member.account.email, name=member.account.name)
    org = OrgReply(id=member.org.id, name=member.org.name)
    return json_reply(MeReply(account=account, org=org, device_id=principal.device_id))


async def make_owner(request: web.Request, body: SetupBody) -> SignedIn:
    return await request.app[FIRST_OWNER].create(
        body.code, email=body.email, name=body.name, password=body.password, visit=visit_of(request)
    )


async def begin_session(request: web.Request, body: SignInBody) -> SignedIn:
    return await request.app[SIGN_IN].sign_in(body.email, body.password, visit_of(request))


def signed_in(request: web.Request, new: SignedIn, *, status: int = 200) -> web.Response:
    reply = json_reply(SignedInReply.of(new), status=status, headers=NO_STORE)
    return with_cookie(request, reply, new.token)
