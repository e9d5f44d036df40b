"""The Python SDK 2.x asks a human. Arguments: URL, key, and `auto` or `legacy`."""

import asyncio
import json
import sys

import httpx2
from mcp.client import Client
from mcp.client.streamable_http import streamable_http_client

ASK = {"prompt": "Deploy?", "choices": ["Yes", "No"]}


async def main(url: str, key: str, mode: str) -> None:
    progress = []

    async def note(done: float, total: float | None, message: str | None) -> None:
        if not progress:
            print(json.dumps({"waiting": message}), flush=True)
        progress.append(done)

    headers = {"Authorization": f"Bearer {key}"}
    async with httpx2.AsyncClient(headers=headers, timeout=httpx2.Timeout(30, read=300), trust_env=False) as http:
        async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
            names = sorted(tool.name for tool in (await client.list_tools()).tools)
            await client.call_tool("notify_human", {"message": "Asking."})
            answer = await client.call_tool("request_human_input", ASK, progress_callback=note)
            text = answer.content[0].text
            while answer.structured_content["status"] == "pending":
                again = {"request_id": answer.structured_content["request_id"]}
                answer = await client.call_tool("get_human_response", again, progress_callback=note)
                text = answer.content[0].text
    print(json.dumps({"tools": names, "text": text, "progress": progress}))


asyncio.run(main(*sys.argv[1:4]))
