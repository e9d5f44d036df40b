"""The servers under load: processes of their own, on loopback, with the people and agents the load needs."""

import asyncio
import json
import os
import signal
import socket
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

START_S = 30.0
STOP_S = 15.0
JOB_S = 330.0
LOOK_EVERY_S = 0.01


@dataclass(slots=True)
class People:
    """Callers and devices, users in order: those of the first user come first."""

    agents: list[dict[str, str]] = field(default_factory=list)
    devices: list[dict[str, str]] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Server:
    name: str
    port: int
    pid: int
    dsn: str


@asynccontextmanager
async def toy(dsn: str) -> AsyncIterator[Server]:
    async with process([sys.executable, "-m", "benchmarks.toy", dsn], stdout=PIPE) as started:
        assert started.stdout
        async with asyncio.timeout(START_S):
            port = int(await started.stdout.readline())
        yield Server("toy", port, started.pid, dsn)


@asynccontextmanager
async def mcp_sdk() -> AsyncIterator[Server]:
    """Run the MCP SDK's own server until the block ends."""
    async with process([sys.executable, "-m", "benchmarks.mcp_sdk"], stdout=PIPE) as started:
        assert started.stdout
        async with asyncio.timeout(START_S):
            port = int(await started.stdout.readline())
            while not await listens(port):  # noqa: ASYNC110 - a port gives no event
                await asyncio.sleep(LOOK_EVERY_S)
        yield Server("sdk", port, started.pid, "")


async def listens(port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


@asynccontextmanager
async def relay(environ: Mapping[str, str]) -> AsyncIterator[Server]:
    """Run a relay until the block ends; `environ` says on which database."""
    port = free_port()
    async with serving(port, environ) as started:
        await ready(port, started)
        yield Server("relay", port, started.pid, environ.get("HITL_DATABASE_URL", ""))


def serving(
    port: int, environ: Mapping[str, str], *, stdout: int = DEVNULL
) -> AbstractAsyncContextManager[Process, bool | None]:
    """Start `hitl-relay serve` without waiting for it."""
    settings = {
        "HITL_HOST": "127.0.0.1",
        "HITL_PORT": str(port),
        "HITL_LOG_LEVEL": "warning",
        # Counted like everybody's, but never reached: one agent here makes the calls of thousands.
        "HITL_LIMITS": ", ".join(
            f"{name}={10**9 - 1}" for name in ("asks", "credential", "agent", "account", "sockets")
        ),
        **environ,
    }
    command = [str(Path(sys.executable).with_name("hitl-relay")), "serve"]
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("HITL_")}
    return process(command, env=inherited | settings, stdout=stdout)


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


async def ready(port: int, started: Process) -> None:
    async with asyncio.timeout(START_S):
        while not await answers(port):
            if started.returncode is not None:
                raise RuntimeError("the relay ended while it started; its message is above")
            await asyncio.sleep(LOOK_EVERY_S)


async def answers(port: int) -> bool:
    try:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.write(b"GET /readyz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    status = await reader.readline()
    writer.close()
    return b" 200 " in status


def toy_people(users: int, agents_each: int, devices_each: int) -> People:
    """Return who the toy believes: the credential is the number of the user."""
    return People(
        agents=[{"key": str(user)} for user in range(users) for _ in range(agents_each)],
        devices=[{"token": str(user)} for user in range(users) for _ in range(devices_each)],
    )


@asynccontextmanager
async def process(
    command: Sequence[str], *, env: Mapping[str, str] | None = None, stdout: int = DEVNULL
) -> AsyncIterator[Process]:
    """Run a program until the block ends; then ask it to stop, then make it."""
    started = await asyncio.create_subprocess_exec(*command, stdout=stdout, env=dict(env or os.environ))
    try:
        yield started
    finally:
        if started.returncode is None:
            started.send_signal(signal.SIGTERM)
        try:
            async with asyncio.timeout(STOP_S):
                await started.wait()
        except TimeoutError:
            started.kill()
            await started.wait()


async def job(module: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Run one measuring process to its end and return what it printed."""
    async with process_for_job(module) as started:
        async with asyncio.timeout(JOB_S):
            printed, _ = await started.communicate(json.dumps(given).encode())
        if started.returncode:
            raise RuntimeError(f"{module} failed; its message is above")
        result: dict[str, Any] = json.loads(printed)
        return result


@asynccontextmanager
async def process_for_job(module: str) -> AsyncIterator[Process]:
    started = await asyncio.create_subprocess_exec(sys.executable, "-m", module, stdin=PIPE, stdout=PIPE)
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
            await started.wait()
