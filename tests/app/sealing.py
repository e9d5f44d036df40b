"""What the tests about sealed requests share. The relay looks at a ciphertext's form only, so most need no keys."""

import base64
import json
from typing import Any

from tests.app.conftest import Party

ASK = "/api/v1/hitl/request/e2ee"


def a_box(mark: int = 0) -> str:
    """Return what looks like a version 1 box."""
    return base64.b64encode(bytes([mark]) * 60).decode()


def an_envelope(mark: int = 0) -> str:
    """Return what looks like an envelope of version 2."""
    key = base64.b64encode(bytes(32)).decode()
    return json.dumps({"c": a_box(mark), "h": "QUJD", "v": 2, "w": {key: a_box()}}, separators=(",", ":"))


async def seal(agent: Party, payload: str = "", **more: Any) -> dict[str, Any]:
    """Ask sealed and without waiting; return the reply of a request that is pending."""
    reply = await agent.post(ASK, {"encrypted_payload": payload or a_box(), "wait": 0, **more})
    body: dict[str, Any] = await reply.json()
    assert reply.status == 202, body
    return body
