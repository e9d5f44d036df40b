"""The owner's page: agents and their keys, forms for new ones, and how to answer."""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from typing import Final

from aiohttp import web
from pydantic import Field

from auth.entities import KeyKind, Member
from auth.guard import HTML, is_recent
from auth.html import button_link, card, command, heading, page, paragraph, see, unfolding
from auth.keys import ACCOUNTS, AGENT_SERVICE, API_KEYS, AUTH_SETTINGS, MEMBERS
from auth.next_path import HOME
from auth.principal import caller
from auth.routes.api_keys import make_key
from auth.routes.browser import FORM_TOKEN, form_token, read_own_form
from auth.routes.confirming import confirm_first
from auth.routes.key_parts import key_form, key_rows, new_key_page, token_form
from auth.routes.key_wire import Days, KeyBody, RotateBody
from auth.routes.oauth.grants import connected_programs
from auth.routes.wire import Description, Name
from auth.scopes import KEYS_WRITE
from relay.domain.errors import Unauthenticated
from relay.domain.ids import AccountId
from relay.domain.parties import Agent, AgentStatus
from relay.kernel.body import WireModel, path_id
from relay.kernel.operation import Access, Operations
from relay.services.keys import CLOCK

operations = Operations("pages")

WHY: Final = "Whoever has a key can ask questions in an agent's name. Making one"


class TokenForm(WireModel):
    description: Description = ""
    expires_in_days: Days | None = Field(default=None)


class KeyForm(TokenForm):
    agent_name: Name


@operations.get(
    HOME, access=Access.OWNER, summary="The owner's page: agents and keys of the organization one is in", media=HTML
)
async def show(request: web.Request) -> web.Response:
    principal = caller(request)
    member = await request.app[ACCOUNTS].member(principal.account_id, principal.org_id)
    if member is None:
        raise Unauthenticated("this account was disabled")
    people = await request.app[MEMBERS].of_org(principal, principal.org_id)
    names = {person.account.id: person.account.name for person in people}
    return page(
        "Your relay",
        _who(member),
        *(await _agents_and_keys(request, names)),
        await connected_programs(request),
        card(
            heading("Answer from a terminal"),
            paragraph("Questions arrive here while this runs:"),
            command(f"hitl-cli --server {request.app[AUTH_SETTINGS].public_url} inbox"),
        ),
        here=HOME,
    )


async def _agents_and_keys(request: web.Request, names: Mapping[AccountId, str]) -> list[str]:
    """Return the agents, and for who may see them the keys, with the forms for new ones."""
    principal, hidden = caller(request), {FORM_TOKEN: form_token(request)}
    agents = await request.app[AGENT_SERVICE].visible_to(principal, archived=True)
    if KEYS_WRITE not in principal.scopes:
        return [heading("Agents"), _agents(agents, names, lambda _: "")]
    now, recent = request.app[CLOCK].now(), is_recent(request, principal)
    keys = [key for key in await request.app[API_KEYS].of_org(principal) if key.works(now)]

    def keys_of(agent: Agent | None) -> str:
        return key_rows([key for key in keys if key.agent_id == (agent.id if agent else None)], hidden)

    return [
        card(heading("Make an API key"), key_form(hidden) if recent else confirm_first(HOME, WHY)),
        heading("Agents and their keys"),
        _agents(agents, names, keys_of),
        card(
            heading("Tokens of the organization"),
            paragraph("For programs that make tasks and processes, rather than ask as an agent."),
            keys_of(None),
            unfolding("Make a token", token_form(hidden)) if recent else "",
        ),
    ]


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
    return new_key_page(request, await make_key(request, KeyBody(**asked.model_dump())))


@operations.post(
    "/owner/tokens",
    access=Access.OWNER,
    scope=KEYS_WRITE,
    recent=True,
    summary="Make a token of the organization from the page's form",
    media=HTML,
    status=201,
)
async def create_token(request: web.Request) -> web.Response:
    asked = await read_own_form(request, TokenForm)
    return new_key_page(request, await make_key(request, KeyBody(kind=KeyKind.ORG, **asked.model_dump())))


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
    return new_key_page(request, await request.app[API_KEYS].rotate(caller(request), path_id(request), body.grace))


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
    signed_in = f"Signed in as {escape(member.account.name)} ({escape(member.account.email)}),"
    return paragraph(signed_in, f"in <strong>{escape(member.org.name)}</strong> as {member.role}.")


def _agents(agents: Iterable[Agent], names: Mapping[AccountId, str], keys: Callable[[Agent], str]) -> str:
    shown = [
        card(
            heading(agent.name, 3),
            paragraph(_asks(agent, names)),
            keys(agent),
            button_link(f"/owner/agents/{agent.id}", f"Settings of {agent.name}"),
        )
        for agent in agents
        if agent.status is not AgentStatus.ARCHIVED
    ]
    archived = [
        button_link(f"/owner/agents/{agent.id}", agent.name) for agent in agents if agent.status is AgentStatus.ARCHIVED
    ]
    return "".join(shown or [card(paragraph("There is no agent yet."))]) + (
        card(unfolding("Archived agents", *archived)) if archived else ""
    )


def _asks(agent: Agent, names: Mapping[AccountId, str]) -> str:
    paused = "" if agent.status is AgentStatus.ACTIVE else f" It is {agent.status}."
    return f"Asks {escape(names.get(agent.account_id, 'somebody who is gone'))}.{paused}"
