"""Getting back in without the password: recovery codes, and links to a new password made by the administrator.

Both end every session. Neither opens an account that demands a passkey without more: a reset changes the password
only, and a recovery code stands in for the passkey *beside* the password (ASVS 6.4.3). Neither yields a key of
anybody's devices.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final

from auth.entities import Visit
from auth.flow import FlowKind
from auth.letters import notice
from auth.mail import Mail
from auth.passwords import Passwords
from auth.principal import Principal
from auth.secrets import code_digest, new_code, new_link
from auth.services.admission import Admission
from auth.services.flows import Bound, Flows
from auth.services.password_change import PasswordChange
from auth.services.sessions import SessionService, SignedIn
from auth.services.throttle import Throttle
from auth.store.accounts import AccountStore
from auth.store.recovery import RecoveryStore
from relay.domain.clock import Clock
from relay.domain.errors import InvalidInput, NotFound, Unauthenticated
from relay.domain.ids import AccountId, Chance
from relay.domain.log_entry import EntryType
from relay.kernel.log import get_logger
from relay.services.journal import Journal

log = get_logger(__name__)

CODES: Final = 10
CODE_LENGTH: Final = 16
"""Eighty bits: nobody guesses that, however long they try."""
LINK_LIFE: Final = dt.timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Recovery:
    """What somebody brings who lost their password; `password` where a passkey is what was lost."""

    email: str
    code: str
    password: str = ""


class RecoveryService:
    def __init__(
        self,
        *,
        store: RecoveryStore,
        accounts: AccountStore,
        passwords: Passwords,
        change: PasswordChange,
        flows: Flows,
        sessions: SessionService,
        admission: Admission,
        mail: Mail,
        journal: Journal,
        url: str,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._store = store
        self._accounts = accounts
        self._passwords = passwords
        self._change = change
        self._flows = flows
        self._sessions = sessions
        self._admission = admission
        self._mail = mail
        self._journal = journal
        self._url = url
        self._clock = clock
        self._chance = chance
        self._throttle = Throttle(clock)

    async def new_codes(self, principal: Principal) -> list[str]:
        """Make the caller's codes; they are shown once, and those before them stop working."""
        codes = [new_code(self._chance, CODE_LENGTH) for _ in range(CODES)]
        await self._store.replace(principal.account_id, [code_digest(code) for code in codes], self._clock.now())
        await self._note(principal.account_id, EntryType.RECOVERY_CODES_MADE)
        return codes

    async def left(self, principal: Principal) -> int:
        """Return how many codes are not used yet."""
        return await self._store.left(principal.account_id)

    async def recover(self, given: Recovery, visit: Visit) -> SignedIn:
        """Begin a session with a recovery code; every other session ends."""
        self._throttle.check(given.email, visit.address)
        account = await self._who(given)
        if account is None or not await self._store.spend(account, code_digest(given.code)):
            self._throttle.failed(given.email, visit.address)
            log.info("sign_in_refused")
            raise Unauthenticated("this address and this code do not go together, or the password is missing or wrong")
        await self._sessions.end_all(account)
        await self._tell(account, EntryType.RECOVERED, "A recovery code was used to sign in to your account")
        return await self._admission.by_recovery_code(account, visit)

    async def reset_link(self, email: str) -> str:
        """Make a link to a new password, for whoever runs the relay to hand over."""
        account, _ = await self._accounts.by_email(email) or (None, None)
        if account is None:
            raise NotFound("there is no account of this address")
        link = new_link(self._chance)
        await self._flows.begin(FlowKind.RESET, link, LINK_LIFE, bound=Bound(account=account))
        await self._note(account, EntryType.RESET_LINK_MADE)
        return f"{self._url}/reset?link={link}"

    async def is_good(self, link: str) -> bool:
        """Return whether a link would be taken; it stays good."""
        return await self._flows.look(FlowKind.RESET, link) is not None

    async def reset(self, link: str, password: str) -> None:
        """Set the password a link is for. It signs nobody in: what else the account demands, it still does."""
        flow = await self._flows.look(FlowKind.RESET, link)
        if flow is None or flow.account_id is None:
            raise _used()
        hashed = await self._change.checked(flow.account_id, password)
        if await self._flows.end(FlowKind.RESET, link) is None:
            raise _used()
        await self._change.store(flow.account_id, hashed, kept=None)

    async def _who(self, given: Recovery) -> AccountId | None:
        """Return the account, after the same work whether there is one or not."""
        account, stored = await self._accounts.by_email(given.email.strip()) or (None, None)
        verdict = await self._passwords.verify(stored, given.password)
        if account is None or not await self._store.has(account, code_digest(given.code)):
            return None
        demanded = await self._store.is_passkey_only(account) and stored is not None
        return account if verdict.right or not demanded else None

    async def _tell(self, account: AccountId, type: EntryType, what: str) -> None:
        await self._note(account, type)
        member = await self._accounts.member(account)
        if member:
            self._mail.post(notice(member.account, what, url=self._url))

    async def _note(self, account: AccountId, type: EntryType) -> None:
        await self._journal.note(account, type, account, actor=account)


def _used() -> InvalidInput:
    return InvalidInput("this link was used, or is older than an hour; ask for a new one", "/link")
