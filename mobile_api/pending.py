"""What a human's devices are shown: all that is put to them, in whichever of their organizations.

A phone rings for its human, not for the organization a browser happens to show.
"""

import asyncio
from typing import Final

from aiohttp import web

from auth.keys import ORG_STORE
from relay.domain.ids import AccountId, OrgId
from relay.domain.log_entry import EntryType
from relay.domain.request import Request
from relay.hub import Happening
from relay.services.keys import CLOCK, REQUESTS
from relay.store.requests import MAX_INBOX

_WITH_CARD: Final = frozenset({EntryType.REQUEST_CREATED, EntryType.NOTIFICATION})


async def pending_of(app: web.Application, account: AccountId) -> list[Request]:
    """Return what waits for an answer of this account, oldest first, at most `MAX_INBOX`."""
    now, orgs = app[CLOCK].now(), await app[ORG_STORE].ids_of(account)
    found = await asyncio.gather(*(app[REQUESTS].open_requests(org, account, now) for org in orgs))
    return sorted((request for of_one in found for request in of_one), key=lambda request: request.id)[:MAX_INBOX]


def as_shown(happening: Happening, orgs: frozenset[OrgId]) -> Happening:
    """Return an entry of the log as it is replayed: cards of an organization its human has left are not shown again."""
    request = happening.request
    if request and request.org_id not in orgs and happening.entry.type in _WITH_CARD:
        return Happening(happening.entry, None)
    return happening
