"""Invitations: a code, shown once, that lets one account join an organization.

Looking at one changes nothing: programs that scan mail open every link in it. Only accepting spends it.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.entities import INVITE_LIFE, Invite, Role
from auth.principal import Principal
from auth.scopes import MEMBERS_WRITE
from auth.secrets import code_digest, new_code
from auth.services.auth_cache import AuthCache, Revocation
from auth.services.members import MADE
from auth.services.notes import Notes
from auth.services.orgs import Standings
from auth.store.accounts import AccountStore
from auth.store.invites import InviteStore
from relay.domain.clock import Clock
from relay.domain.errors import Conflict, Forbidden, NotFound
from relay.domain.ids import AccountId, Chance, OrgId, uuid7
from relay.domain.log_entry import EntryType
from relay.services.journal import Journal

CODE_LENGTH: Final = 16
"""80 bits: short enough to read out, too many to guess in a week at whatever rate the relay answers."""

MAX_OPEN: Final = 100
"""Of one organization at a time; more are revoked or accepted first."""

KEEP_EXPIRED: Final = dt.timedelta(days=30)


@dataclass(frozen=True, slots=True)
class NewInvite:
    """An invitation and its code, which exists nowhere else."""

    code: str
    invite: Invite


class InviteService:
    def __init__(
        self,
        *,
        store: InviteStore,
        accounts: AccountStore,
        standings: Standings,
        notes: Notes,
        journal: Journal,
        cache: AuthCache,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._standings = standings
        self._notes = notes
        self._journal = journal
        self._cache = cache
        self._clock = clock
        self._chance = chance

    async def create(self, principal: Principal, org: OrgId, role: Role, email: str | None) -> NewInvite:
        """Invite somebody, or whoever has the address; only an owner invites owners."""
        inviter = await self._standings.of(principal, org, MEMBERS_WRITE)
        if role is Role.OWNER and inviter.role is not Role.OWNER:
            raise Forbidden("only an owner invites an owner", "owners:write")
        now = self._clock.now()
        if await self._store.open(org, now) >= MAX_OPEN:
            raise Conflict(f"{MAX_OPEN} invitations are open; revoke some first")
        code = new_code(self._chance, CODE_LENGTH)
        invite = Invite(
            id=uuid7(now, self._chance),
            org=inviter.org,
            role=role,
            email=email,
            invited_by=inviter.account.name,
            created_at=now,
            expires_at=now + INVITE_LIFE,
        )
        await self._store.add(invite, code_digest(code), principal.account_id)
        await self._notes.by(principal, EntryType.INVITE_CREATED, invite.id, org=org)
        return NewInvite(code, invite)

    async def of_org(self, principal: Principal, org: OrgId) -> list[Invite]:
        """Return what can still be accepted, newest first."""
        await self._standings.of(principal, org, MEMBERS_WRITE)
        return await self._store.of_org(org, self._clock.now())

    async def revoke(self, principal: Principal, org: OrgId, id: UUID) -> None:
        await self._standings.of(principal, org, MEMBERS_WRITE)
        if not await self._store.revoke(org, id, self._clock.now()):
            raise NotFound("there is no such invitation, or it was accepted, revoked or is too old")
        await self._notes.by(principal, EntryType.INVITE_REVOKED, id, org=org)

    async def look(self, code: str) -> Invite:
        """Return the invitation a code stands for; it stays as it is."""
        invite = await self._store.by_code(code_digest(code), self._clock.now())
        if invite is None:
            raise _no_good()
        return invite

    async def accept(self, code: str, account: AccountId) -> Invite:
        """Make an account a member, and spend the invitation."""
        invite = await self.look(code)
        await self._check_address(invite, account)
        if not await self._store.accept(invite, account, self._clock.now()):
            raise _no_good()
        self._cache.forget(Revocation(account_id=account))
        for what in (EntryType.MEMBER_JOINED, MADE[invite.role]):
            await self._journal.note(account, what, account, actor=account, org=invite.org.id)
        return invite

    async def _check_address(self, invite: Invite, account: AccountId) -> None:
        if invite.email is None:
            return
        member = await self._accounts.member(account)
        if member is None or member.account.email.lower() != invite.email.lower():
            raise Forbidden("this invitation is for another e-mail address; sign in with that one")

    async def forget_expired(self) -> None:
        await self._store.forget(self._clock.now() - KEEP_EXPIRED)


def _no_good() -> NotFound:
    return NotFound("there is no such invitation, or it was accepted, revoked or is older than a week")
