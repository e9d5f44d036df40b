"""The first owner: made by whoever can read the relay's own output, and by nobody else.

A relay that made the first visitor its owner would be a race on the open Internet. So it prints a code when it starts
without an account; only its digest is stored, a new start makes a new one, and it is spent by the first account.
"""

import datetime as dt
import hmac
from typing import Final

from auth.entities import Account, Member, Org, Role, Visit
from auth.passwords import Passwords
from auth.secrets import code_digest, new_code
from auth.services.password_change import refuse_common
from auth.services.sessions import SessionService, SignedIn
from auth.store.accounts import AccountStore
from relay.domain.clock import Clock
from relay.domain.errors import Conflict, Forbidden
from relay.domain.ids import AccountId, Chance, OrgId, uuid7
from relay.domain.log_entry import EntryType
from relay.kernel.log import get_logger
from relay.services.journal import Journal

log = get_logger(__name__)

CODE_LIFE: Final = dt.timedelta(hours=24)


class FirstOwnerService:
    def __init__(
        self,
        *,
        accounts: AccountStore,
        sessions: SessionService,
        passwords: Passwords,
        journal: Journal,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._journal = journal
        self._clock = clock
        self._chance = chance

    async def new_code(self) -> str | None:
        """Make the code to print at start; None when there is an owner. Earlier codes stop working."""
        if await self._accounts.any():
            return None
        code = new_code(self._chance)
        await self._accounts.put_code(code_digest(code), self._clock.now())
        return code

    async def is_wanted(self) -> bool:
        """Return whether there is no owner yet."""
        return not await self._accounts.any()

    async def create(self, code: str, *, email: str, name: str, password: str, visit: Visit) -> SignedIn:
        """Make the owner with a personal organization, and sign them in."""
        await self._check(code)
        refuse_common(password, email, name)
        password_hash = await self._passwords.hash(password)
        owner = self._owner(email, name)
        if not await self._accounts.add_first(owner, password_hash):
            raise _taken()
        account = owner.account
        log.info("owner_created", account_id=str(account.id))
        await self._journal.note(account.id, EntryType.ACCOUNT_CREATED, account.id, actor=account.id, org=owner.org.id)
        return await self._sessions.begin(owner, visit)

    async def _check(self, code: str) -> None:
        """Refuse before a hash is computed, so that strangers cannot make the relay work."""
        if await self._accounts.any():
            raise _taken()
        stored = await self._accounts.code(self._clock.now() - CODE_LIFE)
        if stored is None or not hmac.compare_digest(stored, code_digest(code)):
            raise Forbidden("this is not the setup code, or it is too old; restart the relay to see a new one")

    def _owner(self, email: str, name: str) -> Member:
        now = self._clock.now()
        return Member(
            account=Account(id=AccountId(uuid7(now, self._chance)), email=email, name=name, created_at=now),
            org=Org(id=OrgId(uuid7(now, self._chance)), name=name, created_at=now),
            role=Role.OWNER,
        )


def _taken() -> Conflict:
    return Conflict("this relay has an owner already; sign in instead")
