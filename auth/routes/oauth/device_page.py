"""The page where a human enters the code that a device shows (RFC 8628 3.3). Opening it approves nothing."""

from html import escape
from typing import Annotated, Final

from aiohttp import web
from pydantic import StringConstraints

from auth.guard import HTML
from auth.html import box, field, form, hint, page, paragraph, refusal, time
from auth.keys import AGENT_SERVICE, CONSENTS, DEVICE_TRIES
from auth.oauth.device_grant import ALPHABET
from auth.oauth.entities import Client, DeviceCode
from auth.principal import caller
from auth.routes.browser import FORM_TOKEN, form_token, read_own_form
from auth.routes.oauth.consent import ConsentForm, allowed, choices, decision_form, proposed_name, who
from auth.scopes import KEYS_WRITE
from relay.domain.errors import HitlError, NotFound
from relay.kernel.body import WireModel, read_query
from relay.kernel.operation import Access, Operations
from relay.kernel.rates import HOUR, By, Limit

operations = Operations("oauth")

DEVICE_PAGE: Final = "/device"
DECISION: Final = "/device/decision"
TITLE: Final = "Connect a device"

USER_CODES: Final = Limit(name="user-codes", calls=20, per_s=HOUR, by=By.ADDRESS)
"""Beside the five wrong ones a session may enter: new sessions do not make more guesses."""

UserCode = Annotated[str, StringConstraints(min_length=1, max_length=20)]
"""Eight letters and a dash, and room for how people type them."""


class CodeQuery(WireModel):
    user_code: Annotated[str, StringConstraints(pattern=rf"(?i)^[{ALPHABET} -]{{1,20}}$")] | None = None


class CodeForm(WireModel):
    user_code: UserCode


class DecisionForm(ConsentForm, CodeForm):
    pass


@operations.get(
    DEVICE_PAGE,
    access=Access.OWNER,
    scope=KEYS_WRITE,
    recent=True,
    summary="The page where a human enters a device's code",
    query=CodeQuery,
    media=HTML,
)
async def enter(request: web.Request) -> web.Response:
    query = read_query(request, CodeQuery)
    return page(TITLE, _code_form(request, query.user_code or ""))


@operations.post(
    DEVICE_PAGE,
    access=Access.OWNER,
    scope=KEYS_WRITE,
    recent=True,
    summary="What the device with this code asks for, from the page's form",
    media=HTML,
    limits=(USER_CODES,),
)
async def look(request: web.Request) -> web.Response:
    typed = await read_own_form(request, CodeForm)
    try:
        code, client = await _waiting(request, typed.user_code)
    except HitlError as error:
        return refusal(TITLE, error, _code_form(request, typed.user_code))
    agents = await request.app[AGENT_SERVICE].visible_to(caller(request))
    return page(
        TITLE,
        who(client),
        _origin(code),
        allowed(code.scopes),
        decision_form(request, DECISION, choices(agents, proposed_name(client)), hidden={"user_code": typed.user_code}),
    )


@operations.post(
    DECISION,
    access=Access.OWNER,
    scope=KEYS_WRITE,
    recent=True,
    summary="The human's decision about a device, from the page's form",
    media=HTML,
)
async def decide(request: web.Request) -> web.Response:
    typed = await read_own_form(request, DecisionForm)
    _, client = await _waiting(request, typed.user_code)
    choice = typed.choice(proposed_name(client))
    await request.app[CONSENTS].decide_device(caller(request), typed.user_code, choice)
    name = f"<strong>{escape(client.name)}</strong>"
    if choice is None:
        return page("Not connected", paragraph(f"{name} was told no. You can close this page."))
    return page("Connected", box(paragraph(f"{name} is connected. It goes on by itself."), kind="good"))


async def _waiting(request: web.Request, user_code: str) -> tuple[DeviceCode, Client]:
    """Return what waits with this code; who guesses is stopped after a few."""
    tries, session = request.app[DEVICE_TRIES], str(caller(request).credential_id)
    tries.check(session)
    try:
        return await request.app[CONSENTS].look_at_device(user_code)
    except NotFound:
        tries.count(session)
        raise


def _code_form(request: web.Request, typed: str) -> str:
    return hint(
        "A program shows you a code of eight letters. Enter it only if you started that program yourself; "
        "nobody who calls or writes to you needs it."
    ) + form(
        DEVICE_PAGE,
        "Continue",
        field(
            "user_code",
            "Code",
            value=typed,
            required="",
            maxlength="20",
            autocomplete="off",
            autocapitalize="characters",
            spellcheck="false",
        ),
        hidden={FORM_TOKEN: form_token(request)},
    )


def _origin(code: DeviceCode) -> str:
    return box(
        paragraph(
            f"The code was asked for at {time(code.created_at)} from <strong>{escape(code.asked_from)}</strong>. "
            "If that is not where you are, somebody else may be waiting for you to connect them: deny it."
        ),
        kind="warn",
    )
