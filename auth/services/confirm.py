"""Step-up: a signed-in human proves again who they are, and the session counts as fresh for ten minutes."""

from auth.passwords import Passwords
from auth.principal import Principal
from auth.services.sessions import SessionService
from auth.services.throttle import Throttle
from auth.store.accounts import AccountStore
from relay.domain.errors import InvalidInput


class ConfirmService:
    def __init__(
        self, *, accounts: AccountStore, sessions: SessionService, passwords: Passwords, throttle: Throttle
    ) -> None:
        self._accounts = accounts
        self._sessions = sessions
        self._passwords = passwords
        self._throttle = throttle

    async def by_password(self, principal: Principal, password: str, address: str | None) -> str:
        """Return the session's new token; a wrong password counts like one at the sign-in."""
        await self.check(principal, password, address)
        return await self._sessions.prove(principal)

    async def check(self, principal: Principal, password: str, address: str | None) -> None:
        """Compare with the caller's password, or say that it is wrong. Guesses are slowed down as at the sign-in."""
        name = str(principal.account_id)
        self._throttle.check(name, address)
        verdict = await self._passwords.verify(await self._accounts.password_of(principal.account_id), password)
        if not verdict.right:
            self._throttle.failed(name, address)
            raise InvalidInput("this is not your password", "/password")
        self._throttle.succeeded(name, address)
