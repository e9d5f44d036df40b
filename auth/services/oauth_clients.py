"""OAuth clients: who registers, who is known, who is forgotten."""

import datetime as dt
from typing import Final

from auth.oauth.entities import Client
from auth.oauth.registration import ClientMetadata, registered
from auth.store.oauth_clients import OAuthClientStore
from relay.domain.clock import Clock
from relay.domain.ids import Chance

UNUSED: Final = dt.timedelta(hours=24)
"""After which a registration that led to nothing goes: a program that comes back registers again."""
WITHOUT_CONSENT: Final = dt.timedelta(days=7)


class OAuthClients:
    def __init__(self, *, store: OAuthClientStore, clock: Clock, chance: Chance) -> None:
        self._store = store
        self._clock = clock
        self._chance = chance

    async def register(self, metadata: ClientMetadata) -> tuple[Client, str | None]:
        """Keep a new client, and return it with its secret, which exists nowhere else."""
        client, secret = registered(metadata, self._clock.now(), self._chance)
        await self._store.put(client)
        return client, secret

    async def meet(self, client_id: str) -> None:
        """See to it that the client, if it is one, is known when its request is looked at."""
        await self._store.asked(client_id, self._clock.now())

    async def forget_unused(self) -> None:
        now = self._clock.now()
        await self._store.forget(unused_since=now - UNUSED, without_consent_since=now - WITHOUT_CONSENT)
