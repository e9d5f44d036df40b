"""Passkeys: made, used to sign in or to confirm, renamed, removed.

A challenge is used up by the first answer to it, right or wrong.
"""

import datetime as dt
from typing import Final
from uuid import UUID

from auth.entities import Account, Passkey, Visit
from auth.flow import FlowKind
from auth.passkeys import Json, PasskeyRefused, WebAuthn, challenge_of, from_base64url, to_base64url
from auth.principal import Principal
from auth.services.admission import Admission
from auth.services.flows import Bound, Flows
from auth.services.notes import Notes
from auth.services.sessions import SessionService, SignedIn
from auth.store.passkeys import PasskeyStore
from auth.store.recovery import RecoveryStore
from relay.domain.clock import Clock
from relay.domain.errors import AlreadyExists, Conflict, InvalidInput, NotFound, Unauthenticated
from relay.domain.ids import Chance, uuid7
from relay.domain.log_entry import EntryType
from relay.kernel.log import get_logger

log = get_logger(__name__)

CHALLENGE: Final = 32
"""Random bytes; 16 are the least that WebAuthn 13.4.3 asks for."""
CHALLENGE_LIFE: Final = dt.timedelta(minutes=5)
"""The browser's dialog ends after two; slow networks come on top."""
MOST: Final = 20
"""Of one account. Each is listed to the browser when another is made."""


class PasskeyService:
    def __init__(
        self,
        *,
        store: PasskeyStore,
        recovery: RecoveryStore,
        flows: Flows,
        sessions: SessionService,
        admission: Admission,
        webauthn: WebAuthn | None,
        notes: Notes,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._store = store
        self._recovery = recovery
        self._flows = flows
        self._sessions = sessions
        self._admission = admission
        self._webauthn_or_none = webauthn
        self._notes = notes
        self._clock = clock
        self._chance = chance

    @property
    def offered(self) -> bool:
        """Whether browsers can have passkeys for this relay's address."""
        return self._webauthn_or_none is not None

    async def begin_making(self, account: Account) -> Json:
        """Return what the browser needs to make a passkey."""
        known = await self._store.of_account(account.id)
        if len(known) >= MOST:
            raise Conflict(f"an account has at most {MOST} passkeys; remove one first")
        challenge = await self._challenge(FlowKind.PASSKEY_NEW, Bound(account=account.id))
        return self._webauthn.to_make(
            challenge,
            user=account.id.bytes,
            email=account.email,
            name=account.name,
            known=[passkey.credential_id for passkey in known],
        )

    async def make(self, principal: Principal, name: str, credential: Json) -> Passkey:
        """Keep the passkey a browser made for the caller."""
        now = self._clock.now()
        try:
            challenge = await self._answered(FlowKind.PASSKEY_NEW, credential, principal)
            new = self._webauthn.made(credential, challenge)
        except PasskeyRefused:
            raise InvalidInput("this passkey was not made for this relay just now; try again", "/credential") from None
        passkey = Passkey(
            id=uuid7(now, self._chance),
            account_id=principal.account_id,
            credential_id=new.credential_id,
            public_key=new.public_key,
            sign_count=new.sign_count,
            synced=new.synced,
            name=name,
            created_at=now,
        )
        if not await self._store.add(passkey):
            raise AlreadyExists("this passkey is known already")
        await self._notes.by(principal, EntryType.PASSKEY_ADDED, passkey.id)
        return passkey

    async def begin_using(self) -> Json:
        """Return what the browser needs to use a passkey of this relay, whosoever."""
        return self._webauthn.to_use(await self._challenge(FlowKind.PASSKEY_USE, Bound()))

    async def sign_in(self, credential: Json, visit: Visit) -> SignedIn:
        """Begin a session. Every way in which a passkey is not good gets the same answer."""
        passkey = await self._used(credential)
        return await self._admission.by_passkey(passkey.account_id, visit)

    async def confirm(self, principal: Principal, credential: Json) -> str:
        """Prove who the caller is; return the session's new token."""
        passkey = await self._used(credential)
        if passkey.account_id != principal.account_id:
            raise InvalidInput("this passkey is somebody else's", "/credential")
        return await self._sessions.prove(principal)

    async def of(self, principal: Principal) -> list[Passkey]:
        return await self._store.of_account(principal.account_id)

    async def demand(self, principal: Principal, *, demanded: bool) -> None:
        """Let only passkeys sign the caller in, or other ways too."""
        if not await self._recovery.demand_passkey(principal.account_id, demanded=demanded):
            raise Conflict("make a passkey first; otherwise nothing could sign you in")
        await self._notes.by(principal, EntryType.PASSKEY_DEMANDED, principal.account_id)

    async def is_demanded(self, principal: Principal) -> bool:
        return await self._recovery.is_passkey_only(principal.account_id)

    async def rename(self, principal: Principal, id: UUID, name: str) -> Passkey:
        passkey = await self._store.rename(principal.account_id, id, name)
        if passkey is None:
            raise _missing()
        return passkey

    async def remove(self, principal: Principal, id: UUID) -> None:
        if not await self._store.remove(principal.account_id, id):
            raise _missing()
        await self._notes.by(principal, EntryType.PASSKEY_REMOVED, id)

    async def _used(self, credential: Json) -> Passkey:
        try:
            challenge = await self._answered(FlowKind.PASSKEY_USE, credential, None)
            passkey = await self._named(credential)
            count = self._webauthn.used(
                credential, challenge, public_key=passkey.public_key, sign_count=passkey.sign_count
            )
        except (PasskeyRefused, ValueError):
            raise _refused() from None
        if not await self._store.used(passkey.id, count, self._clock.now()):
            raise _refused()
        return passkey

    async def _named(self, credential: Json) -> Passkey:
        passkey = await self._store.by_credential(from_base64url(credential["rawId"]))
        if passkey is None or not _is_of(passkey, credential):
            raise PasskeyRefused
        return passkey

    async def _challenge(self, kind: FlowKind, bound: Bound) -> bytes:
        challenge = self._chance(CHALLENGE)
        await self._flows.begin(kind, to_base64url(challenge), CHALLENGE_LIFE, bound=bound)
        return challenge

    async def _answered(self, kind: FlowKind, credential: Json, principal: Principal | None) -> bytes:
        """Return the challenge that is answered, if it was given, to this caller, and not yet used."""
        said = challenge_of(credential)
        flow = await self._flows.end(kind, said)
        if flow is None or flow.account_id != (principal.account_id if principal else None):
            raise PasskeyRefused
        return from_base64url(said)

    @property
    def _webauthn(self) -> WebAuthn:
        if self._webauthn_or_none is None:
            raise Conflict("browsers offer passkeys only to https addresses with a domain name: set HITL_PUBLIC_URL")
        return self._webauthn_or_none


def _is_of(passkey: Passkey, credential: Json) -> bool:
    """Return whether the user handle names the account (WebAuthn 7.2 step 6)."""
    handle = credential["response"].get("userHandle")
    return handle is not None and from_base64url(handle) == passkey.account_id.bytes


def _refused() -> Unauthenticated:
    log.info("sign_in_refused")
    return Unauthenticated("this passkey is not known here, or took too long; try again")


def _missing() -> NotFound:
    return NotFound("there is no such passkey, or it is not yours")
