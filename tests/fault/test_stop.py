"""Stop the relay, freeze it, freeze a device."""

import asyncio
import os
import signal
import statistics
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from mobile_api.session import CloseCode
from relay.kernel.loops import pause
from tests.fault.checker import breaches
from tests.fault.conftest import Place
from tests.fault.load import Load, loaded
from tests.fault.relay_process import COMMAND, ROOT, RelayProcess, relay_process
from tests.fault.world import DeviceLogin
from tests.waiting import until

FROZEN_S = 3.0


@pytest.mark.proves("fault.stop")
async def test_a_relay_told_to_stop_lets_everybody_go_and_ends_well(place: Place, folder: Path) -> None:
    async with relay_process(folder, {"HITL_DATABASE_URL": place.url}) as relay:
        stuck = frozen_device(relay.url, place.world[0].devices[1])
        async with loaded(relay.url, place.world) as load, stuck:
            waiting = [asyncio.create_task(agent.wait_until_sent_away()) for agent in load.agents]
            await load.while_(_stop_and_start(relay, load))
            sent_away = await asyncio.gather(*waiting)
            await load.settled(place.url)
            # The call that waited was ended by the relay, with a document, and was not made twice.
            assert {tuple(asked.statuses) for asked in sent_away} <= {(200, 200), (202, 200)}
            steady = load.devices[::2]
            assert [device.close_codes for device in steady] == [[CloseCode.RESTARTING]] * len(steady)
            assert load.statuses <= {200, 202, 503}
        assert relay.errors() == []
    assert await breaches(place.url, load) == []


@pytest.mark.proves("fault.stop")
async def test_a_relay_told_to_stop_while_it_starts_ends_in_order(folder: Path) -> None:
    data = folder / "stopped early"
    environ = {**os.environ, "HITL_DATA_DIR": str(data), "HITL_PORT": "0"}
    relay = await asyncio.create_subprocess_exec(*COMMAND, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    await until((data / "postgres" / "lock").exists, within_s=20)  # its PostgreSQL is being made
    relay.send_signal(signal.SIGTERM)
    async with asyncio.timeout(30):
        said, _ = await relay.communicate()
    assert relay.returncode == 0
    assert said.endswith("stopping …\n".encode())
    assert not (data / "postgres" / "pg" / "postmaster.pid").exists()


async def _stop_and_start(relay: RelayProcess, load: Load) -> None:
    await load.more(15)
    relay.signal(signal.SIGTERM)
    assert await relay.ended(within_s=10) == 0
    await relay.start()
    await load.more(10)


@pytest.mark.proves("fault.frozen")
async def test_a_relay_that_was_frozen_goes_on_where_it_was(place: Place, folder: Path) -> None:
    async def freeze(relay: RelayProcess, load: Load) -> None:
        await load.more(10)
        relay.signal(signal.SIGSTOP)
        await pause(FROZEN_S)  # the fault itself, not waiting for its effect
        relay.signal(signal.SIGCONT)
        await load.more(10)

    async with relay_process(folder, {"HITL_DATABASE_URL": place.url}) as relay:
        async with loaded(relay.url, place.world) as load:
            await load.while_(freeze(relay, load))
            await load.settled(place.url)
            assert [device.close_codes for device in load.devices[::2]] == [[], []]
            assert load.statuses <= {200, 202}
        assert relay.errors() == []
    assert await breaches(place.url, load) == []


@pytest.mark.proves("fault.frozen")
async def test_a_frozen_device_is_hung_up_on_and_delays_nobody(place: Place, folder: Path) -> None:
    async with (
        relay_process(folder, {"HITL_DATABASE_URL": place.url}) as relay,
        loaded(relay.url, place.world) as load,
        frozen_device(relay.url, place.world[0].devices[1]),
    ):
        quick, slow = load.agents[0], load.agents[1]
        took_s = [(await quick.ask()).took_s for _ in range(10)]
        while not relay.events_with("socket_closed", code=CloseCode.SLOW):
            await slow.tell(context="x" * 90_000)
            took_s.append((await quick.ask()).took_s)
        await load.settled(place.url)
        assert statistics.median(took_s) < 0.25
        assert max(took_s) < 2.0
        assert relay.errors() == []
    assert await breaches(place.url, load) == []


@asynccontextmanager
async def frozen_device(url: str, login: DeviceLogin) -> AsyncIterator[None]:
    """Connect a device from another process and stop that process."""
    command = [sys.executable, "-m", "tests.fault.frozen_device", url, login.token, login.device_id]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=subprocess.PIPE)
    assert process.stdout
    try:
        assert await asyncio.wait_for(process.stdout.readline(), 20) == b"connected\n"
        process.send_signal(signal.SIGSTOP)
        await until(lambda: _state(process.pid) == "T")
        yield
    finally:
        process.kill()
        await process.wait()


def _state(pid: int) -> str:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0]
