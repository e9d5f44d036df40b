"""Kill the relay between any two steps of a request's life, under load; start it again; nothing is wrong."""

import asyncio
import signal
from pathlib import Path

import pytest

from tests.fault.checker import breaches
from tests.fault.conftest import Place
from tests.fault.launcher import POINTS
from tests.fault.load import loaded
from tests.fault.relay_process import relay_process
from tests.fault.steps import Step


@pytest.mark.proves("fault.relay_killed")
@pytest.mark.parametrize("step", Step, ids=lambda step: step.name)
async def test_a_relay_killed_when(step: Step, place: Place, folder: Path) -> None:
    fault = {"step": step.name, "marker": str(folder / "killed")}
    async with relay_process(folder, {"HITL_DATABASE_URL": place.url}, fault=fault) as relay:
        async with loaded(relay.url, place.world) as load:
            again = asyncio.create_task(_start_after_kill(relay))
            await load.in_every_way()
            assert await asyncio.wait_for(again, 20) == -signal.SIGKILL
            await load.settled()
        assert relay.errors() == []
    assert await breaches(place.url, load) == []


async def _start_after_kill(relay):
    code = await relay.ended(60)
    await relay.start()
    return code


def test_every_step_has_a_place_in_the_code_where_the_relay_is_killed() -> None:
    assert POINTS.keys() == set(Step)
