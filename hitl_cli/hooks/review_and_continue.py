"""Claude Code's Stop hook: show the human what was done, and go on with what they want next.

In `settings.json`:

    {"hooks": {"Stop": [{"hooks": [{"type": "command", "command": "hitl-hook-review-and-continue", "timeout": 960}]}]}}

The answer goes back as the reason not to stop yet. "All good", nothing at all, or no answer in time lets Claude stop.
"""

import json
import re
import sys
from pathlib import Path
from typing import Any, Final

from hitl_cli.errors import NoAnswer
from hitl_cli.hooks.talking import answered, give_up, run, shortened
from hitl_cli.hooks.transcript import last_turn

NAME: Final = "hitl-hook-review-and-continue"

CONTENT: Final = frozenset(
    {
        "all good",
        "looks good",
        "looks great",
        "good",
        "great",
        "great job",
        "good job",
        "ok",
        "okay",
        "ok great",
        "done",
        "stop",
        "thanks",
        "thank you",
        "thats it",
        "thats it for now",
        "thats all",
        "thats good",
        "thats great",
        "we are done",
        "perfect",
        "yes",
    }
)
"""What means "stop" when it is all that was said: "looks good, but …" is an instruction."""

PLACEHOLDER: Final = 'What next? "All good" lets it stop.'


def main() -> None:
    event = _event()
    path = event.get("transcript_path")
    asked, said = _turn(path) if isinstance(path, str) and path else ("", "")
    said = str(event.get("last_assistant_message") or said)
    if not said:
        return  # nothing was said, so there is nothing to review
    try:
        answer = str(run(answered(_summary(asked, said, str(event.get("cwd") or "")), PLACEHOLDER), NAME))
    except NoAnswer:
        return
    if not is_content(answer):
        print(json.dumps({"decision": "block", "reason": answer}, ensure_ascii=False))  # noqa: T201 - to Claude Code


def is_content(answer: str) -> bool:
    """Return whether the human wants nothing more."""
    words = " ".join(re.sub(r"[^\w\s]", "", answer).casefold().split())
    return not words or words in CONTENT


def _event() -> dict[str, Any]:
    try:
        event = json.load(sys.stdin)
    except ValueError:
        give_up(NAME, "Claude Code sends an event as JSON; this is none")
    return event if isinstance(event, dict) else {}


def _turn(path: str) -> tuple[str, str]:
    try:
        return last_turn(Path(path))
    except OSError as error:
        give_up(NAME, f"the transcript cannot be read: {error.strerror}")


def _summary(asked: str, said: str, folder: str) -> str:
    parts = [f"Claude Code is done in {folder}." if folder else "Claude Code is done.", shortened(said)]
    return "\n\n".join([*parts, f"You had asked: {shortened(asked, 500)}"] if asked else parts)
