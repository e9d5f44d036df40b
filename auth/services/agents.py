"""Agents: the named callers an owner makes."""

from auth.principal import Principal
from relay.domain.clock import Clock
from relay.domain.errors import AlreadyExists, NotFound
from relay.domain.ids import AgentId, Chance, uuid7
from relay.domain.log_entry import EntryType
from relay.domain.parties import Agent
from relay.services.journal import Journal
from relay.store.parties import AgentStore


class AgentService:
    def __init__(self, *, store: AgentStore, journal: Journal, clock: Clock, chance: Chance) -> None:
        self._store = store
        self._journal = journal
        self._clock = clock
        self._chance = chance

    async def create(self, principal: Principal, name: str) -> Agent:
        """Make an agent that asks the caller; names differ within an organization, whatever their case."""
        now = self._clock.now()
        agent = Agent(
            id=AgentId(uuid7(now, self._chance)),
            org_id=principal.org_id,
            account_id=principal.account_id,
            name=name,
            created_at=now,
        )
        if not await self._store.add(agent):
            raise AlreadyExists("there is an agent of this name already")
        await self._journal.note(
            principal.account_id,
            EntryType.AGENT_CREATED,
            agent.id,
            actor=principal.account_id,
            device=principal.device_id,
        )
        return agent

    async def visible_to(self, principal: Principal) -> list[Agent]:
        """Return the organization's agents; an agent's key sees only its own."""
        if principal.agent_id is None:
            return await self._store.of_org(principal.org_id)
        own = await self._store.by_id(principal.org_id, principal.agent_id)
        return [own] if own else []

    async def by_id(self, principal: Principal, id: AgentId) -> Agent:
        agent = await self._store.by_id(principal.org_id, id)
        if agent is None:
            raise NotFound("there is no such agent, or it is not yours")
        return agent

    async def named(self, principal: Principal, name: str) -> Agent:
        """Return the agent of this name; make it if it is new. Two at once get the same one."""
        if known := await self._store.by_name(principal.org_id, name):
            return known
        try:
            return await self.create(principal, name)
        except AlreadyExists:
            if known := await self._store.by_name(principal.org_id, name):
                return known
            raise
