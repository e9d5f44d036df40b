"""A relay's life in small: start a private PostgreSQL, say so, and wait to be told to stop, or to be killed.

    owner.py <root> <binaries, or nothing> <user id to become, or nothing>

Prints one JSON object: {"pid", "server", "url"}, or {"error"}. Ends when its standard input does.
"""

import asyncio
import concurrent.futures.thread
import json
import os
import sys
from pathlib import Path

import asyncpg

from hitl_relay.postgres import PostgresError, PrivatePostgres


async def own(root: Path, binaries: Path | None) -> dict[str, object]:
    postgres = PrivatePostgres(root, binaries=binaries)
    try:
        await postgres.start()
    except PostgresError as error:
        return {"error": str(error)}
    say({"pid": os.getpid(), "server": postgres.pid, "url": postgres.url})
    connection = await asyncpg.connect(postgres.url)
    answer = await connection.fetchval("SELECT 42")
    await connection.close()
    await asyncio.to_thread(sys.stdin.read)
    await postgres.stop()
    return {"answer": answer}


def say(fact: dict[str, object]) -> None:
    print(json.dumps(fact), flush=True)  # noqa: T201 this is how it answers the test


if __name__ == "__main__":
    root, binaries, uid = (*sys.argv[1:], "", "")[:3]
    if uid:
        # Only now: this interpreter may live in a folder that user cannot enter, so all imports come first.
        assert concurrent.futures.thread
        os.setgroups([])
        os.setgid(int(uid))
        os.setuid(int(uid))
    say(asyncio.run(own(Path(root), Path(binaries) if binaries else None)))
