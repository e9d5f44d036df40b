"""Speak to `mcp-remote` over its standard input and output, as a desktop client does.

Arguments: its path, URL, key. Without a key it gets in by OAuth.
"""

import json
import os
import subprocess
import sys

ASK = {"prompt": os.environ.get("PROMPT", "Deploy?"), "choices": ["Yes", "No"]}
command, url, *keys = sys.argv[1:4]
arguments = [command, url, "--allow-http"]
for key in keys:
    arguments += ["--header", f"Authorization:Bearer {key}"]
child = subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1)
progress = []


def send(message: dict) -> None:
    child.stdin.write(json.dumps({"jsonrpc": "2.0", **message}) + "\n")


def call(id: int, method: str, params: dict) -> dict:
    send({"id": id, "method": method, "params": params})
    while line := child.stdout.readline():
        message = json.loads(line)
        if message.get("method") == "notifications/progress":
            if not progress:
                print(json.dumps({"waiting": message["params"]["message"]}), flush=True)
            progress.append(message["params"]["progress"])
        if message.get("id") == id:
            return message["result"]
    raise SystemExit("mcp-remote ended")


client = {"name": "conformance", "version": "1"}
call(1, "initialize", {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": client})
send({"method": "notifications/initialized"})
tools = sorted(tool["name"] for tool in call(2, "tools/list", {})["tools"])
call(3, "tools/call", {"name": "notify_human", "arguments": {"message": "Asking."}})
params = {"name": "request_human_input", "arguments": ASK, "_meta": {"progressToken": 4}}
answer, number = call(4, "tools/call", params), 4
while answer["structuredContent"]["status"] == "pending":
    number += 1
    again = {"request_id": answer["structuredContent"]["request_id"]}
    params = {"name": "get_human_response", "arguments": again, "_meta": {"progressToken": number}}
    answer = call(number, "tools/call", params)
print(json.dumps({"tools": tools, "text": answer["content"][0]["text"], "progress": progress, "calls": number - 3}))
child.terminate()
child.wait()
