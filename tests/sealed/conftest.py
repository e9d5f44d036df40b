"""A real relay, an account that seals on it, and a relay that lies in front of it."""

from collections.abc import AsyncIterator

import pytest

from tests.app.conftest import Relay, make_relay, relay
from tests.emulators.lying_relay import LyingRelay, lying_relay
from tests.push.conftest import make_push_relay, pushing, service
from tests.sealed_home import Home

__all__ = ["make_push_relay", "make_relay", "pushing", "relay", "service"]


@pytest.fixture
async def home(relay: Relay) -> Home:
    """A phone that began the account's device log, and an agent whose key it approved."""
    return await Home.begin(relay)


@pytest.fixture
async def liar(relay: Relay) -> AsyncIterator[LyingRelay]:
    """The relay, through one that lies: `liar.url` is what a client talks to, `liar.lies` what it is told."""
    async with lying_relay(f"http://{relay.client.host}:{relay.client.port}") as liar:
        yield liar
