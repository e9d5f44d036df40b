"""What every decision of the authorization server shares: its request, its transaction, and what follows from it."""

import datetime as dt
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from uuid import UUID

from authlib.oauth2.rfc6749.util import extract_basic_authorization

from auth.oauth.changes import AddGrant, Change, NameAgent, RevokeGrant
from auth.oauth.entities import Grant
from auth.oauth.facts import Asked, Facts
from auth.oauth.policy import Policy
from auth.services.auth_cache import AuthCache, Revocation
from auth.services.signing_keys import SigningKeys
from auth.store.oauth_exchange import ExchangeStore
from relay.domain.clock import Clock
from relay.domain.ids import Chance
from relay.domain.log_entry import EntryType
from relay.kernel.log import get_logger
from relay.services.journal import Journal

log = get_logger(__name__)


class Decisions:
    def __init__(
        self,
        *,
        store: ExchangeStore,
        keys: SigningKeys,
        policy: Policy,
        cache: AuthCache,
        journal: Journal,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._store = store
        self._keys = keys
        self._cache = cache
        self._journal = journal
        self._clock = clock
        self._chance = chance
        self.policy = policy

    def now(self) -> dt.datetime:
        return self._clock.now()

    @asynccontextmanager
    async def about(
        self, parameters: Mapping[str, str], *, basic: str = "", agent_name: str = ""
    ) -> AsyncIterator[tuple[Asked, Facts]]:
        """Give the request and its facts; what is wanted is written, and then told, when the block ends."""
        asked = Asked(
            parameters=parameters,
            policy=self.policy,
            now=self._clock.now(),
            chance=self._chance,
            basic=basic,
            agent_name=agent_name,
            signer=self._keys.signer(),
        )
        async with self._followed(self._store.deciding(parameters, _client_id(parameters, basic))) as facts:
            yield asked, facts

    @asynccontextmanager
    async def about_device(self, user_code_digest: bytes) -> AsyncIterator[tuple[Asked, Facts]]:
        asked = Asked(parameters={}, policy=self.policy, now=self._clock.now(), chance=self._chance)
        async with self._followed(self._store.deciding_device(user_code_digest)) as facts:
            yield asked, facts

    @asynccontextmanager
    async def _followed(self, deciding: AbstractAsyncContextManager[Facts]) -> AsyncIterator[Facts]:
        async with deciding as facts:
            yield facts
        await self._tell(facts.changes)

    async def _tell(self, changes: Iterable[Change]) -> None:
        for change in changes:
            match change:
                case AddGrant(grant):
                    await self._note(EntryType.GRANT_CREATED, grant, grant.id)
                case NameAgent(grant, agent_id):
                    await self._note(EntryType.AGENT_CREATED, grant, agent_id)
                case RevokeGrant(grant, reason):
                    self._cache.revoked(Revocation(credential_id=grant.id))
                    log.info("grant_revoked", grant_id=str(grant.id), reason=reason.value)
                    await self._note(EntryType.GRANT_REVOKED, grant, grant.id)
                case _:
                    pass

    async def _note(self, type: EntryType, grant: Grant, subject: UUID) -> None:
        """Log it with the human whose consent it is, who is why it happens, whoever sent the request."""
        await self._journal.note(grant.account_id, type, subject, actor=grant.account_id, org=grant.org_id)


def _client_id(parameters: Mapping[str, str], basic: str) -> str | None:
    named: str | None = extract_basic_authorization({"Authorization": basic})[0] if basic else None
    return parameters.get("client_id") or named
