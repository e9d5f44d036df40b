"""The keys that sign access tokens: made, published ahead, put to use, retired, forgotten."""

import asyncio
import datetime as dt
from typing import Any, Final

from jwt import PyJWK

from auth.oauth.signing_keys import (
    ROTATE_AFTER,
    SHOWN_BEFORE,
    KeyState,
    Signer,
    SigningKey,
    new_key,
    opened,
    published,
)
from auth.store.signing_keys import KeyChanges, SigningKeyStore
from relay.domain.clock import Clock
from relay.domain.errors import Unavailable
from relay.domain.ids import Chance, uuid7
from relay.kernel.log import get_logger
from relay.kernel.settings import Secret

log = get_logger(__name__)

TEND_EVERY_S: Final = 60.0
"""So soon every process uses the key that another one put to use."""

READ_AGAIN: Final = dt.timedelta(seconds=10)
"""At most so often tokens with unknown key ids, which anybody can make up, have the keys read again."""

MARGIN: Final = dt.timedelta(hours=1)
"""A process that has not heard of a rotation signs with the old key for a minute more."""


class SigningKeys:
    """`longest_life` is that of any token a key signs."""

    def __init__(
        self, *, store: SigningKeyStore, clock: Clock, chance: Chance, secret: Secret, longest_life: dt.timedelta
    ) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance
        self._secret = secret
        self._longest_life = longest_life
        self._keys: dict[str, tuple[SigningKey, PyJWK]] = {}
        self._signer: Signer | None = None
        self._read_at: dt.datetime | None = None
        self._reading = asyncio.Lock()

    async def tend(self) -> None:
        """Read the keys, and do what their age asks for. Every process may; one at a time does."""
        now = self._clock.now()
        keys = await self._store.all()
        if self._wants_change(keys, now):
            async with self._store.changing() as changes:
                await self._change(changes, now)
            keys = await self._store.all()
        self._take(keys, now)

    async def rotate(self) -> str:
        """Sign with a new key from now on, and return its id; the one before verifies on."""
        now = self._clock.now()
        async with self._store.changing() as changes:
            keys = await changes.all()
            coming = _in_state(keys, KeyState.NEXT) or await self._add(changes, KeyState.NEXT, now)
            await self._put_to_use(changes, coming, _in_state(keys, KeyState.ACTIVE), now)
        self._take(await self._store.all(), now)
        return coming.kid

    def signer(self) -> Signer:
        if self._signer is None:
            raise Unavailable("the relay has no key to sign with yet; try again")
        return self._signer

    async def verifier(self, kid: str) -> PyJWK | None:
        """Return the key of this id, if it is one of ours that still verifies."""
        now = self._clock.now()
        if kid not in self._keys:
            async with self._reading:
                if self._read_at is None or now >= self._read_at + READ_AGAIN:
                    self._take(await self._store.all(), now)
        found = self._keys.get(kid)
        return found[1] if found and _is_shown(found[0], now) else None

    def key_set(self) -> list[dict[str, Any]]:
        """Return the keys by which anybody verifies our tokens (RFC 7517 5)."""
        now = self._clock.now()
        return [published(key) for key, _ in self._keys.values() if _is_shown(key, now)]

    def _take(self, keys: list[SigningKey], now: dt.datetime) -> None:
        self._keys = {key.kid: (key, key.verifier) for key in keys}
        self._read_at = now
        active = _in_state(keys, KeyState.ACTIVE)
        if active and (self._signer is None or self._signer.kid != active.kid):
            self._signer = opened(active, self._secret) or self._signer

    def _wants_change(self, keys: list[SigningKey], now: dt.datetime) -> bool:
        active, coming = _in_state(keys, KeyState.ACTIVE), _in_state(keys, KeyState.NEXT)
        return (
            active is None
            or opened(active, self._secret) is None
            or (coming is None and now >= _active_since(active) + ROTATE_AFTER - SHOWN_BEFORE)
            or (coming is not None and _is_due(active, coming, now))
            or not all(_is_shown(key, now) for key in keys)
        )

    async def _change(self, changes: KeyChanges, now: dt.datetime) -> None:
        await changes.forget(now)
        keys = await changes.all()
        active, coming = _in_state(keys, KeyState.ACTIVE), _in_state(keys, KeyState.NEXT)
        if active is None:
            await self._add(changes, KeyState.ACTIVE, now)
        elif opened(active, self._secret) is None:
            # The secret was lost or changed. Tokens signed before stay good; new ones need a key that opens.
            log.warning("signing_key_unreadable", kid=active.kid)
            await self._put_to_use(changes, await self._replaced(changes, coming, now), active, now)
        elif coming is None:
            if now >= _active_since(active) + ROTATE_AFTER - SHOWN_BEFORE:
                await self._add(changes, KeyState.NEXT, now)
        elif _is_due(active, coming, now):
            await self._put_to_use(changes, coming, active, now)

    async def _replaced(self, changes: KeyChanges, coming: SigningKey | None, now: dt.datetime) -> SigningKey:
        if coming is not None:
            if opened(coming, self._secret):
                return coming
            await changes.retire(coming, now)
        return await self._add(changes, KeyState.NEXT, now)

    async def _add(self, changes: KeyChanges, state: KeyState, now: dt.datetime) -> SigningKey:
        key = new_key(str(uuid7(now, self._chance)), self._secret, state, now)
        await changes.add(key)
        log.info("signing_key_made", kid=key.kid, state=state.value)
        return key

    async def _put_to_use(
        self, changes: KeyChanges, coming: SigningKey, active: SigningKey | None, now: dt.datetime
    ) -> None:
        if active:
            await changes.retire(active, now + self._longest_life + MARGIN)
        await changes.activate(coming, now)
        log.info("signing_key_rotated", kid=coming.kid)


def _in_state(keys: list[SigningKey], state: KeyState) -> SigningKey | None:
    return next((key for key in keys if key.state is state), None)


def _active_since(key: SigningKey) -> dt.datetime:
    return key.activated_at or key.created_at


def _is_due(active: SigningKey, coming: SigningKey, now: dt.datetime) -> bool:
    return now >= _active_since(active) + ROTATE_AFTER and now >= coming.created_at + SHOWN_BEFORE


def _is_shown(key: SigningKey, now: dt.datetime) -> bool:
    return key.shown_until is None or now < key.shown_until
