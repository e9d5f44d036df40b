"""Agents: the named callers of an organization, and whom each of them asks."""

from dataclasses import dataclass

from auth.principal import Principal
from auth.services.auth_cache import AuthCache, Revocation
from auth.services.notes import Notes
from auth.services.withdrawal import Withdrawal
from auth.store.accounts import AccountStore
from auth.store.api_keys import ApiKeyStore
from relay.domain.clock import Clock
from relay.domain.errors import AlreadyExists, InvalidInput, NotFound
from relay.domain.ids import AccountId, AgentId, Chance, uuid7
from relay.domain.log_entry import EntryType
from relay.domain.parties import Agent, AgentStatus
from relay.store.parties import AgentStore
from relay.store.requests import Whose

STATUS_NOTED = {
    AgentStatus.ACTIVE: EntryType.AGENT_RESUMED,
    AgentStatus.PAUSED: EntryType.AGENT_PAUSED,
    AgentStatus.ARCHIVED: EntryType.AGENT_ARCHIVED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class AgentChange:
    """What is to be different; what is None stays. `account_id` is whom the agent asks."""

    name: str | None = None
    account_id: AccountId | None = None
    status: AgentStatus | None = None


class AgentService:
    def __init__(
        self,
        *,
        store: AgentStore,
        accounts: AccountStore,
        keys: ApiKeyStore,
        notes: Notes,
        cache: AuthCache,
        withdrawal: Withdrawal,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._keys = keys
        self._notes = notes
        self._cache = cache
        self._withdrawal = withdrawal
        self._clock = clock
        self._chance = chance

    async def create(self, principal: Principal, name: str, *, asks: AccountId | None = None) -> Agent:
        """Make an agent that asks the caller, or the member `asks`.

        Names differ within an organization, whatever their case.
        """
        if asks is not None:
            await self._check_member(principal, asks)
        now = self._clock.now()
        agent = Agent(
            id=AgentId(uuid7(now, self._chance)),
            org_id=principal.org_id,
            account_id=asks or principal.account_id,
            name=name,
            created_at=now,
        )
        if not await self._store.add(agent):
            raise AlreadyExists("there is an agent of this name already")
        await self._notes.by(principal, EntryType.AGENT_CREATED, agent.id)
        return agent

    async def visible_to(self, principal: Principal, *, archived: bool = False) -> list[Agent]:
        """Return the organization's agents; an agent's key sees only its own."""
        if principal.agent_id is not None:
            own = await self._store.by_id(principal.org_id, principal.agent_id)
            return [own] if own else []
        found = await self._store.of_org(principal.org_id)
        return [agent for agent in found if archived or agent.status is not AgentStatus.ARCHIVED]

    async def by_id(self, principal: Principal, id: AgentId) -> Agent:
        agent = await self._store.by_id(principal.org_id, id)
        if agent is None:
            raise _missing()
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

    async def change(self, principal: Principal, id: AgentId, change: AgentChange) -> Agent:
        """Rename, pause, resume, archive, or have it ask somebody else. A pause holds from the next call on."""
        before = await self.by_id(principal, id)
        if change.account_id is not None:
            await self._check_member(principal, change.account_id)
        after = await self._store.change(
            principal.org_id, id, name=change.name, account=change.account_id, status=change.status
        )
        if after is None:
            raise _missing()
        await self._note_changes(principal, before, after)
        stopped = after.status is not AgentStatus.ACTIVE and before.status is AgentStatus.ACTIVE
        end = self._cache.revoked if stopped else self._cache.forget
        end(Revocation(agent_id=id))
        return after

    async def delete(self, principal: Principal, id: AgentId) -> None:
        """Delete an agent for good: its keys end, its open questions are withdrawn, its history stays."""
        if not await self._store.delete(principal.org_id, id):
            raise _missing()
        await self._keys.end_of_agent(principal.org_id, id, self._clock.now())
        self._cache.revoked(Revocation(agent_id=id))
        await self._withdrawal.of(Whose(principal.org_id, agent=id), principal.account_id)
        await self._notes.by(principal, EntryType.AGENT_DELETED, id)

    async def _note_changes(self, principal: Principal, before: Agent, after: Agent) -> None:
        if before.name != after.name:
            await self._notes.by(principal, EntryType.AGENT_RENAMED, after.id)
        if before.account_id != after.account_id:
            await self._notes.by(principal, EntryType.AGENT_ASSIGNED, after.id)
            await self._notes.tell(after.account_id, EntryType.AGENT_ASSIGNED, after.id, principal)
        if before.status is not after.status:
            await self._notes.by(principal, STATUS_NOTED[after.status], after.id)

    async def _check_member(self, principal: Principal, account: AccountId) -> None:
        if not await self._accounts.is_member(principal.org_id, account):
            raise InvalidInput("is not a member of this organization", "/account_id")


def _missing() -> NotFound:
    return NotFound("there is no such agent, or it is not yours")
