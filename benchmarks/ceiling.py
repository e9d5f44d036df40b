"""The machine's durable-commit ceiling: INSERT 1 kB, then UPDATE, group-committed, without HTTP, sockets or rules.

The reference (a) of the tables: no relay that commits before it answers can do more than this on the same disk and
the same PostgreSQL. Reads its job from standard input, prints its result.
"""

import asyncio
import json
import os
import sys
import time
from typing import Any

import asyncpg
import uvloop

from benchmarks.commit import GroupCommit
from benchmarks.proc import Reading, spent
from benchmarks.toy import uuid7

SCHEMA = """
CREATE TABLE IF NOT EXISTS ceiling (
  id uuid PRIMARY KEY, body bytea NOT NULL, answer text, created_at timestamptz NOT NULL DEFAULT now())
"""
INSERT = "INSERT INTO ceiling (id, body) SELECT * FROM unnest($1::uuid[], $2::bytea[]) RETURNING id"
UPDATE = """
UPDATE ceiling c SET answer = a.answer FROM unnest($1::uuid[], $2::text[]) a (id, answer)
WHERE c.id = a.id AND c.answer IS NULL RETURNING c.id
"""
WRITERS = 64
"""As many as W1 has agents."""


async def measure(job: dict[str, Any]) -> dict[str, float]:
    connection = await asyncpg.connect(job["dsn"])
    await connection.execute(SCHEMA)
    await connection.close()
    inserts, updates = GroupCommit(job["dsn"], INSERT), GroupCommit(job["dsn"], UPDATE)
    flushers = [asyncio.create_task(flusher.run()) for flusher in (inserts, updates)]
    end = time.perf_counter() + job["warm_up_s"] + job["seconds"]
    written = 0

    async def write() -> None:
        nonlocal written
        body = os.urandom(1000)
        while time.perf_counter() < end:
            row = uuid7()
            await inserts.put(row, body)
            assert await updates.put(row, "yes")
            written += 1

    writers = [asyncio.create_task(write()) for _ in range(WRITERS)]
    await asyncio.sleep(job["warm_up_s"])
    before, written_before = Reading.take(0, job["postgres"]), written
    await asyncio.wait(writers)
    after = Reading.take(0, job["postgres"])
    for task in flushers:
        task.cancel()
    used = spent(before, after)
    # It is server and generator in one; all of it counts as the server.
    return used | {"server_s": used["generator_s"], "generator_s": 0.0, "operations": written - written_before}


if __name__ == "__main__":
    print(json.dumps(uvloop.run(measure(json.load(sys.stdin)))))
