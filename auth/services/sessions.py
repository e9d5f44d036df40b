"""Sessions: begun by signing in, bound to a device, ended by their human."""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.entities import RECENT, SESSION_LIFE, Member, Session, Visit
from auth.principal import CredentialKind, Principal
from auth.secrets import SESSION_PREFIX, digest_of, kind_of, new_token
from auth.services.auth_cache import AuthCache, Revocation
from auth.store.sessions import SessionStore
from auth.visits import network_of
from relay.domain.clock import Clock
from relay.domain.errors import Conflict, NotFound, Unauthenticated
from relay.domain.ids import AccountId, Chance, DeviceId, OrgId, uuid7
from relay.domain.log_entry import EntryType
from relay.services.journal import Journal

MAX_USER_AGENT: Final = 200
"""Enough to tell one's browsers apart; also a CHECK in the schema."""

KEEP_ENDED: Final = dt.timedelta(days=30)
"""So long one can still see, after an incident, which browsers had been signed in."""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A new session and its token, which exists nowhere else."""

    token: str
    session: Session
    member: Member


class SessionService:
    def __init__(
        self, *, store: SessionStore, journal: Journal, cache: AuthCache, clock: Clock, chance: Chance
    ) -> None:
        self._store = store
        self._journal = journal
        self._cache = cache
        self._clock = clock
        self._chance = chance

    async def begin(self, member: Member, visit: Visit, device: DeviceId | None = None) -> SignedIn:
        """Sign a human in under a new id; the browser's session before this one ends.

        With a `device` the human proved who they are on another one of theirs: the session is good, and what needs a
        fresh proof needs one.
        """
        now = self._clock.now()
        token = new_token(SESSION_PREFIX, self._chance)
        session = Session(
            id=uuid7(now, self._chance),
            account_id=member.account.id,
            org_id=member.org.id,
            device_id=device,
            user_agent=_plain(visit.user_agent),
            network=network_of(visit.address),
            created_at=now,
            authenticated_at=now if device is None else now - RECENT,
            last_seen_at=now,
            expires_at=now + SESSION_LIFE,
        )
        await self._store.add(session, digest_of(token))
        if visit.replaces and kind_of(visit.replaces) == SESSION_PREFIX:
            await self._replace(visit.replaces, session)
        await self._journal.note(
            session.account_id, EntryType.SIGNED_IN, session.id, actor=session.account_id, org=session.org_id
        )
        return SignedIn(token, session, member)

    async def of(self, principal: Principal) -> list[Session]:
        return await self._store.of_account(principal.account_id, self._clock.now())

    async def end(self, principal: Principal, id: UUID) -> None:
        """Sign out one of the caller's own sessions; its sockets close."""
        if not await self._store.revoke(principal.account_id, id, self._clock.now()):
            raise NotFound("there is no such session, or it is not yours")
        self._cache.revoked(Revocation(credential_id=id))
        await self._journal.note(
            principal.account_id,
            EntryType.SIGNED_OUT,
            id,
            actor=principal.account_id,
            device=principal.device_id,
            org=principal.org_id,
        )

    async def prove(self, principal: Principal) -> str:
        """Note that the human of the calling session has just proved who they are; return its new token.

        The token changes because whoever had copied it did not prove anything (ASVS 7.2.4). What the session holds
        open, and its device, stay.
        """
        token = new_token(SESSION_PREFIX, self._chance)
        if not await self._store.renew(principal.credential_id, digest_of(token), self._clock.now()):
            raise Unauthenticated("this session has ended; sign in again")
        self._cache.forget(Revocation(credential_id=principal.credential_id))
        await self._journal.note(
            principal.account_id,
            EntryType.CONFIRMED,
            principal.credential_id,
            actor=principal.account_id,
            device=principal.device_id,
            org=principal.org_id,
        )
        return token

    async def end_others(self, principal: Principal) -> int:
        """Sign out everywhere but here; return in how many places."""
        return await self.end_all(principal.account_id, principal.credential_id, principal.org_id)

    async def end_all(self, account: AccountId, kept: UUID | None = None, org: OrgId | None = None) -> int:
        """End every session of an account, but one; return how many. `org` is whose audit notes it."""
        ended = await self._store.revoke_others(account, kept, self._clock.now())
        for session in ended:
            self._cache.revoked(Revocation(credential_id=session))
            await self._journal.note(account, EntryType.SIGNED_OUT, session, actor=account, org=org)
        return len(ended)

    async def bind_device(self, principal: Principal, device: DeviceId) -> None:
        """Tie the calling session to a device, so that revoking the device ends it."""
        if principal.kind is not CredentialKind.SESSION:
            raise Conflict("only a session can belong to a device")
        await self._store.bind(principal.credential_id, device)
        self._cache.forget(Revocation(credential_id=principal.credential_id))

    async def revoke_device(self, device: DeviceId) -> None:
        """End every session of a device. The caller has made sure whose it is."""
        await self._store.revoke_device(device, self._clock.now())
        self._cache.revoked(Revocation(device_id=device))

    async def forget_ended(self) -> None:
        await self._store.forget(self._clock.now() - KEEP_ENDED)

    async def _replace(self, token: str, by: Session) -> None:
        """End the session a browser had before; another account's is ended just the same: the cookie is overwritten."""
        holder = await self._store.by_token(digest_of(token))
        if holder and await self._store.revoke(holder.session.account_id, holder.session.id, by.created_at):
            self._cache.revoked(Revocation(credential_id=holder.session.id))


def _plain(user_agent: str) -> str:
    """Return what may be stored and shown: PostgreSQL takes no NUL, and UTF-8 no lone surrogates."""
    return "".join(c if c.isprintable() else "?" for c in user_agent)[:MAX_USER_AGENT]
