"""The page on which a human allows a program to ask, or does not: what it shows and what it sends."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Annotated, Final, Literal
from urllib.parse import urlsplit
from uuid import UUID

from aiohttp import web
from pydantic import Field

from auth.html import POLICY, Kind, box, choice, field, paragraph
from auth.oauth.entities import Client, ClientKind
from auth.oauth.redirects import Place, destination, place_of
from auth.oauth.registration import plain_name
from auth.oauth.scopes import MEANING
from auth.routes.browser import FORM_TOKEN, form_token
from auth.routes.wire import Name
from auth.services.consents import LIVES_DAYS, Choice
from relay.domain.errors import InvalidInput
from relay.domain.parties import Agent
from relay.kernel.body import WireModel

LONGEST_NAME: Final = 80

CONSENT_POLICY: Final = {"Content-Security-Policy": POLICY.replace("form-action 'self'; ", "")}
"""Browsers apply `form-action` to every redirect that follows the form, and this one is followed to the program."""

LIVES: Final = {90: "90 days", 30: "30 days", 7: "a week", 1: "a day"}


class ConsentForm(WireModel):
    """What the human chose; an `agent_id` is an agent that exists, else one is made."""

    decision: Literal["allow", "deny"]
    agent_id: UUID | None = None
    agent_name: Name | None = None
    days: Annotated[int, Field(ge=1, le=max(LIVES_DAYS))] = max(LIVES_DAYS)

    def choice(self, proposed: str) -> Choice | None:
        """Return how it was allowed; nothing if it was not."""
        if self.decision == "deny":
            return None
        if self.agent_id is None and self.agent_name is None:
            raise InvalidInput("name the new agent, or choose one that exists", "/agent_name")
        return Choice(agent_id=self.agent_id, agent_name=self.agent_name or proposed, proposed=proposed, days=self.days)


def proposed_name(client: Client) -> str:
    """Return what the agent is called if nobody calls it otherwise."""
    return plain_name(client.name)[:LONGEST_NAME].strip() or "agent"


def who(client: Client) -> str:
    """Say who asks, and how little of it is known."""
    name = f"<strong>{escape(client.name)}</strong>"
    if client.kind is ClientKind.DOCUMENT:
        host = escape(urlsplit(client.id).netloc)
        return paragraph(
            f"{name} wants to act as an agent of yours. It comes from <strong>{host}</strong>; its name is unverified."
        )
    return paragraph(f"{name} wants to act as an agent of yours. The name is unverified: the program chose it itself.")


def goes_to(redirect_uri: str) -> str:
    """Say where the browser goes on to, and what speaks for caution."""
    there = f"<strong>{escape(destination(redirect_uri))}</strong>"
    match place_of(redirect_uri):
        case Place.LOOPBACK:
            return box(
                paragraph(
                    f"Your answer goes to a program on this computer ({there}). Allow it only if you started "
                    "that program yourself, just now."
                ),
                kind="warn",
            )
        case Place.APP:
            return box(
                paragraph(
                    f"Your answer goes to an app on this device that answers to {there} Any app may claim "
                    "that name. Allow it only if you came from the app you mean."
                ),
                kind="warn",
            )
        case _:
            return paragraph(f"Your browser goes on to {there}.")


def allowed(scopes: Iterable[str]) -> str:
    wanted = set(scopes)
    listed = "".join(f"<li>{escape(meaning)}</li>" for scope, meaning in MEANING.items() if scope in wanted)
    return f"<p>It will be able to:</p>\n<ul>{listed}</ul>\n" + paragraph(
        "Nothing else, and you can disconnect it at any time on your page."
    )


def choices(agents: Iterable[Agent], proposed: str) -> str:
    named = {"": "A new agent, named below"} | {str(agent.id): agent.name for agent in agents}
    return (
        choice("agent_id", "It acts as", named)
        + field(
            "agent_name",
            "Name of the new agent",
            value=proposed,
            hint="Leave it as it is, and the program may name itself.",
            maxlength=str(LONGEST_NAME),
            autocomplete="off",
        )
        + choice("days", "For at most", {str(days): LIVES[days] for days in LIVES_DAYS})
    )


def decision_form(request: web.Request, action: str, *parts: str, hidden: Mapping[str, str]) -> str:
    """Return a form with two buttons: the one that changes nothing is as near as the other."""
    kept = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">\n'
        for name, value in {**hidden, FORM_TOKEN: form_token(request)}.items()
    )
    return (
        f'<form method="post" action="{escape(action)}">\n{kept}{"".join(parts)}'
        f'<button class="{Kind.PRIMARY}" name="decision" value="allow">Allow</button>\n'
        f'<button class="{Kind.SECONDARY}" name="decision" value="deny">Deny</button>\n</form>\n'
    )
