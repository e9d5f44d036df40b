"""W2: what a connected device and a waiting agent cost while nothing happens."""

import asyncio
import time
from typing import Any

from benchmarks.load import connect, content
from benchmarks.load.wire import DeviceSocket, HttpConnection, mcp_post, post
from benchmarks.proc import Reading, private_kb, spent

ASK_TOOL, TELL_TOOL = "request_human_input", "notify_human"

QUIET_SHARE = 0.05
SETTLE_S = 30.0
AFTERMATH_S = 65.0
"""The relay seals its log every ten seconds, and once a minute writes when each credential was used last: that work
belongs to the connecting, not to being idle."""


async def run(job: dict[str, Any]) -> dict[str, Any]:
    """Connect up to each level in turn; read memory and idle CPU there."""
    if job["what"] == "mcp":
        await first_call(job)
    await quiet(job)
    empty_kb, held, levels = private_kb(job["server"]), [], []
    for level in job["levels"]:
        before = Reading.take(job["server"], job["postgres"])
        start, began = len(held), time.perf_counter()
        held += await hold(job, start, level)
        took_s = time.perf_counter() - began
        after = Reading.take(job["server"], job["postgres"])
        await quiet(job)
        memory_kb = private_kb(job["server"])
        if level == job["levels"][-1]:
            await asyncio.sleep(AFTERMATH_S)
        resting = Reading.take(job["server"], job["postgres"])
        await asyncio.sleep(job["seconds"])
        idle = spent(resting, Reading.take(job["server"], job["postgres"]))
        levels.append(
            {
                "level": level,
                "kb": (memory_kb - empty_kb) / level,
                "connects": (level - start) / took_s,
                "connecting": spent(before, after),
                "idle": idle,
                "lost": sum(connection.transport.is_closing() for connection in held),
            }
        )
    return {"levels": levels, "empty_kb": empty_kb}


async def hold(job: dict[str, Any], start: int, end: int) -> list[DeviceSocket] | list[HttpConnection]:
    if job["what"] == "devices":
        return await connect.devices(job, job["devices"][start:end], lambda *_: None)
    gate = asyncio.Semaphore(connect.AT_ONCE)

    async def ask(given: dict[str, str]) -> HttpConnection:
        async with gate:
            connection = await connect.agent(job, lambda *_: None)
            connection.send(asking(job, given["key"]))
        return connection

    return await asyncio.gather(*(ask(given) for given in job["agents"][start:end]))


async def first_call(job: dict[str, Any]) -> None:
    """Have the server load what it loads for its first MCP client: it is not what a waiting call keeps."""
    told: asyncio.Future[int] = asyncio.get_running_loop().create_future()
    connection = await connect.agent(job, lambda status, _: told.set_result(status))
    message = content.tool_call(TELL_TOOL, content.message())
    connection.send(mcp_post(TELL_TOOL, job["agents"][0]["key"], message))
    await told
    connection.transport.close()


def asking(job: dict[str, Any], key: str) -> bytes:
    asked = content.question()[0]
    if job["what"] == "mcp":
        return mcp_post(ASK_TOOL, key, content.tool_call(ASK_TOOL, asked))
    return post("/api/v1/hitl/request", key, asked)


async def quiet(job: dict[str, Any]) -> None:
    """Wait until the server has done what connecting left it to do."""
    end = time.perf_counter() + SETTLE_S
    while time.perf_counter() < end:
        before = Reading.take(job["server"], job["postgres"])
        await asyncio.sleep(0.5)
        used = spent(before, Reading.take(job["server"], job["postgres"]))
        if used["server_s"] + used["postgres_s"] < QUIET_SHARE * used["seconds"]:
            return
