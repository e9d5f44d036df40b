"""The messages of the owner's API."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Self
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints, model_validator

from auth.entities import ApiKey, Session
from auth.next_path import LONGEST as LONGEST_NEXT
from auth.passwords import LONGEST, SHORTEST
from auth.services.api_keys import NewKey
from auth.services.sessions import SignedIn
from auth.visits import browser_of
from relay.domain.parties import Agent
from relay.kernel.body import JSON_TYPE, WireModel, iso

_JOINERS = dict.fromkeys((0x200C, 0x200D))
"""Invisible, but part of correct spelling in several scripts and in many emoji."""


def _printable(text: str) -> str:
    """Refuse what cannot be stored (NUL), breaks lines, or changes how the text around it reads (bidi controls)."""
    if not text.translate(_JOINERS).isprintable():
        raise ValueError("must not contain control or invisible characters")
    return text


def _address(text: str) -> str:
    # Only a letter sent there could prove more.
    local, _, domain = text.rpartition("@")
    if not local or not domain or any(c.isspace() for c in text):
        raise ValueError("must be an e-mail address")
    return text


Time = Annotated[dt.datetime, PlainSerializer(iso, return_type=str)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(_printable)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_printable)]
Email = Annotated[
    str,
    # RFC 5321 4.5.3.1.3: a path has 256 octets, two of them angle brackets.
    StringConstraints(strip_whitespace=True, min_length=3, max_length=254),
    AfterValidator(_printable),
    AfterValidator(_address),
]
NewPassword = Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]
Days = Annotated[int, Field(ge=1, le=3650, description="Days until the key ends; without it the key does not end.")]
Hours = Annotated[int, Field(ge=0, le=168, description="How long the old key works on.")]


class SetupBody(WireModel):
    code: Annotated[str, Field(max_length=100, description="The setup code the relay printed when it started.")]
    email: Email
    name: Name
    password: NewPassword


class SignInBody(WireModel):
    email: Annotated[str, StringConstraints(min_length=1, max_length=254), AfterValidator(_printable)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


Next = Annotated[str, Field(max_length=LONGEST_NEXT)]
"""Where a form leads in the end. One that is not a path of ours is not followed."""


class SignInForm(SignInBody):
    next: Next = ""


class ConfirmBody(WireModel):
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


class ConfirmForm(ConfirmBody):
    next: Next = ""


class ConfirmedReply(WireModel):
    confirmed_until: Time
    token: Annotated[
        str | None, Field(description="The session's new token; null when the browser's cookie was renewed instead.")
    ]


class AccountReply(WireModel):
    id: UUID
    email: str
    name: str


class OrgReply(WireModel):
    id: UUID
    name: str


class SignedInReply(WireModel):
    token: str
    account: AccountReply
    org: OrgReply
    expires_at: Time

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        account, org = signed_in.member.account, signed_in.member.org
        return cls(
            token=signed_in.token,
            account=AccountReply(id=account.id, email=account.email, name=account.name),
            org=OrgReply(id=org.id, name=org.name),
            expires_at=signed_in.session.expires_at,
        )


class MeReply(WireModel):
    account: AccountReply
    org: OrgReply
    device_id: UUID | None


class SessionReply(WireModel):
    id: UUID
    device_id: UUID | None
    user_agent: str
    browser: Annotated[str, Field(description="The user agent in words.")]
    network: Annotated[str, Field(description="Where it was begun, as a network; empty when that is not known.")]
    created_at: Time
    authenticated_at: Annotated[Time, Field(description="When its human last proved who they are.")]
    last_seen_at: Time
    expires_at: Time
    current: Annotated[bool, Field(description="Whether this is the calling session.")]

    @classmethod
    def of(cls, session: Session, *, current: bool) -> Self:
        return cls(
            id=session.id,
            device_id=session.device_id,
            user_agent=session.user_agent,
            browser=browser_of(session.user_agent),
            network=session.network,
            created_at=session.created_at,
            authenticated_at=session.authenticated_at,
            last_seen_at=session.last_seen_at,
            expires_at=session.ends_at,
            current=current,
        )


class EndedReply(WireModel):
    ended: Annotated[int, Field(description="In how many places.")]


class AgentBody(WireModel):
    name: Name


class NewAgentReply(WireModel):
    id: UUID
    agent_id: Annotated[UUID, Field(description="The same as `id`, under the name the published client reads.")]
    name: str
    created_at: Time

    @classmethod
    def of(cls, agent: Agent) -> Self:
        return cls(id=agent.id, agent_id=agent.id, name=agent.name, created_at=agent.created_at)


class AgentReply(NewAgentReply):
    last_seen_at: Time | None

    @classmethod
    def of(cls, agent: Agent) -> Self:
        return cls(
            id=agent.id,
            agent_id=agent.id,
            name=agent.name,
            created_at=agent.created_at,
            last_seen_at=agent.last_seen_at,
        )


class KeyBody(WireModel):
    """The agent is named by its id, or by its name; a name nobody has yet makes a new agent."""

    agent_id: UUID | None = None
    agent_name: Name | None = None
    description: Description = ""
    expires_in_days: Days | None = None

    @model_validator(mode="after")
    def _one_agent(self) -> Self:
        if (self.agent_id is None) == (self.agent_name is None):
            raise ValueError("name the agent by either agent_id or agent_name")
        return self

    @property
    def life(self) -> dt.timedelta | None:
        return dt.timedelta(days=self.expires_in_days) if self.expires_in_days else None


class RotateBody(WireModel):
    grace_hours: Hours = 24

    @property
    def grace(self) -> dt.timedelta:
        return dt.timedelta(hours=self.grace_hours)


class NewKeyReply(WireModel):
    api_key: Annotated[str, Field(description="The key itself; it is not stored and cannot be shown again.")]
    prefix: str
    id: UUID
    last4: str
    agent_id: UUID
    description: str
    created_at: Time
    expires_at: Time | None

    @classmethod
    def of(cls, new: NewKey) -> Self:
        key = new.key
        return cls(
            api_key=new.secret,
            prefix=key.prefix,
            id=key.id,
            last4=key.last4,
            agent_id=key.agent_id,
            description=key.description,
            created_at=key.created_at,
            expires_at=key.expires_at,
        )


class KeyReply(WireModel):
    prefix: str
    id: UUID
    last4: str
    agent_id: UUID
    description: str
    created_at: Time
    expires_at: Annotated[Time | None, Field(description="When it ends; after a rotation, when its grace is over.")]
    last_used_at: Time | None
    revoked_at: Time | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        return cls(
            prefix=key.prefix,
            id=key.id,
            last4=key.last4,
            agent_id=key.agent_id,
            description=key.description,
            created_at=key.created_at,
            expires_at=min((end for end in (key.expires_at, key.grace_until) if end), default=None),
            last_used_at=key.last_used_at,
            revoked_at=key.revoked_at,
        )


def json_list(models: Iterable[WireModel]) -> web.Response:
    body = ",".join(model.model_dump_json() for model in models)
    return web.Response(body=f"[{body}]".encode(), content_type=JSON_TYPE)
