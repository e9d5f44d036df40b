"""What waits for a human, in whichever of their organizations.

A phone rings for its human, not for the organization a browser happens to show.
"""

import asyncio

from aiohttp import web

from auth.keys import ORG_STORE
from relay.domain.ids import AccountId
from relay.domain.request import Request
from relay.services.keys import CLOCK, REQUESTS


async def pending_of(app: web.Application, account: AccountId) -> list[Request]:
    """Return what waits for an answer of this account, oldest first."""
    now, orgs = app[CLOCK].now(), await app[ORG_STORE].ids_of(account)
    found = await asyncio.gather(*(app[REQUESTS].open_requests(org, account, now) for org in orgs))
    return sorted((request for of_one in found for request in of_one), key=lambda request: request.id)
