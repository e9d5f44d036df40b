"""Members of an organization: their roles, and how a membership ends."""

from collections.abc import Mapping
from typing import Final

from auth.entities import Member, Role
from auth.principal import Principal
from auth.scopes import MEMBERS_READ, MEMBERS_WRITE
from auth.services.auth_cache import AuthCache, Revocation
from auth.services.notes import Notes
from auth.services.orgs import Standings
from auth.services.withdrawal import Withdrawal
from auth.store.orgs import OrgStore
from relay.domain.clock import Clock
from relay.domain.ids import AccountId, OrgId
from relay.domain.log_entry import EntryType
from relay.store.requests import Whose

MADE: Final[Mapping[Role, EntryType]] = {
    Role.OWNER: EntryType.MEMBER_MADE_OWNER,
    Role.ADMIN: EntryType.MEMBER_MADE_ADMIN,
    Role.OPERATOR: EntryType.MEMBER_MADE_OPERATOR,
}
"""The role is in the type, because an entry of the log has ids only."""


class MemberService:
    def __init__(
        self,
        *,
        store: OrgStore,
        standings: Standings,
        notes: Notes,
        cache: AuthCache,
        withdrawal: Withdrawal,
        clock: Clock,
    ) -> None:
        self._store = store
        self._standings = standings
        self._notes = notes
        self._cache = cache
        self._withdrawal = withdrawal
        self._clock = clock

    async def of_org(self, principal: Principal, org: OrgId) -> list[Member]:
        await self._standings.of(principal, org, MEMBERS_READ)
        return await self._store.members(org)

    async def change_role(self, principal: Principal, org: OrgId, account: AccountId, role: Role) -> None:
        """Give a member another role. It holds from their next request on."""
        await self._standings.of(principal, org, MEMBERS_WRITE)
        before = await self._store.change_role(org, account, role, by=principal.account_id, at=self._clock.now())
        if before is None:
            return
        self._cache.forget(Revocation(account_id=account))
        await self._notes.by(principal, MADE[role], account, org=org)
        await self._notes.tell(account, MADE[role], account, principal)

    async def remove(self, principal: Principal, org: OrgId, account: AccountId) -> None:
        """End somebody's membership; one's own is ended by `leave`, whatever one's role."""
        await self._standings.of(principal, org, MEMBERS_WRITE)
        await self._end(principal, org, account, EntryType.MEMBER_REMOVED)

    async def leave(self, principal: Principal, org: OrgId) -> None:
        await self._standings.of(principal, org, MEMBERS_READ)
        await self._end(principal, org, principal.account_id, EntryType.MEMBER_LEFT)

    async def _end(self, principal: Principal, org: OrgId, account: AccountId, how: EntryType) -> None:
        """End a membership, and with it the member's keys and what they are asked there.

        The agents that asked them ask somebody else from now on. Their sessions and devices go on, in their own
        organization.
        """
        gone = await self._store.remove(org, account, by=principal.account_id, at=self._clock.now())
        self._cache.forget(Revocation(account_id=account))
        for agent in gone.agents:
            self._cache.forget(Revocation(agent_id=agent))
        for key in gone.keys:
            self._cache.revoked(Revocation(credential_id=key))
        await self._withdrawal.of(Whose(org, account=account), principal.account_id)
        await self._notes.by(principal, how, account, org=org)
        await self._notes.tell(account, how, account, principal)
