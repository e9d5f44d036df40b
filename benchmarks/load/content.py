"""What the agents ask: 201 bytes of prompt and three choices, different every time.

Every prompt differs, or the relay would re-attach an agent to its earlier question instead of asking a new one; the
first choice carries the same number, so that an answer given to another question is noticed.
"""

import itertools
import json
import os
from typing import Any

PROMPT_BYTES = 201
MCP_VERSION = "2026-07-28"
HANDSHAKE_VERSION = "2025-11-25"

_numbers = itertools.count(1)
_run = os.urandom(4).hex()
"""Two generators must not ask the same either."""


def question(**more: Any) -> tuple[bytes, bytes]:
    """Return a body and the answer the device will give."""
    mark = f"{_run}-{next(_numbers):08}"
    prompt = f"Shall the release {mark} go out? ".ljust(PROMPT_BYTES, ".")
    body = {"prompt": prompt, "choices": [f"Yes {mark}", "No", "Later"]} | more
    return json.dumps(body, separators=(",", ":")).encode(), f"Yes {mark}".encode()


def message() -> bytes:
    mark = f"{_run}-{next(_numbers):08}"
    return json.dumps({"message": f"The release {mark} is out. ".ljust(PROMPT_BYTES, ".")}).encode()


def tool_call(name: str, arguments: bytes) -> bytes:
    """Return a call of an MCP tool as a client of 2026-07-28 sends it: every call says all there is to know."""
    envelope = {
        "io.modelcontextprotocol/protocolVersion": MCP_VERSION,
        "io.modelcontextprotocol/clientCapabilities": {},
        "io.modelcontextprotocol/clientInfo": {"name": "mcp", "version": "1"},
    }
    return _rpc("tools/call", {"name": name, "arguments": json.loads(arguments), "_meta": envelope})


def initialize() -> bytes:
    """Return how a client before 2026-07-28 begins: what it says of itself here it need not say again."""
    client = {"name": "mcp", "version": "1"}
    return _rpc("initialize", {"protocolVersion": HANDSHAKE_VERSION, "capabilities": {}, "clientInfo": client})


def handshake_call(name: str, arguments: bytes) -> bytes:
    """Return a call of an MCP tool after a handshake."""
    return _rpc("tools/call", {"name": name, "arguments": json.loads(arguments)})


def _rpc(method: str, params: dict[str, Any]) -> bytes:
    return json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params}).encode()


def answer(text: bytes) -> bytes | None:
    """Return a device's reply to a frame, choosing the first option of a question."""
    if b'"request.created"' not in text:
        return None
    card = json.loads(text)["request"]
    return json.dumps(
        {
            "t": "answer",
            "request_id": card["id"],
            # An answer's id is the device's to choose; the request's own will do as nobody answers twice.
            "answer_id": card["id"],
            "answer": card["form"]["options"][0],
        }
    ).encode()
