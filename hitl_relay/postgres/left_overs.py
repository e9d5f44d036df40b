"""Processes that an earlier owner of a data directory left behind.

They are known by where they stand, not by `postmaster.pid`: after a reboot the number in that file may belong to
anybody, and taking that process for a server, or killing it, are both wrong.
"""

import asyncio
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Final

from hitl_relay.postgres.errors import PostgresError
from relay.kernel.log import get_logger
from relay.kernel.loops import pause

log = get_logger(__name__)

STEPS: Final = ((signal.SIGINT, 30.0), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0))
"""Fast shutdown, immediate shutdown, the end; each with the seconds it may take. The first writes a checkpoint."""

LOOK_EVERY_S: Final = 0.05


async def end_left_overs(data: Path) -> None:
    """Return when no process of a server on `data` is left. Only the owner of the directory may call this."""
    left = await asyncio.to_thread(servers_on, data)
    if not left:
        return
    log.warning("postgres_left_over_found", processes=len(left))
    for sign, within_s in STEPS:
        await asyncio.to_thread(_signal, data, sign)
        if await _ended(data, within_s):
            return
    raise PostgresError(
        f"A PostgreSQL that an earlier relay left behind on {data} cannot be stopped. End its processes by hand."
    )


def servers_on(data: Path) -> list[int]:
    """Return the living processes of a server on `data`."""
    if sys.platform != "linux":
        return _started_with(data)
    return _standing_in(data)


async def _ended(data: Path, within_s: float) -> bool:
    try:
        async with asyncio.timeout(within_s):
            while await asyncio.to_thread(servers_on, data):
                await pause(LOOK_EVERY_S)
    except TimeoutError:
        return False
    return True


def _signal(data: Path, sign: signal.Signals) -> None:
    """Signal the main process while there is one; backends without it take SIGINT for `cancel the query`."""
    left = servers_on(data)
    main = _main_process(data)
    for pid in [main] if main in left and sign is signal.SIGINT else left:
        try:
            os.kill(pid, sign)
        except ProcessLookupError:
            continue


def _main_process(data: Path) -> int:
    try:
        return int((data / "postmaster.pid").read_text().split("\n", 1)[0])
    except (OSError, ValueError):
        return 0


def _standing_in(data: Path) -> list[int]:
    """Every process of a server has the data directory as its working directory and `postgres` as its name.

    The name spares a shell somebody left standing there. A zombie has ended, even if nobody collects it.
    """
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if (process / "cwd").readlink() != data:
                continue
            name, state = (process / "stat").read_text().split("(", 1)[1].rsplit(") ", 1)
        except OSError:
            continue  # it ended meanwhile, or is somebody else's
        if name == "postgres" and not state.startswith("Z"):
            found.append(int(process.name))
    return found


def _started_with(data: Path) -> list[int]:
    """Without /proc only the main process is known, by its arguments; the others end by themselves once it is gone."""
    listed = subprocess.run(
        ["/bin/ps", "-A", "-ww", "-o", "pid=,stat=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = (line.split(None, 2) for line in listed.splitlines())
    return [int(row[0]) for row in rows if len(row) == 3 and row[1][0] != "Z" and f"/postgres -D {data} " in row[2]]
