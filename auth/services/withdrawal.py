"""Take back the open questions of what ends: an agent, a membership, an organization.

Whoever waits for them is told `cancelled`, and their cards go: nobody shall answer, or go on seeing, what is put to an
organization they are no longer in.
"""

from contextlib import suppress
from typing import Final
from uuid import UUID

from relay.domain.errors import AlreadyDecided
from relay.domain.request import State
from relay.services.ask import AskService
from relay.store.requests import Listing, RequestStore, Whose

PAGE: Final = 100


class Withdrawal:
    def __init__(self, *, requests: RequestStore, ask: AskService) -> None:
        self._requests = requests
        self._ask = ask

    async def of(self, whose: Whose, actor: UUID) -> None:
        """Cancel all that is pending; what is answered in the same instant stays answered."""
        before = None
        while page := await self._requests.listed(whose, Listing(state=State.PENDING, before=before, limit=PAGE)):
            for request in page:
                with suppress(AlreadyDecided):
                    await self._ask.cancel(request, actor)
            before = page[-1].id
