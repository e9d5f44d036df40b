"""The end of a Claude Code transcript: what was asked last, and what the agent said to it.

A transcript is a file of JSON lines that only Claude Code defines; whatever is not understood is passed over.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

TAIL: Final = 512 * 1024
"""Bytes read from the end: a turn with large tool results, and not a whole day's file."""


def last_turn(path: Path) -> tuple[str, str]:
    """Return the last words of the user and of the agent; empty where there are none."""
    said = {"user": "", "assistant": ""}
    for entry in _entries(path):
        kind = entry.get("type")
        if kind in said and (text := _text(entry.get("message"))):
            said[kind] = text
    return said["user"], said["assistant"]


def _entries(path: Path) -> Iterator[dict[str, Any]]:
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - TAIL))
        for line in file.read().splitlines():
            try:
                entry = json.loads(line)
            except ValueError:
                continue  # the first line may be cut
            if isinstance(entry, dict):
                yield entry


def _text(message: Any) -> str:
    """Return what was said in words: tool calls and their results are no words."""
    content = message.get("content") if isinstance(message, dict) else None
    if isinstance(content, str):
        return content.strip()
    blocks = content if isinstance(content, list) else []
    words = [str(block.get("text", "")) for block in blocks if isinstance(block, dict) and block.get("type") == "text"]
    return "\n".join(words).strip()
