"""Organizations: made, renamed, entered, deleted."""

from auth.entities import Member, Org
from auth.principal import Principal
from auth.scopes import ORG_DELETE, ORG_WRITE, ROLE_SCOPES
from auth.services.auth_cache import AuthCache, Revocation
from auth.services.notes import Notes
from auth.services.withdrawal import Withdrawal
from auth.store.accounts import AccountStore
from auth.store.orgs import OrgStore
from relay.domain.clock import Clock
from relay.domain.errors import Forbidden, NotFound
from relay.domain.ids import Chance, OrgId, uuid7
from relay.domain.log_entry import EntryType
from relay.store.requests import Whose


class Standings:
    """What the caller is in an organization, whichever one the session is in at the moment."""

    def __init__(self, accounts: AccountStore) -> None:
        self._accounts = accounts

    async def of(self, principal: Principal, org: OrgId, scope: str) -> Member:
        """Return the caller as a member who may do it. An organization they are not in does not exist for them."""
        member = await self._accounts.member(principal.account_id, org)
        if member is None:
            raise _missing()
        if scope not in ROLE_SCOPES[member.role]:
            raise Forbidden(f"as {member.role.value} of this organization you may not do that", scope)
        return member


class OrgService:
    def __init__(
        self,
        *,
        store: OrgStore,
        standings: Standings,
        notes: Notes,
        cache: AuthCache,
        withdrawal: Withdrawal,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._store = store
        self._standings = standings
        self._notes = notes
        self._cache = cache
        self._withdrawal = withdrawal
        self._clock = clock
        self._chance = chance

    async def of(self, principal: Principal) -> list[Member]:
        """Return the caller as a member of each of their organizations."""
        return await self._store.of_account(principal.account_id)

    async def create(self, principal: Principal, name: str) -> Org:
        """Make an organization, whose owner the caller is."""
        now = self._clock.now()
        org = Org(id=OrgId(uuid7(now, self._chance)), name=name, created_at=now)
        await self._store.add(org, principal.account_id)
        await self._notes.by(principal, EntryType.ORG_CREATED, org.id, org=org.id)
        return org

    async def rename(self, principal: Principal, id: OrgId, name: str) -> None:
        await self._standings.of(principal, id, ORG_WRITE)
        await self._store.rename(id, name)
        await self._notes.by(principal, EntryType.ORG_RENAMED, id, org=id)

    async def enter(self, principal: Principal, id: OrgId) -> None:
        """Let the calling session act in this organization from now on."""
        if not await self._store.enter(principal.credential_id, id):
            raise _missing()
        self._cache.forget(Revocation(credential_id=principal.credential_id))
        await self._notes.by(principal, EntryType.ORG_ENTERED, id, org=id)

    async def delete(self, principal: Principal, id: OrgId) -> None:
        """Delete an organization. Its keys and agents end at once; its members' sessions go on in their own."""
        await self._standings.of(principal, id, ORG_DELETE)
        gone = await self._store.delete(id)
        for account in gone.members:
            self._cache.forget(Revocation(account_id=account))
        for key in gone.keys:
            self._cache.revoked(Revocation(credential_id=key))
        for agent in gone.agents:
            self._cache.revoked(Revocation(agent_id=agent))
        await self._withdrawal.of(Whose(id), principal.account_id)
        await self._notes.by(principal, EntryType.ORG_DELETED, id, org=id)
        for account in gone.members:
            await self._notes.tell(account, EntryType.ORG_DELETED, id, principal)


def _missing() -> NotFound:
    return NotFound("there is no such organization, or it is not yours")
