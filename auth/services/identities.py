"""Identities at other providers: sign in with one, link one while signed in, confirm with one, unlink.

The browser is sent away and comes back. What comes back counts only in the browser that was sent, for the provider it
was sent to, and once.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from auth.entities import Identity, Visit
from auth.flow import Flow, FlowKind
from auth.next_path import safe_next
from auth.principal import Principal
from auth.secrets import digest_of, new_link
from auth.services.admission import Admission
from auth.services.flows import Bound, Flows
from auth.services.notes import Notes
from auth.services.sessions import SessionService, SignedIn
from auth.store.identities import IdentityStore
from auth.upstream.client import Begun, Claims, LoginRefused, ProviderFailed, Upstream
from auth.upstream.providers import Provider
from relay.domain.clock import Clock
from relay.domain.errors import AlreadyExists, Forbidden, InvalidInput, NotFound, Unavailable
from relay.domain.ids import Chance, uuid7
from relay.domain.log_entry import EntryType
from relay.kernel.log import get_logger

log = get_logger(__name__)

LIFE: Final = dt.timedelta(minutes=10)
"""Time to sign in there, with whatever that asks for."""


class Purpose(StrEnum):
    SIGN_IN = "sign_in"
    LINK = "link"
    CONFIRM = "confirm"


@dataclass(frozen=True, slots=True)
class Leaving:
    """A browser about to be sent to a provider: which one, what for, where it goes on, who is signed in in it."""

    provider: str
    purpose: Purpose
    browser: str
    next: str = ""
    principal: Principal | None = None


@dataclass(frozen=True, slots=True)
class Return:
    """A browser that came back: what it brought, and who is signed in in it."""

    provider: str
    query: Mapping[str, str]
    browser: str | None
    visit: Visit
    principal: Principal | None


@dataclass(frozen=True, slots=True)
class Returned:
    """What came of it: a session begun, one renewed (its new token), or an identity linked. `next` is safe."""

    next: str
    signed_in: SignedIn | None = None
    renewed: str | None = None


class IdentityService:
    def __init__(
        self,
        *,
        clients: Sequence[Upstream],
        store: IdentityStore,
        flows: Flows,
        sessions: SessionService,
        admission: Admission,
        notes: Notes,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._clients = {client.provider.name: client for client in clients}
        self._store = store
        self._flows = flows
        self._sessions = sessions
        self._admission = admission
        self._notes = notes
        self._clock = clock
        self._chance = chance

    @property
    def offered(self) -> list[Provider]:
        return [client.provider for client in self._clients.values()]

    async def begin(self, leaving: Leaving) -> str:
        """Return the address to send the browser to."""
        client = self._client(leaving.provider)
        begun = Begun(*(new_link(self._chance) for _ in range(3)))
        try:
            address = await client.address(begun, again=leaving.purpose is Purpose.CONFIRM)
        except ProviderFailed as error:
            raise _failed(client, error) from None
        facts = {
            "provider": leaving.provider,
            "purpose": leaving.purpose.value,
            "nonce": begun.nonce,
            "verifier": begun.verifier,
            "next": safe_next(leaving.next),
        }
        account = leaving.principal.account_id if leaving.principal else None
        await self._flows.begin(
            FlowKind.IDENTITY, begun.state, LIFE, bound=Bound(account, leaving.browser), facts=facts
        )
        return address

    async def finish(self, back: Return) -> Returned:
        """Do what the browser was sent away for."""
        state = back.query.get("state", "")
        flow = await self._flows.end(FlowKind.IDENTITY, state)
        if flow is None or not _is_its_own(flow, back):
            log.info("sign_in_refused")
            raise _refused()
        claims = await self._claims(back, Begun(state, flow.facts["nonce"], flow.facts["verifier"]))
        goal = flow.facts["next"]
        match Purpose(flow.facts["purpose"]):
            case Purpose.SIGN_IN:
                return Returned(goal, signed_in=await self._sign_in(claims, back.visit))
            case Purpose.LINK:
                await self._link(_still(back, flow), claims)
                return Returned(goal)
            case Purpose.CONFIRM:
                return Returned(goal, renewed=await self._confirm(_still(back, flow), claims))

    async def of(self, principal: Principal) -> list[Identity]:
        return await self._store.of_account(principal.account_id)

    async def unlink(self, principal: Principal, id: UUID) -> None:
        if not await self._store.remove(principal.account_id, id):
            raise NotFound("there is no such identity, or it is not yours")
        await self._notes.by(principal, EntryType.IDENTITY_UNLINKED, id)

    async def _claims(self, back: Return, begun: Begun) -> Claims:
        client = self._client(back.provider)
        try:
            return await client.claims(back.query, begun)
        except ProviderFailed as error:
            raise _failed(client, error) from None
        except LoginRefused as error:
            # A word of ours, or the name of the library's error class: nothing the provider or a stranger wrote.
            log.warning("identity_refused", provider=back.provider, why=str(error))
            raise _refused() from None

    async def _sign_in(self, claims: Claims, visit: Visit) -> SignedIn:
        account = await self._store.used(claims.issuer, claims.subject, self._clock.now(), claims.email)
        if account is None:
            raise Forbidden(
                "no account here is linked with this identity; sign in another way, and link it on your account's page"
            )
        return await self._admission.by_identity(account, visit)

    async def _link(self, principal: Principal, claims: Claims) -> None:
        now = self._clock.now()
        identity = Identity(
            id=uuid7(now, self._chance),
            account_id=principal.account_id,
            issuer=claims.issuer,
            subject=claims.subject,
            email=claims.email,
            created_at=now,
        )
        if not await self._store.add(identity):
            raise AlreadyExists("this identity is linked with an account already")
        await self._notes.by(principal, EntryType.IDENTITY_LINKED, identity.id)

    async def _confirm(self, principal: Principal, claims: Claims) -> str:
        account = await self._store.used(claims.issuer, claims.subject, self._clock.now(), claims.email)
        if account != principal.account_id:
            raise Forbidden("this identity is not linked with your account")
        return await self._sessions.prove(principal)

    def _client(self, name: str) -> Upstream:
        try:
            return self._clients[name]
        except KeyError:
            raise NotFound("there is no identity provider of this name") from None


def _is_its_own(flow: Flow, back: Return) -> bool:
    """Return whether this browser was sent, and to this provider."""
    return flow.browser == digest_of(back.browser or "") and flow.facts["provider"] == back.provider


def _still(back: Return, flow: Flow) -> Principal:
    """Return who is signed in, if it is still who was when the browser was sent away."""
    if back.principal is None or back.principal.account_id != flow.account_id:
        raise _refused()
    return back.principal


def _refused() -> InvalidInput:
    return InvalidInput("this sign-in did not begin in this browser a moment ago, or was not granted; begin again")


def _failed(client: Upstream, error: ProviderFailed) -> Unavailable:
    log.warning("identity_provider_failed", provider=client.provider.name, why=str(error))
    return Unavailable(f"{client.provider.words} cannot be asked right now; sign in another way, or try later", 30)
