"""The authorization endpoint, as a browser meets it: the page that asks, and the way back to the program."""

from collections.abc import Mapping
from html import escape
from typing import Final

from aiohttp import web

from auth.guard import HTML
from auth.html import page, paragraph, see
from auth.keys import AGENT_SERVICE, CONSENTS
from auth.oauth.authorize_endpoint import Page, Question, Redirect
from auth.principal import caller
from auth.routes.browser import read_own_form
from auth.routes.oauth.consent import (
    CONSENT_POLICY,
    ConsentForm,
    allowed,
    choices,
    decision_form,
    goes_to,
    proposed_name,
    who,
)
from auth.routes.oauth.forms import AuthorizeQuery, sent
from auth.scopes import KEYS_WRITE
from relay.kernel.body import read_query
from relay.kernel.operation import Access, Operations

operations = Operations("oauth")

AUTHORIZE: Final = "/api/v1/oauth/authorize"


class AuthorizeForm(ConsentForm, AuthorizeQuery):
    """The page's form carries the request along."""


@operations.get(
    AUTHORIZE,
    access=Access.OWNER,
    scope=KEYS_WRITE,
    recent=True,
    opened_by_others=True,
    summary="A program asks a human for access: a page, where the human decides",
    query=AuthorizeQuery,
    media=HTML,
    other={303: "what is wrong with the request goes back to the program", 400: "whose program it is is not known"},
)
async def ask(request: web.Request) -> web.Response:
    parameters = sent(read_query(request, AuthorizeQuery))
    outcome = await request.app[CONSENTS].look(parameters)
    return await _asked(request, outcome, parameters) if isinstance(outcome, Question) else _answered(outcome)


@operations.post(
    AUTHORIZE,
    access=Access.OWNER,
    scope=KEYS_WRITE,
    recent=True,
    opened_by_others=True,
    summary="The human's decision, from the page's form",
    media=HTML,
    status=303,
)
async def decide(request: web.Request) -> web.Response:
    form = await read_own_form(request, AuthorizeForm)
    consents = request.app[CONSENTS]
    parameters = {name: value for name, value in sent(form).items() if name in AuthorizeQuery.model_fields}
    outcome = await consents.look(parameters)
    if isinstance(outcome, Question):
        outcome = await consents.decide(caller(request), parameters, form.choice(proposed_name(outcome.client)))
    return _answered(outcome)


async def _asked(request: web.Request, question: Question, parameters: Mapping[str, str]) -> web.Response:
    agents = await request.app[AGENT_SERVICE].visible_to(caller(request))
    return page(
        "Connect a program",
        who(question.client),
        goes_to(question.redirect_uri),
        allowed(question.scopes),
        decision_form(request, AUTHORIZE, choices(agents, proposed_name(question.client)), hidden=parameters),
        headers=CONSENT_POLICY,
    )


def _answered(outcome: Redirect | Page) -> web.Response:
    if isinstance(outcome, Redirect):
        response = see(outcome.to)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response
    return page(
        "This program cannot be connected",
        paragraph("What it asked is not in order, so you are not sent back to it. Nothing was allowed."),
        paragraph(f"<strong>{escape(outcome.reason)}</strong>"),
        status=400,
    )
