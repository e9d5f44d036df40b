"""The bus may lose anything: every hint is only a hint, and the sweep finds what it did not bring."""

from pathlib import Path

import pytest

from tests.fault.checker import breaches
from tests.fault.conftest import Place
from tests.fault.load import loaded
from tests.fault.relay_process import relay_process


@pytest.mark.proves("fault.hints_lost")
@pytest.mark.parametrize("per_cent", [0, 30, 100])
async def test_everything_arrives_with_this_many_hints_lost(per_cent: int, place: Place, folder: Path) -> None:
    fault = {"drop": per_cent, "seed": 4711}
    async with relay_process(folder, {"HITL_DATABASE_URL": place.url}, fault=fault) as relay:
        async with loaded(relay.url, place.world) as load:
            await load.all_at_once()
            await load.settled(place.url)
        assert relay.errors() == []
    assert await breaches(place.url, load) == []
