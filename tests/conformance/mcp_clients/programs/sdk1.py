"""The Python SDK 1.x asks a human. Arguments: URL, key."""

import asyncio
import json
import os
import sys

from mcp import ClientSession
from mcp.client.streamable_http import streamablehttp_client

ASK = {"prompt": os.environ.get("PROMPT", "Deploy?"), "choices": ["Yes", "No"]}


async def main(url: str, key: str) -> None:
    progress: list[float] = []
    calls = 0

    async def note(done: float, total: float | None, message: str | None) -> None:
        if not progress:
            print(json.dumps({"waiting": message}), flush=True)
        progress.append(done)

    headers = {"Authorization": f"Bearer {key}"}
    async with streamablehttp_client(url, headers=headers) as (read, write, _), ClientSession(read, write) as client:
        await client.initialize()
        names = sorted(tool.name for tool in (await client.list_tools()).tools)
        await client.call_tool("notify_human", {"message": "Asking."})
        calls += 1
        answer = await client.call_tool("request_human_input", ASK, progress_callback=note)
        while answer.structuredContent["status"] == "pending":
            again = {"request_id": answer.structuredContent["request_id"]}
            calls += 1
            answer = await client.call_tool("get_human_response", again, progress_callback=note)
    print(json.dumps({"tools": names, "text": answer.content[0].text, "progress": progress, "calls": calls}))


asyncio.run(main(*sys.argv[1:3]))
