"""The authorization endpoint, as a browser meets it: the page that asks, and the way back to the program."""

from collections.abc import Mapping
from html import escape
from typing import Final

from aiohttp import web

from auth.guard import HTML, follows_own_page
from auth.html import Kind, button_link, page, paragraph, see
from auth.keys import AGENT_SERVICE, CONSENTS
from auth.oauth.authorize_endpoint import Page, Question, Redirect
from auth.oauth.redirects import destination
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
    if isinstance(outcome, Question):
        return await _asked(request, outcome, parameters)
    if isinstance(outcome, Redirect) and follows_own_page(request):
        return _going_on(outcome)
    return _answered(outcome)


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


def _going_on(outcome: Redirect) -> web.Response:
    """Send the browser on by a page, which is a navigation of its own.

    Whoever had to sign in or confirm comes here by the redirect after that page's form, and browsers hold every further
    redirect to that page's `form-action 'self'`: one to the program would be blocked.
    """
    there = f"<strong>{escape(destination(outcome.to))}</strong>"
    return page(
        "Nothing was allowed",
        paragraph(f"What the program asked is not in order. Your browser goes back to it ({there}) to say so."),
        button_link(outcome.to, "Go back to the program", Kind.PRIMARY),
        headers={"Referrer-Policy": "no-referrer"},
        goes_on=outcome.to,
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
