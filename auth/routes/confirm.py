"""Confirming that it is still the same human, before what a stolen session must not be able to do (step-up)."""

from aiohttp import web

from auth.callers import client_ip
from auth.entities import RECENT
from auth.guard import header_token
from auth.html import NO_STORE
from auth.keys import CONFIRM
from auth.principal import caller
from auth.routes.browser import with_cookie
from auth.routes.wire import ConfirmBody, ConfirmedReply
from relay.kernel.body import json_reply, read_model
from relay.kernel.operation import Access, Operations
from relay.services.keys import CLOCK

operations = Operations("owners")


@operations.post(
    "/api/v1/auth/confirm",
    access=Access.OWNER,
    summary="Prove again who one is; for ten minutes the session may do what needs a recent sign-in",
    body=ConfirmBody,
    reply=ConfirmedReply,
    other={429: "too many wrong passwords"},
)
async def confirm(request: web.Request) -> web.Response:
    body = await read_model(request, ConfirmBody)
    return confirmed(
        request, await request.app[CONFIRM].by_password(caller(request), body.password, client_ip(request))
    )


def confirmed(request: web.Request, token: str) -> web.Response:
    """Hand the session's new token back the way the old one came."""
    until = request.app[CLOCK].now() + RECENT
    if header_token(request) is not None:
        return json_reply(ConfirmedReply(confirmed_until=until, token=token), headers=NO_STORE)
    reply = json_reply(ConfirmedReply(confirmed_until=until, token=None), headers=NO_STORE)
    return with_cookie(request, reply, token)
