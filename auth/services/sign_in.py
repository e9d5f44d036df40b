"""Sign in with an e-mail address and a password."""

from auth.entities import Visit
from auth.passwords import Passwords
from auth.services.admission import Admission
from auth.services.sessions import SignedIn
from auth.services.throttle import Throttle
from auth.store.accounts import AccountStore
from relay.domain.errors import Unauthenticated
from relay.domain.ids import AccountId
from relay.kernel.log import get_logger

log = get_logger(__name__)


class SignInService:
    def __init__(
        self, *, accounts: AccountStore, admission: Admission, passwords: Passwords, throttle: Throttle
    ) -> None:
        self._accounts = accounts
        self._admission = admission
        self._passwords = passwords
        self._throttle = throttle

    async def sign_in(self, email: str, password: str, visit: Visit) -> SignedIn:
        """Begin a session. A wrong password and an unknown account get the same answer, after the same time."""
        self._throttle.check(email, visit.address)
        account = await self._account(email, password)
        if account is None:
            self._throttle.failed(email, visit.address)
            log.info("sign_in_refused")
            raise Unauthenticated("the e-mail address or the password is wrong")
        self._throttle.succeeded(email, visit.address)
        return await self._admission.by_password(account, visit)

    async def _account(self, email: str, password: str) -> AccountId | None:
        account, stored = await self._accounts.by_email(email.strip()) or (None, None)
        verdict = await self._passwords.verify(stored, password)
        if account is None or not verdict.right:
            return None
        if verdict.outdated:
            await self._accounts.set_password(account, await self._passwords.hash(password))
        return account
