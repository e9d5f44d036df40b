"""Agents and devices in PostgreSQL."""

import datetime as dt
from collections.abc import Mapping
from typing import Final
from uuid import UUID

import asyncpg

from relay.domain.errors import AlreadyExists
from relay.domain.ids import AccountId, AgentId, DeviceId, OrgId
from relay.domain.parties import Agent, AgentKey, AgentStatus, Device
from relay.kernel.sql import load_queries
from relay.store.database import Database
from relay.store.gathered import Gathered
from relay.store.rows import agent_key_of, agent_of, device_of

AGENTS: Final = load_queries("relay.store", "sql/agents.sql")
DEVICES: Final = load_queries("relay.store", "sql/devices.sql")


class AgentStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_id = Gathered[UUID, Agent](self._read)

    async def add(self, agent: Agent) -> bool:
        """Save an agent; return False when its organization has one of that name."""
        values = (agent.id, agent.org_id, agent.account_id, agent.name, agent.created_at)
        return await self._database.value(AGENTS["add_agent"], *values) is not None

    async def by_id(self, org: OrgId, id: AgentId) -> Agent | None:
        agent = await self._by_id.get(id)
        return agent if agent and agent.org_id == org else None

    async def _read(self, ids: list[UUID]) -> dict[UUID, Agent]:
        return {row["id"]: agent_of(row) for row in await self._database.fetch(AGENTS["agents_by_id"], ids)}

    async def by_name(self, org: OrgId, name: str) -> Agent | None:
        row = await self._database.row(AGENTS["agent_by_name"], org, name)
        return agent_of(row) if row else None

    async def of_org(self, org: OrgId) -> list[Agent]:
        return [agent_of(row) for row in await self._database.fetch(AGENTS["agents"], org)]

    async def change(
        self,
        org: OrgId,
        id: AgentId,
        *,
        name: str | None = None,
        account: AccountId | None = None,
        status: AgentStatus | None = None,
    ) -> Agent | None:
        """Change what is given; None when there is no such agent. Raises `AlreadyExists` when the name is taken."""
        try:
            row = await self._database.row(AGENTS["change_agent"], org, id, name, account, status)
        except asyncpg.UniqueViolationError:
            raise AlreadyExists("there is an agent of this name already") from None
        return agent_of(row) if row else None

    async def delete(self, org: OrgId, id: AgentId) -> bool:
        return await self._database.value(AGENTS["delete_agent"], org, id) is not None

    async def seen(self, when: Mapping[AgentId, dt.datetime]) -> None:
        await self._database.execute(AGENTS["seen_agents"], [*when], [*when.values()])

    async def add_key(self, key: AgentKey) -> bool:
        """Save a public key; return whether it is new to the agent."""
        fresh: bool = await self._database.value(
            AGENTS["add_agent_key"], key.agent_id, key.public_key, key.key_type, key.created_at
        )
        return fresh

    async def keys_of_orgs(self, orgs: list[OrgId]) -> list[tuple[str, AgentKey]]:
        """Return the keys of all agents of these organizations, each with its agent's name."""
        return [(row["name"], agent_key_of(row)) for row in await self._database.fetch(AGENTS["keys_of_orgs"], orgs)]

    async def keys(self, agent: AgentId) -> list[AgentKey]:
        return [agent_key_of(row) for row in await self._database.fetch(AGENTS["agent_keys"], agent)]


class DeviceStore:
    def __init__(self, database: Database) -> None:
        self._database = database
        self._by_id = Gathered[UUID, Device](self._read)

    async def add(self, device: Device) -> None:
        values = (device.id, device.account_id, device.name, device.kind.value, device.ed25519, device.x25519)
        await self._database.execute(DEVICES["add_device"], *values, device.created_at)

    async def by_id(self, account: AccountId, id: UUID) -> Device | None:
        device = await self._by_id.get(id)
        return device if device and device.account_id == account else None

    async def _read(self, ids: list[UUID]) -> dict[UUID, Device]:
        return {row["id"]: device_of(row) for row in await self._database.fetch(DEVICES["devices_by_id"], ids)}

    async def of_account(self, account: AccountId) -> list[Device]:
        return [device_of(row) for row in await self._database.fetch(DEVICES["devices"], account)]

    async def rename(self, account: AccountId, id: DeviceId, name: str) -> Device | None:
        row = await self._database.row(DEVICES["rename_device"], account, id, name)
        return device_of(row) if row else None

    async def revoke(self, account: AccountId, id: DeviceId, at: dt.datetime) -> Device | None:
        row = await self._database.row(DEVICES["revoke_device"], account, id, at)
        return device_of(row) if row else None

    async def seen(self, when: Mapping[DeviceId, dt.datetime]) -> None:
        await self._database.execute(DEVICES["seen_devices"], [*when], [*when.values()])
