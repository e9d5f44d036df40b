"""Sign-up, over the API and on a page."""

from collections.abc import Mapping
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from auth.guard import HTML, SIGN_IN_PAGE, refuse_foreign
from auth.html import form, link, page, paragraph, refusal, see
from auth.keys import SIGN_UP
from auth.next_path import onward, safe_next, with_next
from auth.routes.accounts import signed_in
from auth.routes.begun import LETTERS_ASKED
from auth.routes.browser import (
    again_on,
    flow_cookie,
    new_flow_cookie,
    read_form,
    visit_of,
    with_cookie,
    with_flow_cookie,
    without_flow_cookie,
)
from auth.routes.fields import email, field_of, new_password, person_name
from auth.routes.letter_page import CODE_TITLE, code_field
from auth.routes.letters import CodeBody
from auth.routes.wire import Email, Name, NewPassword, Next, SignedInReply
from auth.services.sign_up import CLOSED, NewAccount
from relay.domain.errors import HitlError
from relay.kernel.body import WireModel, json_reply, read_model
from relay.kernel.operation import Access, Operations

operations = Operations("owners")
pages = Operations("pages")

SIGN_UP_PAGE: Final = "/sign-up"
FINISH_PAGE: Final = "/sign-up/code"
TITLE: Final = "Make an account"
INVITE_PATH: Final = "/invite/"
"""Where an invitation leads; its code is the rest. Orgs own the page, and their `next` brings people here."""


class SignUpBody(WireModel):
    email: Email
    name: Name
    password: NewPassword
    invite: Annotated[str, Field(max_length=40, description="The code of an invitation, where one is needed.")] = ""


class SignUpForm(WireModel):
    email: Email
    name: Name
    password: NewPassword
    next: Next = ""


class FinishForm(CodeBody):
    next: Next = ""


class WaitingReply(WireModel):
    letter_sent: Annotated[bool, Field(description="Always true: the code of the letter finishes the sign-up.")] = True


@operations.post(
    "/api/v1/auth/sign-up",
    access=Access.PUBLIC,
    limits=(LETTERS_ASKED,),
    summary="Make an account; where the relay sends e-mail, a code proves the address first",
    body=SignUpBody,
    reply=SignedInReply,
    status=201,
    other={202: "a letter was sent; finish with its code", 403: "sign-up is closed", 409: "the address is taken"},
)
async def sign_up(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    body = await read_model(request, SignUpBody)
    browser = flow_cookie(request) or new_flow_cookie(request)
    new = NewAccount(body.email, body.name, body.password, body.invite)
    made = await request.app[SIGN_UP].sign_up(new, visit_of(request), browser)
    if made is None:
        return with_flow_cookie(request, json_reply(WaitingReply(), status=202), browser)
    return signed_in(request, made, status=201)


@operations.post(
    "/api/v1/auth/sign-up/finish",
    access=Access.PUBLIC,
    summary="Finish a sign-up with the code of the letter, in the browser that began it",
    body=CodeBody,
    reply=SignedInReply,
    status=201,
    other={409: "there is an account of the address by now"},
)
async def finish(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=False)
    body = await read_model(request, CodeBody)
    made = await request.app[SIGN_UP].finish(flow_cookie(request), body.code, visit_of(request))
    return without_flow_cookie(request, signed_in(request, made, status=201))


@pages.get(SIGN_UP_PAGE, access=Access.PUBLIC, summary="The sign-up page", media=HTML)
async def show(request: web.Request) -> web.Response:
    goal = request.query.get("next", "")
    try:
        await request.app[SIGN_UP].check(_invite_in(goal))
    except HitlError as error:
        return refusal(TITLE, error, _instead(goal))
    return page(TITLE, _form({"next": goal}))


def _again(_: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    return refusal(TITLE, error, _form(typed, field_of(error)))


@pages.post(
    SIGN_UP_PAGE,
    access=Access.PUBLIC,
    limits=(LETTERS_ASKED,),
    summary="Make an account from the page's form",
    media=HTML,
    status=303,
)
@again_on(_again)
async def sign_up_by_form(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=True)
    body = await read_form(request, SignUpForm)
    browser = flow_cookie(request) or new_flow_cookie(request)
    new = NewAccount(body.email, body.name, body.password, _invite_in(body.next))
    made = await request.app[SIGN_UP].sign_up(new, visit_of(request), browser)
    if made is None:
        return with_flow_cookie(request, page(CODE_TITLE, _code_form(body.next)), browser)
    return with_cookie(request, see(onward(body.next)), made.token)


def _finish_again(_: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    return refusal(CODE_TITLE, error, _code_form(typed.get("next", ""), field_of(error)))


@pages.post(FINISH_PAGE, access=Access.PUBLIC, summary="Finish a sign-up with a letter's code", media=HTML, status=303)
@again_on(_finish_again)
async def finish_by_form(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=True)
    body = await read_form(request, FinishForm)
    made = await request.app[SIGN_UP].finish(flow_cookie(request), body.code, visit_of(request))
    return without_flow_cookie(request, with_cookie(request, see(onward(body.next)), made.token))


def _invite_in(goal: str) -> str:
    """Return the code of the invitation somebody came from."""
    path = safe_next(goal).partition("?")[0]
    return path.removeprefix(INVITE_PATH) if path.startswith(INVITE_PATH) else ""


def _form(typed: Mapping[str, str], wrong: str = "") -> str:
    goal = typed.get("next", "")
    parts = (email(typed, wrong), person_name(typed, wrong), new_password(wrong))
    return form(SIGN_UP_PAGE, TITLE, *parts, hidden={"next": safe_next(goal)}) + _instead(goal)


def _instead(goal: str) -> str:
    return paragraph("You have one?", link(with_next(SIGN_IN_PAGE, goal), "Sign in"))


def _code_form(goal: str, wrong: str = "") -> str:
    said = paragraph("A letter is on its way to you. Type its code here, within ten minutes.")
    return said + form(FINISH_PAGE, TITLE, code_field(wrong), hidden={"next": safe_next(goal)})


def sign_up_link(request: web.Request, goal: str) -> str:
    """Return the way from the sign-in page to an account, if there is one."""
    if request.app[SIGN_UP].mode == CLOSED:
        return ""
    return paragraph("No account yet?", link(with_next(SIGN_UP_PAGE, goal), TITLE))
