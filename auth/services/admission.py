"""The last step of every way to sign in: whoever got here has proved which account is theirs."""

from auth.entities import Visit
from auth.services.sessions import SessionService, SignedIn
from auth.store.accounts import AccountStore
from relay.domain.errors import Unauthenticated
from relay.domain.ids import AccountId


class Admission:
    def __init__(self, *, accounts: AccountStore, sessions: SessionService) -> None:
        self._accounts = accounts
        self._sessions = sessions

    async def by_passkey(self, account: AccountId, visit: Visit) -> SignedIn:
        return await self._admit(account, visit)

    async def by_password(self, account: AccountId, visit: Visit) -> SignedIn:
        return await self._admit(account, visit)

    async def by_identity(self, account: AccountId, visit: Visit) -> SignedIn:
        return await self._admit(account, visit)

    async def by_letter(self, account: AccountId, visit: Visit) -> SignedIn:
        return await self._admit(account, visit)

    async def _admit(self, account: AccountId, visit: Visit) -> SignedIn:
        member = await self._accounts.member(account)
        if member is None:
            raise Unauthenticated("this account was disabled")
        return await self._sessions.begin(member, visit)
