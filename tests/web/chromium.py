"""The machine's own Chromium as a process that speaks the DevTools protocol, for tests, pictures and measurements."""

import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")

STARTS_WITHIN_S: Final = 60
"""A busy machine takes a while."""

FLAGS: Final = (
    "--headless=new",
    "--no-sandbox",
    "--no-first-run",
    "--disable-dev-shm-usage",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--password-store=basic",
    # Tests have several pages at once, of which one is in front.
    "--disable-backgrounding-occluded-windows",
    "--disable-background-timer-throttling",
    "--disable-renderer-backgrounding",
    "--remote-debugging-port=0",
)


@contextmanager
def running_chromium(folder: Path) -> Iterator[str]:
    """Start Chromium with its profile in `folder`; give its DevTools address."""
    if CHROMIUM is None:
        raise FileNotFoundError("there is no Chromium on the path")
    command = [CHROMIUM, *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:  # noqa: S603 - the machine's own browser
        try:
            yield f"http://127.0.0.1:{_port(process, folder / 'DevToolsActivePort')}"
        finally:
            process.terminate()
            process.wait(STARTS_WITHIN_S)


def _port(process: "subprocess.Popen[bytes]", told: Path) -> int:
    """Return the port Chromium chose, which it writes to a file when it listens."""
    until = time.monotonic() + STARTS_WITHIN_S
    while time.monotonic() < until and process.poll() is None:
        if told.is_file() and (lines := told.read_text(encoding="ascii").splitlines()):
            return int(lines[0])
        time.sleep(0.05)
    raise TimeoutError("Chromium did not start")
