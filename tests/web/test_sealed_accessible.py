"""axe on every screen of sealed requests, light and dark, and none wider than its window."""

from typing import Any

import pytest

from relay.domain.clock import SystemClock
from tests.app.conftest import Relay
from tests.fakes.clock import FakeClock
from tests.web.conftest import DESK, OpenScreen, Screen
from tests.web.sealed_places import SEALED_SCREENS, walk
from tests.web.test_accessible import SMALL, faults


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(SystemClock().now())


@pytest.mark.proves("web.accessible")
@pytest.mark.parametrize("looks", [SMALL, DESK], ids=["phone", "desk"])
async def test_axe_finds_nothing_on_the_screens_of_sealed_requests(
    relay: Relay, screen: OpenScreen, looks: dict[str, Any]
) -> None:
    found: dict[str, list[str]] = {}

    async def look(shown: Screen, name: str) -> None:
        found[name] = await faults(shown, ())

    await walk(relay, screen, {**looks, "bypass_csp": True, "reduced_motion": "reduce"}, look)
    assert found == {name: [] for name in SEALED_SCREENS}
