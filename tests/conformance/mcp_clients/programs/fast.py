"""FastMCP's client asks a human. Arguments: URL, key."""

import asyncio
import json
import os
import sys

from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

TRIES = 120
"""As the program around an agent would: a connection that broke is made again, and the question is the same one."""

ASK = {"prompt": os.environ.get("PROMPT", "Deploy?"), "choices": ["Yes", "No"]}


async def main(url: str, key: str) -> None:
    found: dict = {"progress": [], "calls": 0}

    async def note(done: float, total: float | None, message: str | None) -> None:
        if not found["progress"]:
            print(json.dumps({"waiting": message}), flush=True)
        found["progress"].append(done)

    async def converse() -> None:
        transport = StreamableHttpTransport(url, headers={"Authorization": f"Bearer {key}"})
        async with Client(transport) as client:
            found["tools"] = sorted(tool.name for tool in await client.list_tools())
            if not found["progress"]:
                await client.call_tool("notify_human", {"message": "Asking."})
            found["calls"] += 1
            answer = await client.call_tool("request_human_input", ASK, progress_handler=note)
            while answer.structured_content["status"] == "pending":
                again = {"request_id": answer.structured_content["request_id"]}
                found["calls"] += 1
                answer = await client.call_tool("get_human_response", again, progress_handler=note)
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


asyncio.run(main(*sys.argv[1:3]))
