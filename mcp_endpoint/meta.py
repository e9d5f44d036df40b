"""What the `_meta` of a message says beside its parameters."""

from typing import Final

from mcp_endpoint.jsonrpc import INVALID_REQUEST, MAX_ID, Message, Refused, RpcId

BATCH_VERSION: Final = "2025-03-26"
"""The one revision with batches; also what a client speaks that names none."""

CALL_IDS: Final = ("claudecode/toolUseId", "callId")
"""Where Claude Code and Codex put their name for one tool call."""

MAX_CALL_ID: Final = 200


def token_of(message: Message) -> RpcId | None:
    """Return the token under which the client wants progress, if it does."""
    token = _meta(message).get("progressToken")
    if isinstance(token, str | int) and not isinstance(token, bool) and len(str(token)) <= MAX_ID:
        return token
    return None


def call_id_of(message: Message) -> str | None:
    """Return what the client's program calls this tool call; the same name again is the same call."""
    for name in CALL_IDS:
        value = _meta(message).get(name)
        if isinstance(value, str) and 0 < len(value) <= MAX_CALL_ID:
            return f"{name}:{value}"
    return None


def check_batch(version: str | None) -> None:
    """Refuse an array from a client that speaks a revision without batches."""
    if version not in {None, BATCH_VERSION}:
        raise Refused(INVALID_REQUEST, f"only protocol {BATCH_VERSION} has batches; send one message")


def _meta(message: Message) -> dict[str, object]:
    meta = (message.params or {}).get("_meta")
    return meta if isinstance(meta, dict) else {}
