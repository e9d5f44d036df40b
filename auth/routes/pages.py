"""The pages in front of the sign-in: setting up the relay, and signing in."""

from collections.abc import Mapping
from typing import Final

from aiohttp import web

from auth.guard import HTML, SIGN_IN_PAGE, refuse_foreign
from auth.html import field, form, link, page, paragraph, refusal, see
from auth.keys import FIRST_OWNER, SESSIONS
from auth.next_path import LANDING, onward, safe_next
from auth.principal import caller
from auth.routes.accounts import begin_session, make_owner
from auth.routes.assets import PASSKEY_SCRIPT
from auth.routes.browser import again_on, read_form, read_own_form, with_cookie, without_cookie
from auth.routes.fields import current_password, email, field_of, new_password, person_name
from auth.routes.identities import identity_buttons
from auth.routes.letter_page import letter_button
from auth.routes.passkey_page import passkey_button
from auth.routes.recovery_page import recover_link
from auth.routes.sign_up import sign_up_link
from auth.routes.wire import SetupBody, SignInForm
from relay.domain.errors import HitlError
from relay.kernel.body import WireModel
from relay.kernel.operation import Access, Operations

operations = Operations("pages")

SETUP_PAGE: Final = "/setup"

SETUP_TITLE: Final = "Set up this relay"
SIGN_IN_TITLE: Final = "Sign in"


@operations.get("/", access=Access.PUBLIC, summary="The way in", media=HTML, status=303)
async def root(request: web.Request) -> web.Response:
    return see(SETUP_PAGE if await request.app[FIRST_OWNER].is_wanted() else LANDING)


@operations.get(SETUP_PAGE, access=Access.PUBLIC, summary="The page on which the owner is made", media=HTML)
async def setup_page(request: web.Request) -> web.Response:
    if not await request.app[FIRST_OWNER].is_wanted():
        gone = paragraph("This relay has an owner already.", link(SIGN_IN_PAGE, "Sign in"))
        return page("Nothing to set up", gone, status=410)
    return page(SETUP_TITLE, _setup_form({"code": request.query.get("code", "")}))


def _setup_again(_: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    return refusal(SETUP_TITLE, error, _setup_form(typed, field_of(error)))


@operations.post(
    SETUP_PAGE, access=Access.PUBLIC, summary="Make the owner from the page's form", media=HTML, status=303
)
@again_on(_setup_again)
async def setup(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=True)
    new = await make_owner(request, await read_form(request, SetupBody))
    return with_cookie(request, see(LANDING), new.token)


@operations.get(SIGN_IN_PAGE, access=Access.PUBLIC, summary="The sign-in page", media=HTML, opened_by_others=True)
async def sign_in_page(request: web.Request) -> web.Response:
    if await request.app[FIRST_OWNER].is_wanted():
        return see(SETUP_PAGE)
    typed = {"next": request.query.get("next", "")}
    return page(SIGN_IN_TITLE, _sign_in_form(typed), _other_ways(request, typed), script=PASSKEY_SCRIPT)


def _sign_in_again(request: web.Request, typed: Mapping[str, str], error: HitlError) -> web.Response:
    parts = (_sign_in_form(typed, field_of(error)), _other_ways(request, typed))
    return refusal(SIGN_IN_TITLE, error, *parts, script=PASSKEY_SCRIPT)


@operations.post(SIGN_IN_PAGE, access=Access.PUBLIC, summary="Sign in from the page's form", media=HTML, status=303)
@again_on(_sign_in_again)
async def sign_in(request: web.Request) -> web.Response:
    refuse_foreign(request, doubt=True)
    body = await read_form(request, SignInForm)
    new = await begin_session(request, body)
    return with_cookie(request, see(onward(body.next)), new.token)


@operations.post("/sign-out", access=Access.OWNER, summary="Sign out from the page's form", media=HTML, status=303)
async def sign_out(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    principal = caller(request)
    await request.app[SESSIONS].end(principal, principal.credential_id)
    return without_cookie(request, see(SIGN_IN_PAGE))


def _setup_form(typed: Mapping[str, str], wrong: str = "") -> str:
    return form(
        SETUP_PAGE,
        "Make me the owner",
        field(
            "code",
            "Setup code",
            value=typed.get("code", ""),
            hint="The relay printed it when it started. It works for 24 hours, once.",
            wrong=wrong == "code",
            autocomplete="off",
            required="",
        ),
        email(typed, wrong),
        person_name(typed, wrong),
        new_password(wrong),
    )


# A device that is signed in lets this one in: without a password, and with the keys of sealed requests.
PAIR_LINK: Final = paragraph(link(f"{LANDING}#/pair", "Pair with another device"))


def _other_ways(request: web.Request, typed: Mapping[str, str]) -> str:
    goal = typed.get("next", "")
    passkey = passkey_button(request, "sign-in", "Sign in with a passkey", goal)
    return (
        passkey
        + letter_button(request, goal)
        + identity_buttons(request, SIGN_IN_PAGE, goal)
        + recover_link(goal)
        + PAIR_LINK
        + sign_up_link(request, goal)
    )


def _sign_in_form(typed: Mapping[str, str], wrong: str = "") -> str:
    kept = {"next": safe_next(typed.get("next"))}
    return form(SIGN_IN_PAGE, "Sign in", email(typed, wrong), current_password(wrong), hidden=kept)
