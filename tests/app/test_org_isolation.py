"""Two organizations with a member in common: what each sees, by list, socket and stream."""

import asyncio
from dataclasses import dataclass

import aiohttp
import pytest

from tests.app.conftest import Party, Relay
from tests.app.walk import OPERATIONS, SOCKET, World, kinds_of, name_of, populate

STREAMS = {"/api/v1/requests/{id}/wait", "/api/v1/requests/{id}/events"}


@dataclass
class Shared:
    """Ada's organization and Eve's; Eve is an operator in Ada's too."""

    ada: World
    eve: World

    async def eve_enters(self, world: World) -> None:
        reply = await self.eve.owner.post(f"/api/v1/orgs/{world.ids['org']}/activate")
        assert reply.status == 204


@pytest.fixture
async def shared(relay: Relay) -> Shared:
    ada = await populate(relay, relay.owner, relay.agent, "ada")
    eve = await populate(relay, *await relay.another_owner(), "eve")
    invite = await (await ada.owner.post(f"/api/v1/orgs/{ada.ids['org']}/invites", {})).json()
    assert (await eve.owner.post(f"/api/v1/invites/{invite['code']}/accept")).status == 200
    return Shared(ada, eve)


ABOUT_ONESELF = {
    # A person's own, whichever organization they are in at the moment: where they are signed in, their devices, their
    # organizations, and what waits for them anywhere.
    "GET /api/v1/orgs",
    "GET /api/v1/auth/me",
    "GET /api/v1/auth/whoami",
    "GET /api/v1/auth/sessions",
    "GET /api/v1/mobile/devices",
    "GET /api/v1/mobile/inbox",
    "GET /api/v1/keys/user",
    "GET /api/v1/devices/public-keys",
    "GET /account/sessions",
    "GET /account",
    "GET /orgs",
}


async def lists(world: World, who: Party) -> dict[str, str]:
    """Return all that `who` is shown without naming a thing, and of one organization."""
    found = {}
    for operation in OPERATIONS:
        named = kinds_of(operation) and "org" not in kinds_of(operation).values()
        if operation.method != "GET" or named or operation.path == SOCKET:
            continue
        if who.id == world.owner.id or operation in [o for o in OPERATIONS if not kinds_of(o)]:
            reply = await world.call(operation, who)
            found[name_of(operation)] = await reply.text()
    return found
