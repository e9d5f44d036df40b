"""The owner's page: agents and their keys, a form for a new key, and how to answer."""

from collections.abc import Iterable
from html import escape
from typing import Final

from aiohttp import web
from pydantic import Field

from auth.entities import ApiKey, Member
from auth.guard import CONFIRM_PAGE, HTML, is_recent
from auth.html import (
    Kind,
    box,
    button_link,
    card,
    choice,
    command,
    field,
    form,
    heading,
    page,
    paragraph,
    rows,
    see,
    time,
    unfolding,
)
from auth.keys import ACCOUNTS, AGENT_SERVICE, API_KEYS, AUTH_SETTINGS
from auth.next_path import HOME, with_next
from auth.principal import caller
from auth.routes.api_keys import make_key
from auth.routes.browser import FORM_TOKEN, form_token, read_own_form
from auth.routes.key_wire import Days, KeyBody, RotateBody
from auth.routes.wire import Description, Name
from auth.scopes import KEYS_READ, KEYS_WRITE
from auth.services.api_keys import NewKey
from relay.domain.errors import Unauthenticated
from relay.domain.parties import Agent
from relay.kernel.body import WireModel, path_id
from relay.kernel.operation import Access, Operations
from relay.services.keys import CLOCK

operations = Operations("pages")

LIVES: Final = {"90": "in 90 days", "365": "in a year", "30": "in 30 days", "": "never"}


class KeyForm(WireModel):
    agent_name: Name
    description: Description = ""
    expires_in_days: Days | None = Field(default=None)


@operations.get(HOME, access=Access.OWNER, scope=KEYS_READ, summary="The owner's page: agents and keys", media=HTML)
async def show(request: web.Request) -> web.Response:
    principal = caller(request)
    member = await request.app[ACCOUNTS].member(principal.account_id, principal.org_id)
    if member is None:
        raise Unauthenticated("this account was disabled")
    agents = await request.app[AGENT_SERVICE].visible_to(principal)
    keys = await request.app[API_KEYS].of_org(principal)
    token, now = form_token(request), request.app[CLOCK].now()
    return page(
        "Your relay",
        _who(member),
        card(heading("Make an API key"), _key_form(token) if is_recent(request, principal) else _confirm_first()),
        heading("Agents and their keys"),
        _agents(agents, [key for key in keys if key.works(now)], token),
        card(
            heading("Answer from a terminal"),
            paragraph("Questions arrive here while this runs:"),
            command(f"hitl-cli --server {request.app[AUTH_SETTINGS].public_url} inbox"),
        ),
        here=HOME,
    )


@operations.post(
    "/owner/keys",
    access=Access.OWNER,
    scope=KEYS_WRITE,
    recent=True,
    summary="Make a key from the page's form",
    media=HTML,
    status=201,
)
async def create(request: web.Request) -> web.Response:
    asked = await read_own_form(request, KeyForm)
    return _new_key(request, await make_key(request, KeyBody(**asked.model_dump())))


@operations.post(
    "/owner/keys/{id}/rotate",
    access=Access.OWNER,
    scope=KEYS_WRITE,
    recent=True,
    summary="Make a key's successor from the page's form",
    media=HTML,
    status=201,
)
async def rotate(request: web.Request) -> web.Response:
    body = await read_own_form(request, RotateBody)
    return _new_key(request, await request.app[API_KEYS].rotate(caller(request), path_id(request), body.grace))


@operations.post(
    "/owner/keys/{id}/revoke",
    access=Access.OWNER,
    scope=KEYS_WRITE,
    summary="Revoke a key from the page's form",
    media=HTML,
    status=303,
)
async def revoke(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[API_KEYS].revoke(caller(request), path_id(request))
    return see(HOME)


def _who(member: Member) -> str:
    return paragraph(f"Signed in as {escape(member.account.name)} ({escape(member.account.email)}).")


def _confirm_first() -> str:
    """Ask before a form is filled in, not after: what was typed would be lost."""
    words = "Whoever has a key can ask you questions in an agent's name, so the relay asks for your password first."
    return paragraph(words) + button_link(with_next(CONFIRM_PAGE, HOME), "Confirm that it is you", Kind.PRIMARY)


def _key_form(token: str) -> str:
    return form(
        "/owner/keys",
        "Make a key",
        field(
            "agent_name",
            "Agent",
            hint="Who will ask: a name of yours for the program. A new name makes a new agent.",
            required="",
            maxlength="80",
            autocomplete="off",
        ),
        field(
            "description", "Note (optional)", hint="Where you will put the key.", maxlength="200", autocomplete="off"
        ),
        choice("expires_in_days", "The key ends", LIVES),
        hidden={FORM_TOKEN: token},
    )


def _agents(agents: Iterable[Agent], keys: list[ApiKey], token: str) -> str:
    shown = [
        card(heading(agent.name, 3), _keys([key for key in keys if key.agent_id == agent.id], token))
        for agent in agents
    ]
    return "".join(shown) or card(paragraph("There is no agent yet. Make a key for the first one above."))


def _keys(keys: list[ApiKey], token: str) -> str:
    if not keys:
        return paragraph("No key works at the moment.")
    return rows(_key(key, token) for key in keys)


def _key(key: ApiKey, token: str) -> str:
    mask = f"{key.prefix}…{key.last4}"
    note = f" {escape(key.description)}" if key.description else ""
    facts = [f"Made {time(key.created_at)}"]
    facts.append(f"last used {time(key.last_used_at)}" if key.last_used_at else "not used yet")
    facts.append(f"ends {time(key.ends_at)}" if key.ends_at else "does not end")
    rotate = "" if key.grace_until else _rotate_form(key, mask, token)
    return (
        paragraph(f"<code>{escape(mask)}</code>{note}", "<br>", ", ".join(facts) + ".")
        + rotate
        + unfolding(
            f"Revoke {mask}",
            paragraph("Programs that use this key stop working at once."),
            form(f"/owner/keys/{key.id}/revoke", f"Revoke {mask} now", hidden={FORM_TOKEN: token}, kind=Kind.DANGER),
        )
    )


def _rotate_form(key: ApiKey, mask: str, token: str) -> str:
    graces = {"24": "for a day", "0": "not at all", "1": "for an hour", "168": "for a week"}
    # One page has many of these, and an id must be unique: the label wraps its select instead of naming it.
    options = "".join(f'<option value="{hours}">{words}</option>' for hours, words in graces.items())
    select = f'<label>The old key works on <select name="grace_hours">{options}</select></label>\n'
    return unfolding(
        f"Replace {mask}",
        form(f"/owner/keys/{key.id}/rotate", f"Make the successor of {mask}", select, hidden={FORM_TOKEN: token}),
    )


def _new_key(request: web.Request, new: NewKey) -> web.Response:
    relay = request.app[AUTH_SETTINGS].public_url
    return page(
        "Your new key",
        box(paragraph("<strong>Copy it now: it is not shown again.</strong>"), command(new.secret), kind="warn"),
        paragraph("Try it:"),
        command(
            f"curl -X POST {relay}/api/v1/hitl/request -H 'Authorization: Bearer {new.secret}'"
            """ -H 'Content-Type: application/json' -d '{"prompt": "Is this thing on?", "choices": ["Yes", "No"]}'"""
        ),
        button_link(HOME, "Back to your relay"),
        status=201,
        here=HOME,
    )
