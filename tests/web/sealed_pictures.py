"""The pictures of sealed requests, in a module with a clock of its own: keys and pairings are as old as the day."""

import pytest

from relay.domain.clock import SystemClock
from tests.app.conftest import Relay
from tests.docs.screens import FOLDER, LOOKS, looks_of
from tests.fakes.clock import FakeClock
from tests.web.conftest import OpenScreen, Screen
from tests.web.pictures import VIEWPORTS, keep
from tests.web.sealed_places import SEALED_SCREENS, walk


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock(SystemClock().now())


@pytest.mark.parametrize("looks", [looks for looks in LOOKS if any(looks in looks_of(name) for name in SEALED_SCREENS)])
async def test_take_pictures(relay: Relay, screen: OpenScreen, looks: str) -> None:
    viewport, scheme = looks.split("-")
    FOLDER.mkdir(parents=True, exist_ok=True)

    async def look(shown: Screen, name: str) -> None:
        if looks in looks_of(name):
            await keep(shown, f"{name}-{looks}")

    await walk(relay, screen, {**VIEWPORTS[viewport], "color_scheme": scheme, "reduced_motion": "reduce"}, look)
