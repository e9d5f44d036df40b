"""The hooks, as the agents run them."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from hitl_cli.hooks.review_and_continue import is_content
from hitl_cli.hooks.transcript import TAIL, last_turn
from tests.app.asking import respond
from tests.app.conftest import Relay
from tests.cli.conftest import Shell, finished

STOP = "from hitl_cli.hooks.review_and_continue import main; main()"
CODEX = "from hitl_cli.hooks.codex_notify import main; main()"


def transcript(folder: Path, *entries: Any) -> str:
    path = folder / "transcript.jsonl"
    path.write_text("\n".join(entry if isinstance(entry, str) else json.dumps(entry) for entry in entries))
    return str(path)


def spoken(kind: str, *texts: str) -> dict[str, Any]:
    blocks = [{"type": "text", "text": text} for text in texts]
    return {"type": kind, "message": {"content": [{"type": "tool_use", "name": "Bash"}, *blocks]}}


async def stop(relay: Relay, shell: Shell, event: dict[str, Any], answer: str) -> tuple[int, str, str]:
    process = await shell.python("-c", STOP, HITL_API_KEY=relay.agent.token)
    ending = asyncio.create_task(finished(process, json.dumps(event)))
    await respond(relay.owner, (await relay.open_request())["id"], answer)
    return await ending


@pytest.mark.proves("client.stop_hook")
async def test_what_the_human_wants_next_keeps_claude_going(relay: Relay, shell: Shell, tmp_path: Path) -> None:
    path = transcript(
        tmp_path, spoken("user", "Mend it."), spoken("assistant", "I tried."), spoken("assistant", "Mended.")
    )
    event = {"hook_event_name": "Stop", "transcript_path": path, "cwd": "/srv/shop"}
    process = await shell.python("-c", STOP, HITL_API_KEY=relay.agent.token)
    ending = asyncio.create_task(finished(process, json.dumps(event)))
    card = await relay.open_request()
    assert (card["kind"], card["prompt"]) == (
        "completion",
        "Claude Code is done in /srv/shop.\n\nMended.\n\nYou had asked: Mend it.",
    )
    await respond(relay.owner, card["id"], "Looks good, but add a test.")
    code, out, err = await ending
    assert (code, err) == (0, "")
    assert json.loads(out) == {"decision": "block", "reason": "Looks good, but add a test."}


@pytest.mark.proves("client.stop_hook")
async def test_a_human_who_is_content_lets_claude_stop(relay: Relay, shell: Shell) -> None:
    assert await stop(relay, shell, {"last_assistant_message": "Mended."}, "All good!") == (0, "", "")


@pytest.mark.parametrize("answer", ["", "  ", "All good.", "that's it for now", "OK", "Great job!", "Thank you"])
def test_it_knows_contentment(answer: str) -> None:
    assert is_content(answer)


@pytest.mark.parametrize(
    "answer", ["Not all good", "Looks good, but add a test", "go on", "no", "Do the same for the docs"]
)
def test_it_knows_an_instruction(answer: str) -> None:
    assert not is_content(answer)


@pytest.mark.proves("client.stop_hook")
@pytest.mark.parametrize(
    ("stdin", "code"),
    [
        ("", 1),
        ("no JSON", 1),
        ("[]", 0),
        ("{}", 0),
        ('{"transcript_path": "/no/such/file"}', 1),
        ('{"transcript_path": 7}', 0),
    ],
)
async def test_an_event_that_is_none_asks_nobody(relay: Relay, shell: Shell, stdin: str, code: int) -> None:
    done, out, err = await finished(await shell.python("-c", STOP, HITL_API_KEY=relay.agent.token), stdin)
    assert (done, out, bool(err)) == (code, "", code == 1)
    assert "Traceback" not in err


@pytest.mark.proves("client.stop_hook")
async def test_without_a_relay_claude_stops_and_is_told_why(shell: Shell) -> None:
    event = json.dumps({"last_assistant_message": "Mended."})
    code, out, err = await finished(await shell.python("-c", STOP), event)
    assert (code, out) == (1, "")
    assert "no credential" in err


def test_only_the_end_of_a_long_transcript_is_read(tmp_path: Path) -> None:
    early, late = spoken("user", "Early."), spoken("assistant", "Late.")
    path = transcript(tmp_path, early, "x" * TAIL, "[1]", "{", {"type": "user", "message": 7}, {"type": "user"}, late)
    assert last_turn(Path(path)) == ("", "Late.")


@pytest.mark.proves("client.codex_hook")
async def test_a_finished_turn_of_codex_is_told(relay: Relay, shell: Shell) -> None:
    phone = await relay.device()
    event = {
        "type": "agent-turn-complete",
        "thread-id": "t",
        "cwd": "/srv/shop",
        "input-messages": ["Mend it."],
        "last-assistant-message": "Mended.",
    }
    process = await shell.python("-c", CODEX, json.dumps(event), HITL_API_KEY=relay.agent.token)
    assert await finished(process) == (0, "", "")
    told = (await phone.next("notification"))["request"]["prompt"]
    assert told == "Codex has finished a turn.\n\nMended.\n\nYou had asked: Mend it.\n\nIn /srv/shop"


@pytest.mark.proves("client.codex_hook")
@pytest.mark.parametrize(("arguments", "code"), [([], 2), (["a", "b"], 2), (["no JSON"], 1)])
async def test_codex_hears_what_is_wrong(shell: Shell, arguments: list[str], code: int) -> None:
    done, out, err = await finished(await shell.python("-c", CODEX, *arguments))
    assert (done, out, "Traceback" in err, bool(err)) == (code, "", False, True)
