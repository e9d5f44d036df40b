"""The end of an account: asked for, seven days to take it back, then for good.

From the moment it is asked for, every session has ended and no key the account made works. Its human can sign in again,
to look, to take their data along, or to keep it.
"""

import datetime as dt
from typing import Final

from auth.letters import notice
from auth.mail import Mail
from auth.principal import Principal
from auth.services.auth_cache import AuthCache, Revocation
from auth.services.notes import Notes
from auth.services.sessions import SessionService
from auth.store.accounts import AccountStore
from auth.store.deletion import DeletionStore
from relay.domain.clock import Clock
from relay.domain.errors import Conflict
from relay.domain.ids import AccountId
from relay.domain.log_entry import EntryType
from relay.kernel.log import get_logger

log = get_logger(__name__)

UNDO: Final = dt.timedelta(days=7)


class DeletionService:
    def __init__(
        self,
        *,
        store: DeletionStore,
        accounts: AccountStore,
        sessions: SessionService,
        cache: AuthCache,
        mail: Mail,
        notes: Notes,
        url: str,
        clock: Clock,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._sessions = sessions
        self._cache = cache
        self._mail = mail
        self._notes = notes
        self._url = url
        self._clock = clock

    async def ask(self, principal: Principal) -> dt.datetime:
        """Let the caller's account end in seven days; every credential of it ends now. Return when it goes."""
        account = principal.account_id
        if lone := await self._store.lone_orgs(account):
            raise Conflict(f"you are the only owner of {', '.join(lone)}: make somebody else an owner first")
        at = self._clock.now() + UNDO
        if not await self._store.schedule(account, at):
            raise Conflict("this account is about to be deleted already")
        await self._notes.by(principal, EntryType.DELETION_ASKED, account)
        await self._sessions.end_all(account)
        self._cache.revoked(Revocation(account_id=account))
        await self._tell(account, f"Your account will be deleted on {at:%Y-%m-%d}. To keep it, sign in before that day")
        return at

    async def undo(self, principal: Principal) -> None:
        """Keep the account; its keys work again."""
        if not await self._store.undo(principal.account_id, self._clock.now()):
            raise Conflict("this account is not about to be deleted")
        self._cache.forget(Revocation(account_id=principal.account_id))
        await self._notes.by(principal, EntryType.DELETION_UNDONE, principal.account_id)
        await self._tell(principal.account_id, "Your account is kept")

    async def pending(self, account: AccountId) -> dt.datetime | None:
        """Return when the account goes, if it does."""
        return await self._store.pending(account)

    async def sweep(self) -> None:
        """Delete what is due."""
        now = self._clock.now()
        for account in await self._store.due(now):
            if await self._store.delete(account, now):
                self._cache.revoked(Revocation(account_id=account))
                log.info("account_deleted", account_id=str(account))

    async def _tell(self, account: AccountId, what: str) -> None:
        member = await self._accounts.member(account)
        if member:
            self._mail.post(notice(member.account, what, url=self._url))
