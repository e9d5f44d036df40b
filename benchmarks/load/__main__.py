"""Read a job from standard input, do it, print the result."""

import asyncio
import gc
import json
import sys
from typing import Any

import uvloop

from benchmarks.load import idle, pushes
from benchmarks.load.posts import Posts
from benchmarks.load.round_trips import RoundTrips

LIMIT_S = 300.0
"""No job may take longer, whatever the server does."""


async def do(job: dict[str, Any]) -> dict[str, Any]:
    async with asyncio.timeout(LIMIT_S):
        match job["kind"]:
            case "round_trips":
                return await RoundTrips(job).run()
            case "posts":
                return await Posts(job).run()
            case "pushes":
                return await pushes.run(job)
            case "idle":
                return await idle.run(job)
            case kind:
                raise ValueError(f"no such load: {kind}")


if __name__ == "__main__":
    gc.set_threshold(100_000, 50, 50)  # its pauses would count as the server's
    print(json.dumps(uvloop.run(do(json.load(sys.stdin)))))
