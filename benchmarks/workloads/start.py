"""W7: from `hitl-relay serve` to the first question answered, and the memory of a relay that has nothing to do."""

import asyncio
import time
from asyncio.subprocess import PIPE
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import aiohttp

from benchmarks import proc, server
from benchmarks.bench import Bench
from benchmarks.cluster import scratch
from benchmarks.figures import at_most
from benchmarks.load import content
from benchmarks.report import Row

FIRST_GOAL_S, WARM_GOAL_S = 4.0, 1.5
RELAY_GOAL_MB, POSTGRES_GOAL_MB = 80, 20
REST_S = 33.0
"""Time for what starting left to do, and for idle connections to be closed, before memory is read."""


@dataclass(frozen=True, slots=True)
class Credentials:
    key: str
    token: str
    device_id: str


async def run(bench: Bench) -> list[Row]:
    first, warm, relay_mb, postgres_mb = list[float](), list[float](), list[float](), list[float]()
    for _ in range(bench.pace.runs):
        with scratch() as folder:
            took_s, credentials = await first_ever(folder)
            first.append(took_s)
            took_s, memory = await once_more(folder, credentials)
            warm.append(took_s)
            relay_mb.append(memory[0])
            postgres_mb.append(memory[1])
    return [
        at_most("W7", "relay: first start to first answer", first, "s", goal=FIRST_GOAL_S),
        at_most("W7", "relay: later start to first answer", warm, "s", goal=WARM_GOAL_S),
        at_most("W7", "relay: idle, private memory", relay_mb, "MB", goal=RELAY_GOAL_MB),
        at_most("W7", "its PostgreSQL: idle, shared memory counted once", postgres_mb, "MB", goal=POSTGRES_GOAL_MB),
    ]


async def first_ever(folder: Path) -> tuple[float, Credentials]:
    """Start in an empty folder, become the owner, make a key and a device, ask and answer."""
    port, begun = server.free_port(), time.perf_counter()
    async with server.serving(port, {"HITL_DATA_DIR": str(folder)}, stdout=PIPE) as started:
        assert started.stdout
        async with asyncio.timeout(server.START_S):
            code = await setup_code(started.stdout)
            credentials = await set_up(port, code)
            await ask_and_answer(port, credentials)
        return time.perf_counter() - begun, credentials


async def once_more(folder: Path, credentials: Credentials) -> tuple[float, tuple[float, float]]:
    """Start where a relay has been; return the seconds, and the idle memory of relay and PostgreSQL."""
    port, begun = server.free_port(), time.perf_counter()
    async with server.serving(port, {"HITL_DATA_DIR": str(folder)}) as started:
        await server.ready(port, started)
        await ask_and_answer(port, credentials)
        took_s = time.perf_counter() - begun
        await asyncio.sleep(REST_S)
        database = [pid for pid in proc.tree(started.pid) if proc.is_postgres(pid)]
        return took_s, (proc.private_kb(started.pid) / 1024, proc.memory_kb(database, "Pss") / 1024)


async def setup_code(printed: asyncio.StreamReader) -> str:
    while line := (await printed.readline()).decode():
        _, found, code = line.partition("/setup?code=")
        if found:
            return code.strip()
    raise RuntimeError("the relay ended before it printed a setup code")


async def set_up(port: int, code: str) -> Credentials:
    async with aiohttp.ClientSession(f"http://127.0.0.1:{port}", raise_for_status=True) as http:
        owner = {"code": code, "email": "owner@example.org", "name": "Owner", "password": "correct horse battery"}
        token = (await posted(http, "/api/v1/auth/setup", owner))["token"]
        http.headers["Authorization"] = f"Bearer {token}"
        key = await posted(http, "/api/v1/api-keys", {"description": "load", "agent_name": "Agent"})
        device = await posted(http, "/api/v1/mobile/devices", {"name": "Phone", "kind": "phone"})
        return Credentials(key["api_key"], token, device["device_id"])


async def posted(http: aiohttp.ClientSession, path: str, body: Mapping[str, str]) -> dict[str, str]:
    async with http.post(path, json=body) as reply:
        found: dict[str, str] = await reply.json()
        return found


async def ask_and_answer(port: int, who: Credentials) -> None:
    async with (
        aiohttp.ClientSession(f"http://127.0.0.1:{port}", raise_for_status=True) as http,
        http.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",)) as device,
    ):
        await device.send_json({"t": "hello", "token": who.token, "device_id": who.device_id, "cursor": None})
        await device.receive()
        body, answer = content.question()
        asking = asyncio.create_task(asked(http, who.key, body))
        async for frame in device:
            if reply := content.answer(frame.data.encode()):
                await device.send_str(reply.decode())
                break
        assert answer in await asking


async def asked(http: aiohttp.ClientSession, key: str, body: bytes) -> bytes:
    headers = {"X-API-Key": key, "Content-Type": "application/json"}
    async with http.post("/api/v1/hitl/request", data=body, headers=headers) as reply:
        return await reply.read()
