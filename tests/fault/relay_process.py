"""The relay as a process: started, killed, stopped, frozen, started again on the same port."""

import asyncio
import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
LAUNCHER = [sys.executable, "-m", "tests.fault.launcher"]
COMMAND = [str(Path(sys.executable).with_name("hitl-relay")), "serve"]

UNLIMITED = "asks=0, credential=0, agent=0, account=0, address=0, sockets=0"

START_WITHIN_S = 20
"""A second on an idle machine."""


class RelayProcess:
    """One relay, through all its lives: they share settings, port and log file."""

    def __init__(
        self, folder: Path, settings: Mapping[str, str], *, fault: Mapping[str, Any] | None = None, port: int = 0
    ) -> None:
        self._command = COMMAND if fault is None else LAUNCHER
        self._log = folder / "relay.log"
        # Of this process's environment only what a program needs, so that nobody's own HITL_ settings get in.
        needed = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        common = {"HITL_HOST": "127.0.0.1", "HITL_LOG_FORM": "json", "HITL_LIMITS": UNLIMITED}
        self._environ = {**needed, **common, **settings}
        self._environ["FAULT"] = json.dumps(fault or {})
        self._process: asyncio.subprocess.Process | None = None
        self.port = port
        self.lives = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        assert self._process
        return self._process.pid

    @property
    def is_running(self) -> bool:
        return self._process is not None and self._process.returncode is None

    async def start(self) -> None:
        """Return when it listens; a life after the first listens where the first did."""
        with self._log.open("ab") as log:
            self._process = await asyncio.create_subprocess_exec(
                *self._command,
                cwd=ROOT,
                env={**self._environ, "HITL_PORT": str(self.port)},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
            )
        assert self._process.stdout
        async with asyncio.timeout(START_WITHIN_S):
            said = (await self._process.stdout.readline()).decode()
        found = re.search(r"listening on http://localhost:(\d+)", said)
        assert found, f"the relay did not start: {self._log.read_text()[-3000:]}"
        self.port = int(found[1])
        self.lives += 1

    async def ended(self, within_s: float = 20) -> int:
        """Wait until it is no more; return its exit code, negative for a signal."""
        assert self._process
        async with asyncio.timeout(within_s):
            return await self._process.wait()

    def signal(self, number: signal.Signals) -> None:
        assert self._process
        self._process.send_signal(number)

    async def kill(self) -> None:
        if self.is_running:
            self.signal(signal.SIGKILL)
            await self.ended()

    def errors(self) -> list[str]:
        """Return what it logged as an error: a fault from outside is expected and must be no surprise to it."""
        lines = self._log.read_text().splitlines()
        events = [json.loads(line) for line in lines if line.startswith("{")]
        strange = [line for line in lines if not line.startswith("{")]
        return strange + [str(event) for event in events if event["level"] == "error"]

    def events(self, name: str) -> int:
        return self.events_with(name)

    def events_with(self, name: str, **facts: object) -> int:
        """Count the log events of this name with these fields."""
        lines = self._log.read_text().splitlines()
        events = [json.loads(line) for line in lines if f'"event": "{name}"' in line]
        return sum(all(event.get(fact) == value for fact, value in facts.items()) for event in events)


@asynccontextmanager
async def relay_process(
    folder: Path, settings: Mapping[str, str], *, fault: Mapping[str, Any] | None = None, port: int = 0
) -> AsyncIterator[RelayProcess]:
    relay = RelayProcess(folder, settings, fault=fault, port=port)
    try:
        await relay.start()
        yield relay
    finally:
        await relay.kill()
