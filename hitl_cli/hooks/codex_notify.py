"""Codex' `notify` program: tell the human that a turn is complete.

In `~/.codex/config.toml`:

    notify = ["hitl-codex-notify"]
"""

import json
import sys
from collections.abc import Sequence
from typing import Any, Final

from hitl_cli.errors import ExitCode
from hitl_cli.hooks.talking import give_up, run, shortened, told

NAME: Final = "hitl-codex-notify"


def main() -> None:
    run(told(message_of(_event(sys.argv[1:]))), NAME)


def message_of(event: dict[str, Any]) -> str:
    """Say what happened, in the words of the turn where Codex gave them."""
    kind = event.get("type")
    if kind != "agent-turn-complete":
        return f"Codex: {shortened(str(kind or 'something happened'), 200)}"
    asked = event.get("input-messages")
    task = " ".join(map(str, asked)) if isinstance(asked, list) else ""
    parts = ["Codex has finished a turn.", shortened(str(event.get("last-assistant-message") or ""))]
    if task:
        parts.append(f"You had asked: {shortened(task, 500)}")
    if event.get("cwd"):
        parts.append(f"In {event['cwd']}")
    return "\n\n".join(part for part in parts if part)


def _event(arguments: Sequence[str]) -> dict[str, Any]:
    if len(arguments) != 1:
        print(f"usage: {NAME} <event as JSON>, as Codex calls it", file=sys.stderr)  # noqa: T201 - how a hook speaks
        raise SystemExit(ExitCode.USAGE)
    try:
        event = json.loads(arguments[0])
    except ValueError:
        give_up(NAME, "Codex sends an event as JSON; this is none")
    return event if isinstance(event, dict) else {}
