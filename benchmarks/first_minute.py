"""Time what a new user waits: from `make run` in a fresh copy of this tree to their first answered test request.

    python -m benchmarks.first_minute        (or `make first-minute`)

The copy has no virtual environment, no node_modules and no built app; package caches of the machine are used as they
are. Chromium walks the way a person would, as fast as the pages let it.
"""

import asyncio
import contextlib
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Final

from aiohttp.test_utils import unused_port
from playwright.async_api import async_playwright

from tests.web.chromium import running_chromium
from tests.web.walks import first_minute

ROOT: Final = Path(__file__).parents[1]
SETUP_LINK: Final = re.compile(r"http://\S+/setup\?code=\S+")
GIVES_UP_S: Final = 600
GOAL_S: Final = 60
GOAL_CLICKS: Final = 4


async def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        copy, profile = Path(folder, "copy"), Path(folder, "profile")
        _copy(copy)
        began = time.monotonic()
        async with _running(copy, Path(folder, "data")) as link, asyncio.timeout(GIVES_UP_S):
            ready = time.monotonic()
            with running_chromium(profile) as address:
                opened = time.monotonic()
                async with async_playwright() as playwright:
                    browser = await playwright.chromium.connect_over_cdp(address)
                    clicks = await first_minute(await browser.new_page(), link)
                    answered = time.monotonic()
                    await browser.close()
    # The person's browser is open already: its start is not theirs to wait for.
    rows = {"make run until the link": ready - began, "link until answered": answered - opened}
    total = sum(rows.values())
    for what, seconds in {**rows, "together": total}.items():
        print(f"{what:<26}{seconds:7.1f} s")
    print(f"{'clicks':<26}{clicks:5}")
    return int(total > GOAL_S or clicks > GOAL_CLICKS)


def _copy(copy: Path) -> None:
    """Take what is committed, as a clone would."""
    git = shutil.which("git") or "git"
    copy.mkdir()
    copy.parent.chmod(0o755)  # PostgreSQL runs as somebody else where this runs as root
    archive = subprocess.run([git, "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True)  # noqa: S603
    subprocess.run(["/bin/tar", "-x"], cwd=copy, input=archive.stdout, check=True)


@contextlib.asynccontextmanager
async def _running(copy: Path, data: Path) -> AsyncIterator[str]:
    """Run `make run` until the block ends; give the link it prints."""
    environ = {name: value for name, value in os.environ.items() if not name.startswith("HITL_")}
    environ |= {"HITL_PORT": str(unused_port()), "HITL_DATA_DIR": str(data), "PYTHON": sys.executable}
    process = await asyncio.create_subprocess_exec(
        "make", "run", cwd=copy, env=environ, stdout=asyncio.subprocess.PIPE, start_new_session=True
    )
    try:
        async with asyncio.timeout(GIVES_UP_S):
            yield await _link(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGTERM)
        await process.wait()


async def _link(process: asyncio.subprocess.Process) -> str:
    assert process.stdout is not None
    async for line in process.stdout:
        if found := SETUP_LINK.search(line.decode()):
            return found[0]
    raise SystemExit("`make run` ended without a setup link.")


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
