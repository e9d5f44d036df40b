"""The Python SDK 2.x asks a human. Arguments: URL, key, and `auto` or `legacy`."""

import asyncio
import json
import os
import sys

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

TRIES = 120
"""As the program around an agent would: a connection that broke is made again, and the question is the same one."""

ASK = {"prompt": os.environ.get("PROMPT", "Deploy?"), "choices": ["Yes", "No"]}


async def main(url: str, key: str, mode: str) -> None:
    found: dict = {"progress": [], "calls": 0}

    async def note(done: float, total: float | None, message: str | None) -> None:
        if not found["progress"]:
            print(json.dumps({"waiting": message}), flush=True)
        found["progress"].append(done)

    async def converse() -> None:
        headers = {"Authorization": f"Bearer {key}"}
        async with httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(30, read=300), trust_env=False) as http:
            async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
                found["tools"] = sorted(tool.name for tool in (await client.list_tools()).tools)
                if not found["progress"]:
                    await client.call_tool("notify_human", {"message": "Asking."})
                found["calls"] += 1
                answer = await client.call_tool("request_human_input", ASK, progress_callback=note)
                while answer.structured_content["status"] == "pending":
                    again = {"request_id": answer.structured_content["request_id"]}
                    found["calls"] += 1
                    answer = await client.call_tool("get_human_response", again, progress_callback=note)
                found["text"] = answer.content[0].text

    for left in reversed(range(TRIES)):
        try:
            await converse()
            break
        except Exception:
            if not left:
                raise
            await asyncio.sleep(1)
    print(json.dumps(found))


asyncio.run(main(*sys.argv[1:4]))
