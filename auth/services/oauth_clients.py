"""OAuth clients: who registers, who is known, who is forgotten."""

import datetime as dt
from typing import Final

from auth.oauth.client_documents import FRESH, MOST_BYTES, STALE, client_of, is_document_id
from auth.oauth.entities import Client
from auth.oauth.registration import ClientMetadata, registered
from auth.store.oauth_clients import OAuthClientStore
from relay.domain.clock import Clock
from relay.domain.errors import InvalidInput
from relay.domain.ids import Chance
from relay.kernel.outbound import Bounds, Outbound, OutboundError

UNUSED: Final = dt.timedelta(hours=24)
"""After which a registration that led to nothing goes: a program that comes back registers again."""
WITHOUT_CONSENT: Final = dt.timedelta(days=7)

BOUNDS: Final = Bounds(most=MOST_BYTES, within_s=5.0)
"""A human waits for the page meanwhile."""


class OAuthClients:
    """`outbound` is absent where client documents are not read."""

    def __init__(self, *, store: OAuthClientStore, outbound: Outbound | None, clock: Clock, chance: Chance) -> None:
        self._store = store
        self._outbound = outbound
        self._clock = clock
        self._chance = chance

    async def register(self, metadata: ClientMetadata) -> tuple[Client, str | None]:
        """Keep a new client, and return it with its secret, which exists nowhere else."""
        client, secret = registered(metadata, self._clock.now(), self._chance)
        await self._store.put(client)
        return client, secret

    async def meet(self, client_id: str) -> None:
        """See to it that the client, if it is one, is known when its request is looked at.

        Only humans who are signed in make the relay read a document: `use` is for everybody else.
        """
        if self._outbound is not None and is_document_id(client_id):
            await self._read(self._outbound, client_id)
        await self.use(client_id)

    async def use(self, client_id: str) -> None:
        """Remember that a client made use of its registration."""
        await self._store.asked(client_id, self._clock.now())

    async def _read(self, outbound: Outbound, client_id: str) -> None:
        """Read a client's document unless that was done of late. A failure is not remembered."""
        now = self._clock.now()
        known = await self._store.by_id(client_id)
        age = now - known.read_at if known and known.read_at else None
        if age is not None and age < FRESH:
            return
        try:
            reply = await outbound.get(client_id, headers={"Accept": "application/json"}, bounds=BOUNDS)
        except OutboundError as error:
            if age is not None and age < STALE:
                return
            raise InvalidInput(f"the document at the program's address cannot be read: {error}", "/client_id") from None
        media = reply.headers.get("Content-Type", "")
        await self._store.put(client_of(client_id, reply.status, media, reply.body, at=now, chance=self._chance))

    async def forget_unused(self) -> None:
        now = self._clock.now()
        await self._store.forget(unused_since=now - UNUSED, without_consent_since=now - WITHOUT_CONSENT)
