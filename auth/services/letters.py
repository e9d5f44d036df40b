"""Sign in, or confirm, with a code or a link sent by e-mail.

Both are for the browser that asked, known by its flow cookie: a link that was forwarded, or fetched by a scanner,
opens nothing. Whether there is an account does not show: the answer is the same, and so is the time it takes.
"""

import datetime as dt
import hmac
from dataclasses import dataclass
from typing import Final

from auth.entities import Account, Visit
from auth.flow import Flow, FlowKind
from auth.letters import sign_in_letter
from auth.mail import Mail
from auth.next_path import safe_next
from auth.principal import Principal
from auth.secrets import code_digest, digest_of, new_code, new_link
from auth.services.admission import Admission
from auth.services.flows import Bound, Flows
from auth.services.sessions import SessionService, SignedIn
from auth.services.throttle import Throttle
from auth.store.accounts import AccountStore
from relay.domain.clock import Clock
from relay.domain.errors import Conflict, InvalidInput
from relay.domain.ids import Chance
from relay.kernel.log import get_logger

log = get_logger(__name__)

LIFE: Final = dt.timedelta(minutes=10)
CODE_LENGTH: Final = 8
"""Forty bits. With five attempts a letter, and five letters a quarter of an hour, nobody guesses that."""
ATTEMPTS: Final = 5
FROM_ONE_PLACE: Final = 5
"""Letters to one address that one network may ask for in a quarter of an hour."""
TO_ONE_ADDRESS: Final = 15
"""Letters to one address in a quarter of an hour, whoever asks: beyond, nothing is sent and nothing else said."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request for a letter: to whom, by which browser (its flow cookie), from where, and where to go on."""

    email: str
    browser: str
    address: str | None
    next: str = ""


class LetterService:
    def __init__(
        self,
        *,
        accounts: AccountStore,
        flows: Flows,
        sessions: SessionService,
        admission: Admission,
        mail: Mail,
        url: str,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._accounts = accounts
        self._flows = flows
        self._sessions = sessions
        self._admission = admission
        self._mail = mail
        self._url = url
        self._chance = chance
        self._by_place = Throttle(clock, most=FROM_ONE_PLACE)
        self._by_address = Throttle(clock, most=TO_ONE_ADDRESS)

    @property
    def offered(self) -> bool:
        return self._mail.on

    async def ask(self, asked: Asked) -> None:
        """Send a letter to the account of this address, if there is one."""
        if not self._mail.on:
            raise Conflict("this relay sends no e-mail; HITL_SMTP_URL is not set")
        self._by_place.check(asked.email, asked.address)
        self._by_place.failed(asked.email, asked.address)
        account, _ = await self._accounts.by_email(asked.email.strip()) or (None, None)
        code, link = new_code(self._chance, CODE_LENGTH), new_link(self._chance)
        facts = {"code": code_digest(code).hex(), "next": safe_next(asked.next)}
        # Nobody's letter is remembered too: a wrong code for it is counted and answered alike.
        await self._flows.begin(FlowKind.LETTER, link, LIFE, bound=Bound(account, asked.browser), facts=facts)
        if account is not None and self._by_address.allows(asked.email):
            to = f"{self._url}/sign-in/code?letter={link}"
            self._mail.post(sign_in_letter(asked.email.strip(), url=self._url, code=code, link=to))

    async def ask_to_confirm(self, account: Account, asked: Asked) -> None:
        """Send a letter to the caller's own address."""
        await self.ask(Asked(account.email, asked.browser, asked.address, asked.next))

    async def is_for(self, link: str, browser: str | None) -> bool:
        """Return whether a link is good in this browser; it stays good."""
        flow = await self._flows.look(FlowKind.LETTER, link)
        return flow is not None and _is_of(flow, browser)

    async def sign_in(self, answer: "Answer", visit: Visit) -> tuple[SignedIn, str]:
        """Begin a session; return it with where to go on."""
        flow = await self._end(answer)
        if flow.account_id is None:
            raise _wrong()
        return await self._admission.by_letter(flow.account_id, visit), flow.facts["next"]

    async def confirm(self, principal: Principal, answer: "Answer") -> str:
        """Prove who the caller is; return the session's new token."""
        flow = await self._end(answer)
        if flow.account_id != principal.account_id:
            raise _wrong()
        return await self._sessions.prove(principal)

    async def _end(self, answer: "Answer") -> Flow:
        flow = await (self._by_link(answer) if answer.link else self._by_code(answer))
        if flow is None:
            log.info("sign_in_refused")
            raise _wrong()
        return flow

    async def _by_link(self, answer: "Answer") -> Flow | None:
        # Looked at first: what another browser tries must not use it up.
        if not await self.is_for(answer.link, answer.browser):
            return None
        return await self._flows.end(FlowKind.LETTER, answer.link)

    async def _by_code(self, answer: "Answer") -> Flow | None:
        tried = await self._flows.attempt(FlowKind.LETTER, answer.browser, ATTEMPTS) if answer.browser else []
        given = code_digest(answer.code).hex()
        right = [flow for flow in tried if hmac.compare_digest(flow.facts["code"], given)]
        return await self._flows.end_this(right[0]) if right else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: a code typed, or a link followed, in which browser."""

    browser: str | None
    code: str = ""
    link: str = ""


def _is_of(flow: Flow, browser: str | None) -> bool:
    return bool(browser and flow.browser and hmac.compare_digest(flow.browser, digest_of(browser)))


def _wrong() -> InvalidInput:
    return InvalidInput("this code is wrong or too old, or another browser asked for it; ask for a new one", "/code")
