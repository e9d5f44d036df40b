"""Sessions: begun by signing in, bound to a device, ended by their human."""

import datetime as dt
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from auth.entities import SESSION_LIFE, Member, Session
from auth.principal import CredentialKind, Principal
from auth.secrets import SESSION_PREFIX, digest_of, kind_of, new_token
from auth.services.auth_cache import AuthCache, Revocation
from auth.store.sessions import SessionStore
from relay.domain.clock import Clock
from relay.domain.errors import Conflict, NotFound
from relay.domain.ids import Chance, DeviceId, uuid7
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

    async def begin(self, member: Member, *, user_agent: str, replaces: str | None = None) -> SignedIn:
        """Sign a human in under a new id; the browser's session before this one (`replaces`, its token) ends."""
        now = self._clock.now()
        token = new_token(SESSION_PREFIX, self._chance)
        session = Session(
            id=uuid7(now, self._chance),
            account_id=member.account.id,
            org_id=member.org.id,
            device_id=None,
            user_agent=_plain(user_agent),
            created_at=now,
            last_seen_at=now,
            expires_at=now + SESSION_LIFE,
        )
        await self._store.add(session, digest_of(token))
        if replaces and kind_of(replaces) == SESSION_PREFIX:
            await self._replace(replaces, session)
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
