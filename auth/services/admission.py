"""The last step of every way to sign in: whoever got here has proved which account is theirs."""

from auth.entities import Visit
from auth.services.sessions import SessionService, SignedIn
from auth.store.accounts import AccountStore
from auth.store.recovery import RecoveryStore
from relay.domain.errors import Forbidden, Unauthenticated
from relay.domain.ids import AccountId


class Admission:
    """Some accounts demand a passkey: possession and knowledge at once. Nothing weaker opens those."""

    def __init__(self, *, accounts: AccountStore, recovery: RecoveryStore, sessions: SessionService) -> None:
        self._accounts = accounts
        self._recovery = recovery
        self._sessions = sessions

    async def by_passkey(self, account: AccountId, visit: Visit) -> SignedIn:
        return await self._admit(account, visit)

    async def by_recovery_code(self, account: AccountId, visit: Visit) -> SignedIn:
        """The code stood in for the passkey; the caller has checked the password beside it."""
        return await self._admit(account, visit)

    async def by_password(self, account: AccountId, visit: Visit) -> SignedIn:
        return await self._admit_weaker(account, visit)

    async def by_identity(self, account: AccountId, visit: Visit) -> SignedIn:
        return await self._admit_weaker(account, visit)

    async def by_letter(self, account: AccountId, visit: Visit) -> SignedIn:
        return await self._admit_weaker(account, visit)

    async def _admit_weaker(self, account: AccountId, visit: Visit) -> SignedIn:
        if await self._recovery.is_passkey_only(account):
            raise Forbidden("this account demands a passkey; sign in with that")
        return await self._admit(account, visit)

    async def _admit(self, account: AccountId, visit: Visit) -> SignedIn:
        member = await self._accounts.member(account)
        if member is None:
            raise Unauthenticated("this account was disabled")
        return await self._sessions.begin(member, visit)
