"""Consents: what a program asks of a human, and what the human says to it."""

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.oauth.authorize_endpoint import Outcome, Page, Redirect, decide, look
from auth.oauth.changes import AddGrant, DecideDeviceCode
from auth.oauth.code_grant import Consent
from auth.oauth.device_grant import user_code_digest
from auth.oauth.entities import GRANT_LIFE, Client, DeviceCode
from auth.oauth.facts import Facts
from auth.principal import Principal
from auth.services.agents import AgentService
from auth.services.decisions import Decisions
from auth.services.oauth_clients import OAuthClients
from relay.domain.errors import NotFound
from relay.domain.ids import AgentId

LIVES_DAYS: Final = (90, 30, 7, 1)
"""How long a human may connect a program for; the longest first, because it is what most want."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """How a human allows it: as which agent, and for how long.

    `agent_name` is for a new agent; `proposed` is what the page suggested. Who leaves the suggestion lets the program
    name itself.
    """

    agent_id: UUID | None
    agent_name: str
    proposed: str
    days: int


class ConsentService:
    def __init__(self, *, decisions: Decisions, clients: OAuthClients, agents: AgentService) -> None:
        self._decisions = decisions
        self._clients = clients
        self._agents = agents

    async def look(self, parameters: Mapping[str, str]) -> Outcome:
        """Check a program's request before the human is shown it."""
        if client_id := parameters.get("client_id"):
            await self._clients.meet(client_id)
        async with self._decisions.about(_own(parameters)) as (asked, facts):
            return look(asked, facts)

    async def decide(
        self, principal: Principal, parameters: Mapping[str, str], choice: Choice | None
    ) -> Redirect | Page:
        """Answer a program's request as the human decided; no choice is a no."""
        consent = await self._consent(principal, choice) if choice else None
        async with self._decisions.about(_own(parameters)) as (asked, facts):
            return decide(asked, facts, consent)

    async def look_at_device(self, user_code: str) -> tuple[DeviceCode, Client]:
        """Return what waits with this code. One that is wrong, over or decided is not found."""
        async with self._decisions.about_device(user_code_digest(user_code)) as (asked, facts):
            return _open(facts, asked.now)

    async def decide_device(self, principal: Principal, user_code: str, choice: Choice | None) -> Client:
        """Answer the program that waits with this code; return which it was."""
        consent = await self._consent(principal, choice) if choice else None
        async with self._decisions.about_device(user_code_digest(user_code)) as (asked, facts):
            code, client = _open(facts, asked.now)
            grant = (
                consent.grant(asked, client_id=client.id, scopes=code.scopes, resource=code.resource)
                if consent
                else None
            )
            if grant:
                facts.want(AddGrant(grant))
            facts.want(DecideDeviceCode(code.digest, grant.id if grant else None, asked.now))
            return client

    async def _consent(self, principal: Principal, choice: Choice) -> Consent:
        agent = await self._agents.by_id(principal, AgentId(choice.agent_id)) if choice.agent_id else None
        return Consent(
            account_id=principal.account_id,
            org_id=principal.org_id,
            agent_id=agent.id if agent else None,
            agent_name=agent.name if agent else choice.agent_name,
            names_itself=agent is None and choice.agent_name == choice.proposed,
            life=min(dt.timedelta(days=choice.days), GRANT_LIFE),
        )


def _open(facts: Facts, now: dt.datetime) -> tuple[DeviceCode, Client]:
    if facts.device is None or facts.client is None or not facts.device.is_open(now):
        raise NotFound("no device waits with this code; it may be too old: ask the device for a new one")
    return facts.device, facts.client


REQUEST: Final = (
    "response_type",
    "client_id",
    "redirect_uri",
    "scope",
    "state",
    "code_challenge",
    "code_challenge_method",
    "resource",
)
"""The parameters of an authorization request that count here; the page's form carries them along."""


def _own(parameters: Mapping[str, str]) -> dict[str, str]:
    return {name: parameters[name] for name in REQUEST if name in parameters}
