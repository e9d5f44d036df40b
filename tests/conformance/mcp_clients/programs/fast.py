"""FastMCP's client asks a human. Arguments: URL, key."""

import asyncio
import json
import sys

from fastmcp import Client
from fastmcp.client.transports import StreamableHttpTransport

ASK = {"prompt": "Deploy?", "choices": ["Yes", "No"]}


async def main(url: str, key: str) -> None:
    progress = []

    async def note(done: float, total: float | None, message: str | None) -> None:
        if not progress:
            print(json.dumps({"waiting": message}), flush=True)
        progress.append(done)

    transport = StreamableHttpTransport(url, headers={"Authorization": f"Bearer {key}"})
    async with Client(transport) as client:
        names = sorted(tool.name for tool in await client.list_tools())
        await client.call_tool("notify_human", {"message": "Asking."})
        answer = await client.call_tool("request_human_input", ASK, progress_handler=note)
        while answer.structured_content["status"] == "pending":
            again = {"request_id": answer.structured_content["request_id"]}
            answer = await client.call_tool("get_human_response", again, progress_handler=note)
    print(json.dumps({"tools": names, "text": answer.content[0].text, "progress": progress}))


asyncio.run(main(*sys.argv[1:3]))
