"""Sign-in codes by e-mail, over the API. The flow cookie ties a code to the browser that asked for it."""

from typing import Annotated

from aiohttp import web
from pydantic import Field

from auth.callers import client_ip
from auth.guard import refuse_foreign
from auth.keys import ACCOUNTS, LETTERS
from auth.principal import caller
from auth.routes.accounts import signed_in
from auth.routes.begun import LETTERS_ASKED
from auth.routes.browser import flow_cookie, new_flow_cookie, visit_of, with_flow_cookie, without_flow_cookie
from auth.routes.confirm import confirmed
from auth.routes.wire import ConfirmedReply, Email, SignedInReply
from auth.services.letters import Answer, Asked
from relay.domain.errors import Unauthenticated
from relay.kernel.body import WireModel, read_model
from relay.kernel.operation import Access, Operations

operations = Operations("owners")

PATH = "/api/v1/auth/letters"

Code = Annotated[str, Field(min_length=1, max_length=40, description="The code of the letter, as it was typed.")]


class LetterBody(WireModel):
    email: Email


class CodeBody(WireModel):
    code: Code


@operations.post(
    PATH,
    access=Access.PUBLIC,
    limits=(LETTERS_ASKED,),
    summary="Have a sign-in code sent, if there is an account for the address; the answer does not say",
    body=LetterBody,
    status=204,
    other={409: "this relay sends no e-mail", 429: "too many letters"},
)
async def ask(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    body = await read_model(request, LetterBody)
    return await send_letter(request, body.email, "", web.Response(status=204))


@operations.post(
    f"{PATH}/sign-in",
    access=Access.PUBLIC,
    summary="Begin a session with the code of a letter, in the browser that asked for it",
    body=CodeBody,
    reply=SignedInReply,
)
async def sign_in(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    body = await read_model(request, CodeBody)
    answer = Answer(flow_cookie(request), code=body.code)
    new, _ = await request.app[LETTERS].sign_in(answer, visit_of(request))
    return without_flow_cookie(request, signed_in(request, new))


@operations.post(
    f"{PATH}/confirm",
    access=Access.OWNER,
    summary="Prove again who one is, with the code of a letter",
    body=CodeBody,
    reply=ConfirmedReply,
)
async def confirm(request: web.Request) -> web.Response:
    body = await read_model(request, CodeBody)
    answer = Answer(flow_cookie(request), code=body.code)
    token = await request.app[LETTERS].confirm(caller(request), answer)
    return without_flow_cookie(request, confirmed(request, token))


async def send_letter(request: web.Request, email: str, next: str, response: web.Response) -> web.Response:
    """Send a letter for this browser, and answer with `response`."""
    browser = flow_cookie(request) or new_flow_cookie(request)
    await request.app[LETTERS].ask(Asked(email, browser, client_ip(request), next))
    return with_flow_cookie(request, response, browser)


async def send_own_letter(request: web.Request, next: str, response: web.Response) -> web.Response:
    """Send a letter to who is signed in, to confirm with."""
    principal = caller(request)
    member = await request.app[ACCOUNTS].member(principal.account_id, principal.org_id)
    if member is None:
        raise Unauthenticated("this account was disabled")
    return await send_letter(request, member.account.email, next, response)
