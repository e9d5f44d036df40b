"""Sign-in codes by e-mail, on pages: ask for a letter, type its code, or follow its link and press a button.

The link's GET shows a button and nothing more: scanners of mail follow links too.
"""

from collections.abc import Mapping
from typing import Annotated, Final

from aiohttp import web
from pydantic import Field

from auth.guard import CONFIRM_PAGE, HTML, SIGN_IN_PAGE, refuse_foreign
from auth.html import Kind, button_link, field, form, link, page, paragraph, refusal, see
from auth.keys import LETTERS
from auth.next_path import onward, safe_next, with_next
from auth.principal import caller
from auth.routes.begun import LETTERS_ASKED
from auth.routes.browser import (
    FORM_TOKEN,
    again_on,
    flow_cookie,
    form_token,
    read_form,
    read_own_form,
    visit_of,
    with_cookie,
    without_flow_cookie,
)
from auth.routes.fields import email, field_of
from auth.routes.letters import Code, LetterBody, send_letter, send_own_letter
from auth.routes.wire import Next
from auth.services.letters import Answer
from relay.domain.errors import HitlError
from relay.kernel.body import WireModel
from relay.kernel.operation import Access, Operations

operations = Operations("pages")

LETTER_PAGE: Final = "/sign-in/letter"
CODE_PAGE: Final = "/sign-in/code"
CONFIRM_LETTER: Final = f"{CONFIRM_PAGE}/letter"
CONFIRM_CODE: Final = f"{CONFIRM_PAGE}/code"

ASK_TITLE: Final = "Sign in by e-mail"
CODE_TITLE: Final = "Look into your mailbox"


class LetterForm(LetterBody):
    next: Next = ""


class CodeForm(WireModel):
    code: Code = ""
    letter: Annotated[str, Field(max_length=100)] = ""
    next: Next = ""


class OwnLetterForm(WireModel):
    next: Next = ""


@operations.get(
    LETTER_PAGE, access=Access.PUBLIC, summary="The page on which one asks for a sign-in letter", media=HTML
)
async def ask_page(request: web.Request) -> web.Response:
    return page(ASK_TITLE, _ask_form({"next": request.query.get("next", "")}))


def _ask_again(_: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    return refusal(ASK_TITLE, error, _ask_form(typed, field_of(error)))


@operations.post(
    LETTER_PAGE,
    access=Access.PUBLIC,
    limits=(LETTERS_ASKED,),
    summary="Ask for a sign-in letter from the page's form",
    media=HTML,
)
@again_on(_ask_again)
async def ask(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=True)
    body = await read_form(request, LetterForm)
    return await send_letter(request, body.email, body.next, page(CODE_TITLE, _code_parts(CODE_PAGE, body.next)))


@operations.get(CODE_PAGE, access=Access.PUBLIC, summary="Where the link of a sign-in letter leads", media=HTML)
async def follow(request: web.Request) -> web.Response:
    letter = request.query.get("letter", "")
    if await request.app[LETTERS].is_for(letter, flow_cookie(request)):
        return page("Sign in", form(CODE_PAGE, "Sign in now", hidden={"letter": letter}))
    return page(
        "This link does not work here",
        paragraph(
            "Open it in the browser in which you asked for the letter, or type the letter's code there.",
            "It works once, for ten minutes.",
        ),
        button_link(LETTER_PAGE, "Ask for a new letter"),
        status=410,
    )


def _code_again(_: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    return refusal(CODE_TITLE, error, _code_parts(CODE_PAGE, typed.get("next", ""), field_of(error)))


@operations.post(
    CODE_PAGE, access=Access.PUBLIC, summary="Sign in with a letter's code or link", media=HTML, status=303
)
@again_on(_code_again)
async def sign_in(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=True)
    answer = _answer(request, await read_form(request, CodeForm))
    new, goal = await request.app[LETTERS].sign_in(answer, visit_of(request))
    return without_flow_cookie(request, with_cookie(request, see(onward(goal)), new.token))


@operations.post(CONFIRM_LETTER, access=Access.OWNER, summary="Have a code sent to confirm with", media=HTML)
async def ask_to_confirm(request: web.Request) -> web.Response:
    body = await read_own_form(request, OwnLetterForm)
    parts = _code_parts(CONFIRM_CODE, body.next, token=form_token(request))
    return await send_own_letter(request, body.next, page(CODE_TITLE, parts))


def _confirm_again(request: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    parts = _code_parts(CONFIRM_CODE, typed.get("next", ""), field_of(error), token=form_token(request))
    return refusal(CODE_TITLE, error, parts)


@operations.post(CONFIRM_CODE, access=Access.OWNER, summary="Confirm with a letter's code", media=HTML, status=303)
@again_on(_confirm_again)
async def confirm(request: web.Request) -> web.Response:
    body = await read_own_form(request, CodeForm)
    token = await request.app[LETTERS].confirm(caller(request), _answer(request, body))
    return without_flow_cookie(request, with_cookie(request, see(onward(body.next)), token))


def _answer(request: web.Request, body: CodeForm) -> Answer:
    return Answer(flow_cookie(request), code=body.code, link=body.letter)


def _ask_form(typed: Mapping[str, str], wrong: str = "") -> str:
    return (
        paragraph("The relay sends you a code that signs you in, without a password.")
        + form(LETTER_PAGE, "Send me a code", email(typed, wrong), hidden={"next": safe_next(typed.get("next"))})
        + paragraph(link(with_next(SIGN_IN_PAGE, typed.get("next", "")), "Sign in another way"))
    )


def _code_parts(action: str, next: str, wrong: str = "", *, token: str = "") -> str:
    kept = {"next": safe_next(next), **({FORM_TOKEN: token} if token else {})}
    return (
        paragraph("If there is an account for this address, a letter with a code is on its way. Look for spam, too.")
        + form(action, "Confirm" if token else "Sign in", code_field(wrong), hidden=kept)
        + paragraph(link(with_next(LETTER_PAGE, next), "Send another letter"))
    )


def code_field(wrong: str) -> str:
    return field(
        "code",
        "Code",
        hint="Eight letters and digits. It works in this browser, for ten minutes.",
        wrong=wrong == "code",
        autocomplete="one-time-code",
        autocapitalize="characters",
        spellcheck="false",
        required="",
        maxlength="40",
    )


def letter_button(request: web.Request, next: str) -> str:
    """Return the way from the sign-in page to a letter, if the relay sends any."""
    return button_link(with_next(LETTER_PAGE, next), "Sign in by e-mail") if request.app[LETTERS].offered else ""


def confirm_letter_form(request: web.Request, next: str) -> str:
    if not request.app[LETTERS].offered:
        return ""
    kept = {FORM_TOKEN: form_token(request), "next": safe_next(next)}
    return form(CONFIRM_LETTER, "Confirm by e-mail", hidden=kept, kind=Kind.SECONDARY)
