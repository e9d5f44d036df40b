"""The page of one agent: its name, whom it asks, whether it may."""

from html import escape
from typing import Final
from uuid import UUID

from aiohttp import web

from auth.entities import Member
from auth.guard import HTML
from auth.html import Kind, button_link, card, choice, field, form, heading, hint, page, paragraph, see, time, unfolding
from auth.keys import AGENT_SERVICE, MEMBERS
from auth.next_path import HOME
from auth.principal import caller
from auth.routes.browser import FORM_TOKEN, form_token, read_own_form
from auth.routes.wire import Name
from auth.scopes import AGENTS_READ, AGENTS_WRITE
from auth.services.agents import AgentChange
from relay.domain.ids import AccountId, AgentId
from relay.domain.parties import Agent, AgentStatus
from relay.kernel.body import WireModel, path_id
from relay.kernel.operation import Access, Operations

operations = Operations("pages")

STATUSES: Final = {
    AgentStatus.ACTIVE: "active: its keys work",
    AgentStatus.PAUSED: "paused: its keys are refused for now",
    AgentStatus.ARCHIVED: "archived: refused, and left out of lists",
}


class AgentForm(WireModel):
    name: Name
    account_id: UUID
    status: AgentStatus


@operations.get(
    "/owner/agents/{id}", access=Access.OWNER, scope=AGENTS_READ, summary="The page of an agent", media=HTML
)
async def show(request: web.Request) -> web.Response:
    principal = caller(request)
    agent = await request.app[AGENT_SERVICE].by_id(principal, AgentId(path_id(request)))
    people = await request.app[MEMBERS].of_org(principal, principal.org_id)
    changes = AGENTS_WRITE in principal.scopes
    seen = f"last used {time(agent.last_seen_at)}" if agent.last_seen_at else "not used yet"
    return page(
        agent.name,
        paragraph(f"Made {time(agent.created_at)}, {seen}."),
        card(_settings(agent, people, form_token(request))) if changes else card(_facts(agent, people)),
        _ending(agent, form_token(request)) if changes else "",
        button_link(HOME, "Back to all agents"),
        here=HOME,
    )


@operations.post(
    "/owner/agents/{id}",
    access=Access.OWNER,
    scope=AGENTS_WRITE,
    summary="Change an agent from its page's form",
    media=HTML,
    status=303,
)
async def change(request: web.Request) -> web.Response:
    given = await read_own_form(request, AgentForm)
    wanted = AgentChange(name=given.name, account_id=AccountId(given.account_id), status=given.status)
    await request.app[AGENT_SERVICE].change(caller(request), AgentId(path_id(request)), wanted)
    return see(HOME)


@operations.post(
    "/owner/agents/{id}/delete",
    access=Access.OWNER,
    scope=AGENTS_WRITE,
    summary="Delete an agent from its page's form",
    media=HTML,
    status=303,
)
async def delete(request: web.Request) -> web.Response:
    await read_own_form(request, WireModel)
    await request.app[AGENT_SERVICE].delete(caller(request), AgentId(path_id(request)))
    return see(HOME)


def _settings(agent: Agent, people: list[Member], token: str) -> str:
    names = {str(person.account.id): person.account.name for person in people}
    statuses = {status.value: words for status, words in STATUSES.items()}
    return form(
        f"/owner/agents/{agent.id}",
        "Save",
        field("name", "Name", value=agent.name, required="", maxlength="80", autocomplete="off"),
        choice("account_id", "Asks", names, str(agent.account_id)),
        choice("status", "Is", statuses, agent.status.value),
        hidden={FORM_TOKEN: token},
    )


def _facts(agent: Agent, people: list[Member]) -> str:
    asks = next((p.account.name for p in people if p.account.id == agent.account_id), "somebody who is gone")
    return paragraph(f"Asks {escape(asks)}. It is {agent.status}.") + hint("An owner or admin can change that.")


def _ending(agent: Agent, token: str) -> str:
    return card(
        heading("Delete it"),
        unfolding(
            f"Delete {agent.name}",
            paragraph("Its keys end at once, its open questions are withdrawn. What was answered stays."),
            form(
                f"/owner/agents/{agent.id}/delete",
                f"Delete {agent.name} now",
                hidden={FORM_TOKEN: token},
                kind=Kind.DANGER,
            ),
        ),
    )
