"""Sign-up: how somebody who has no account gets one, as far as the administrator lets them.

Where the relay sends e-mail, the address is proved before there is an account: otherwise somebody could make one with
another's address and wait until its owner signs in to it by e-mail. So the answer does not tell either whether there
is an account of the address; the letter does.
"""

import datetime as dt
import hmac
from dataclasses import dataclass
from typing import Final

from auth.entities import Account, Member, Org, Role, Visit
from auth.flow import FlowKind
from auth.letters import known_address_letter, sign_up_letter
from auth.mail import Mail
from auth.passwords import Passwords
from auth.secrets import code_digest, new_code, new_link
from auth.services.flows import Bound, Flows
from auth.services.invites import InviteService
from auth.services.letters import ATTEMPTS, CODE_LENGTH
from auth.services.password_change import refuse_common
from auth.services.sessions import SessionService, SignedIn
from auth.services.throttle import Throttle
from auth.store.accounts import AccountStore
from relay.domain.clock import Clock
from relay.domain.errors import AlreadyExists, Forbidden, InvalidInput
from relay.domain.ids import AccountId, Chance, OrgId, uuid7
from relay.domain.log_entry import EntryType
from relay.kernel.log import get_logger
from relay.services.journal import Journal

log = get_logger(__name__)

LIFE: Final = dt.timedelta(minutes=10)
LETTERS_TO_ONE: Final = 5
"""Sign-up letters to one address in a quarter of an hour; beyond, nothing is sent and nothing else said."""

CLOSED: Final = "closed"
INVITED: Final = "invited"
OPEN: Final = "open"


@dataclass(frozen=True, slots=True)
class NewAccount:
    """What somebody brings who wants an account; `invite` is the code of an invitation."""

    email: str
    name: str
    password: str
    invite: str = ""


class SignUpService:
    def __init__(
        self,
        *,
        mode: str,
        accounts: AccountStore,
        passwords: Passwords,
        sessions: SessionService,
        invites: InviteService,
        flows: Flows,
        mail: Mail,
        journal: Journal,
        url: str,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self.mode = mode
        self._accounts = accounts
        self._passwords = passwords
        self._sessions = sessions
        self._invites = invites
        self._flows = flows
        self._mail = mail
        self._journal = journal
        self._url = url
        self._clock = clock
        self._chance = chance
        self._letters = Throttle(clock, most=LETTERS_TO_ONE)

    async def check(self, invite: str) -> None:
        """Raise if nobody may sign up, or not without an invitation that is good."""
        if self.mode == CLOSED:
            raise Forbidden("this relay takes no new accounts; ask whoever runs it")
        if self.mode == INVITED:
            if not invite:
                raise Forbidden("this relay takes new accounts by invitation only")
            await self._invites.look(invite)

    async def sign_up(self, new: NewAccount, visit: Visit, browser: str) -> SignedIn | None:
        """Make an account and sign it in; None where a letter was sent, whose code `finish` takes."""
        await self.check(new.invite)
        refuse_common(new.password, new.email, new.name)
        hashed = await self._passwords.hash(new.password)
        if not self._mail.on:
            return await self._made(new.email, new.name, hashed, visit)
        code = new_code(self._chance, CODE_LENGTH)
        facts = {"email": new.email, "name": new.name, "password": hashed, "code": code_digest(code).hex()}
        await self._flows.begin(
            FlowKind.SIGN_UP, new_link(self._chance), LIFE, bound=Bound(browser=browser), facts=facts
        )
        if self._letters.allows(new.email):
            known = await self._accounts.by_email(new.email)
            letter = known_address_letter if known else sign_up_letter
            self._mail.post(letter(new.email, url=self._url, code=code))
        return None

    async def finish(self, browser: str | None, code: str, visit: Visit) -> SignedIn:
        """Make the account whose address is proved by the code of a letter, in the browser that asked."""
        begun = await self._flows.attempt(FlowKind.SIGN_UP, browser, ATTEMPTS) if browser else []
        given = code_digest(code).hex()
        right = [flow for flow in begun if hmac.compare_digest(flow.facts["code"], given)]
        if not right or await self._flows.end_this(right[0]) is None:
            raise InvalidInput("this code is wrong or too old, or another browser asked for it; begin again", "/code")
        facts = right[0].facts
        return await self._made(facts["email"], facts["name"], facts["password"], visit)

    async def _made(self, email: str, name: str, hashed: str, visit: Visit) -> SignedIn:
        now = self._clock.now()
        member = Member(
            account=Account(id=AccountId(uuid7(now, self._chance)), email=email, name=name, created_at=now),
            org=Org(id=OrgId(uuid7(now, self._chance)), name=name, created_at=now),
            role=Role.OWNER,
            personal=True,
        )
        if not await self._accounts.add(member, hashed):
            raise AlreadyExists("there is an account of this address already; sign in instead")
        account = member.account.id
        log.info("account_created", account_id=str(account))
        await self._journal.note(account, EntryType.ACCOUNT_CREATED, account, actor=account, org=member.org.id)
        return await self._sessions.begin(member, visit)
