"""Another password: every other session ends, and its owner is told."""

from uuid import UUID

from auth.common_passwords import is_common
from auth.letters import notice
from auth.mail import Mail
from auth.passwords import Passwords
from auth.principal import Principal
from auth.services.sessions import SessionService
from auth.store.accounts import AccountStore
from relay.domain.errors import InvalidInput, Unauthenticated
from relay.domain.ids import AccountId
from relay.domain.log_entry import EntryType
from relay.services.journal import Journal


class PasswordChange:
    def __init__(
        self,
        *,
        accounts: AccountStore,
        passwords: Passwords,
        sessions: SessionService,
        mail: Mail,
        journal: Journal,
        url: str,
    ) -> None:
        self._accounts = accounts
        self._passwords = passwords
        self._sessions = sessions
        self._mail = mail
        self._journal = journal
        self._url = url

    async def change(self, principal: Principal, password: str) -> None:
        """Set the caller's password. That it is the caller was proved a moment ago (step-up)."""
        hashed = await self.checked(principal.account_id, password)
        await self.store(principal.account_id, hashed, kept=principal.credential_id)

    async def checked(self, account: AccountId, password: str) -> str:
        """Return the hash of a password that may be this account's."""
        member = await self._accounts.member(account)
        if member is None:
            raise Unauthenticated("this account was disabled")
        refuse_common(password, member.account.email, member.account.name)
        return await self._passwords.hash(password)

    async def store(self, account: AccountId, hashed: str, *, kept: UUID | None) -> None:
        """Set a password and end the sessions that stand on the one before, but one."""
        await self._accounts.set_password(account, hashed)
        await self._sessions.end_all(account, kept)
        await self._journal.note(account, EntryType.PASSWORD_CHANGED, account, actor=account)
        member = await self._accounts.member(account)
        if member:
            self._mail.post(notice(member.account, "The password of your account was changed", url=self._url))


def refuse_common(password: str, *about: str) -> None:
    """Refuse what guessers try first, before a hash is computed."""
    if is_common(password, about):
        raise InvalidInput("this is one of the passwords that are guessed first; take another", "/password")
