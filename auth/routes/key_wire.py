"""The messages about agents and their keys."""

import datetime as dt
from typing import Annotated, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from auth.entities import ApiKey, KeyKind
from auth.routes.wire import Description, Name, Time
from auth.services.api_keys import NewKey
from relay.domain.parties import Agent, AgentStatus
from relay.kernel.body import WireModel

Days = Annotated[int, Field(ge=1, le=3650, description="Days until the key ends; without it the key does not end.")]
Hours = Annotated[int, Field(ge=0, le=168, description="How long the old key works on.")]

# There are seven scopes a key can have; the bound leaves room and is no more than a bound.
Scopes = Annotated[
    list[Annotated[str, StringConstraints(min_length=1, max_length=40)]],
    Field(min_length=1, max_length=20, description="What the key may do; without it, all that its kind may."),
]


class AgentBody(WireModel):
    name: Name
    account_id: Annotated[UUID | None, Field(description="The member it asks; you, if it is absent.")] = None


class AgentChangeBody(WireModel):
    """What is absent stays as it is."""

    name: Name | None = None
    account_id: Annotated[UUID | None, Field(description="The member it asks from now on.")] = None
    status: Annotated[AgentStatus | None, Field(strict=False)] = None


class AgentQuery(WireModel):
    archived: Annotated[bool, Field(description="Whether to list the archived ones too.")] = False


class NewAgentReply(WireModel):
    id: UUID
    agent_id: Annotated[UUID, Field(description="The same as `id`, under the name the published client reads.")]
    name: str
    account_id: Annotated[UUID, Field(description="The member it asks when it names nobody else.")]
    status: AgentStatus
    created_at: Time

    @classmethod
    def of(cls, agent: Agent) -> Self:
        return cls(
            id=agent.id,
            agent_id=agent.id,
            name=agent.name,
            account_id=agent.account_id,
            status=agent.status,
            created_at=agent.created_at,
        )


class AgentReply(NewAgentReply):
    last_seen_at: Time | None

    @classmethod
    def of(cls, agent: Agent) -> Self:
        return cls(
            id=agent.id,
            agent_id=agent.id,
            name=agent.name,
            account_id=agent.account_id,
            status=agent.status,
            created_at=agent.created_at,
            last_seen_at=agent.last_seen_at,
        )


class KeyBody(WireModel):
    """The agent is named by its id, or by its name; a name nobody has yet makes a new agent.

    A key of kind `org` belongs to the organization and names no agent.
    """

    kind: Annotated[KeyKind, Field(strict=False)] = KeyKind.AGENT
    agent_id: UUID | None = None
    agent_name: Name | None = None
    description: Description = ""
    expires_in_days: Days | None = None
    scopes: Scopes | None = None

    @model_validator(mode="after")
    def _one_agent(self) -> Self:
        named = (self.agent_id is not None) + (self.agent_name is not None)
        if self.kind is KeyKind.AGENT and named != 1:
            raise ValueError("name the agent by either agent_id or agent_name")
        if self.kind is KeyKind.ORG and named:
            raise ValueError("a key of the organization names no agent")
        return self

    @property
    def life(self) -> dt.timedelta | None:
        return dt.timedelta(days=self.expires_in_days) if self.expires_in_days else None


class RotateBody(WireModel):
    grace_hours: Hours = 24

    @property
    def grace(self) -> dt.timedelta:
        return dt.timedelta(hours=self.grace_hours)


class ApiKeyFacts(WireModel):
    """What is shown of a key at any time."""

    prefix: str
    id: UUID
    last4: str
    kind: KeyKind
    agent_id: UUID | None
    scopes: list[str]
    description: str
    made_by: Annotated[UUID, Field(description="The account that made it; the key ends with their membership.")]
    created_at: Time
    expires_at: Annotated[Time | None, Field(description="When it ends; after a rotation, when its grace is over.")]

    @staticmethod
    def facts(key: ApiKey) -> dict[str, object]:
        return {
            "prefix": key.prefix,
            "id": key.id,
            "last4": key.last4,
            "kind": key.kind,
            "agent_id": key.agent_id,
            "scopes": sorted(key.scopes),
            "description": key.description,
            "made_by": key.account_id,
            "created_at": key.created_at,
            "expires_at": min((end for end in (key.expires_at, key.grace_until) if end), default=None),
        }


class NewApiKeyReply(ApiKeyFacts):
    api_key: Annotated[str, Field(description="The key itself; it is not stored and cannot be shown again.")]

    @classmethod
    def of(cls, new: NewKey) -> Self:
        return cls.model_validate({**cls.facts(new.key), "api_key": new.secret})


class ApiKeyReply(ApiKeyFacts):
    last_used_at: Time | None
    last_used_from: Annotated[str, Field(description="A network, not an address; empty before the first use.")]
    revoked_at: Time | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        return cls.model_validate(
            {
                **cls.facts(key),
                "last_used_at": key.last_used_at,
                "last_used_from": key.last_used_from,
                "revoked_at": key.revoked_at,
            }
        )
