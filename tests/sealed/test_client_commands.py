"""`hitl-cli --e2ee`, `keys` and `receipt`, in processes of their own."""

import asyncio
import json
import os
import pty
import sys
from pathlib import Path
from typing import Any

import pytest

from hitl_cli.sealed.canon import b64
from hitl_cli.sealed.safety import safety_number
from hitl_cli.sealing.agent_key import key_path, load_agent_key
from hitl_cli.sealing.pins import Pins
from tests.cli.conftest import finished
from tests.emulators import lies
from tests.sealed.clients import Machine, clock, machine

__all__ = ["clock", "machine"]

CANARY = "canary-0f5c"


def env(machine: Machine) -> dict[str, str]:
    return {"XDG_CONFIG_HOME": str(machine.folder)}


def number(machine: Machine) -> str:
    return safety_number(machine.home.known.root, machine.home.agent.public)


@pytest.mark.proves("sealed.client")
async def test_a_sealed_question_is_asked_and_answered_from_the_shell(machine: Machine) -> None:
    asking = await machine.shell.start("request", "--prompt", f"Go {CANARY}?", "--choice", CANARY, "--e2ee")
    await machine.answer(CANARY)
    assert await finished(asking) == (0, f"{CANARY}\n", "")
    assert CANARY not in machine.wire()


async def test_json_says_what_the_relay_could_not(machine: Machine) -> None:
    asking = await machine.shell.start("request", "--prompt", "Go?", "--json", HITL_E2EE_ENABLED="true")
    await machine.answer("yes")
    code, out, _ = await finished(asking)
    shown = json.loads(out)
    assert code == 0
    assert [shown[name] for name in ("response", "sealed", "verified", "device")] == ["yes", True, True, "phone"]


async def test_a_note_and_a_report_are_sealed_from_the_shell(machine: Machine) -> None:
    assert await machine.shell.run("notify", "--message", CANARY, "--e2ee") == (0, "", "")
    reporting = await machine.shell.start("notify-completion", "--summary", CANARY, "--e2ee")
    await machine.answer("more")
    assert await finished(reporting) == (0, "more\n", "")
    assert CANARY not in machine.wire()


@pytest.mark.proves("sealed.receipts")
async def test_a_proof_is_kept_and_checked_without_a_relay(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    asking = await machine.shell.start("request", "--prompt", "Go?", "--e2ee", "--proof", str(file))
    await machine.answer("yes")
    assert await finished(asking) == (0, "yes\n", "")
    offline = {"HITL_SERVER_URL": "http://127.0.0.1:9", "HITL_API_KEY": ""}
    code, out, err = await machine.shell.run("receipt", "verify", str(file), **offline)
    assert (code, err) == (0, "")
    assert "by        phone (device)" in out
    assert "answer    yes" in out

    elsewhere = {**offline, "XDG_CONFIG_HOME": str(tmp_path / "other")}
    code, out, err = await machine.shell.run("receipt", "verify", str(file), **elsewhere)
    assert code == 8
    assert "--root" in err
    rooted = ("receipt", "verify", "-", "--json", "--root", machine.home.known.root)
    code, out, _ = await machine.shell.run(*rooted, stdin=file.read_text(encoding="utf-8"), **elsewhere)
    assert code == 0
    assert json.loads(out)["answer"] == {"value": "yes", "comment": ""}

    proof = json.loads(file.read_text(encoding="utf-8"))
    file.write_text(json.dumps({**proof, "answer": {"value": "no", "comment": ""}}), encoding="utf-8")
    code, out, err = await machine.shell.run("receipt", "verify", str(file), **offline)
    assert (code, out) == (8, "")
    assert "another answer" in err


async def test_a_proof_that_nobody_gave_is_not_written(machine: Machine, tmp_path: Path) -> None:
    file = tmp_path / "proof.json"
    asking = await machine.shell.start("request", "--prompt", "Go?", "--proof", str(file))
    card = await machine.home.relay.open_request()
    await machine.home.respond(card, {"answer": "yes"})
    code, _, err = await finished(asking)
    assert (code, file.exists()) == (1, False)
    assert "no device signed" in err


@pytest.mark.proves("sealed.client")
async def test_hooks_seal_too_or_tell_nothing(machine: Machine, tmp_path: Path) -> None:
    event = json.dumps({"type": "agent-turn-complete", "last-assistant-message": CANARY})
    hook = ("-c", "from hitl_cli.hooks.codex_notify import main; main()", event)
    sealed = {"HITL_E2EE_ENABLED": "true"}
    assert await finished(await machine.shell.python(*hook, **sealed)) == (0, "", "")
    assert [exchange.path for exchange in machine.asked] == ["/api/v1/hitl/notify/e2ee"]
    stop = ("-c", "from hitl_cli.hooks.review_and_continue import main; main()")
    process = await machine.shell.python(*stop, **sealed)
    reviewing = asyncio.create_task(finished(process, json.dumps({"last_assistant_message": CANARY})))
    await machine.answer(f"now {CANARY}")
    code, out, _ = await reviewing
    assert (code, json.loads(out)) == (0, {"decision": "block", "reason": f"now {CANARY}"})
    machine.liar.lies.append(lies.of_another_root())
    assert (await finished(await machine.shell.python(*hook, **sealed)))[0] == 1
    assert CANARY not in machine.wire()


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
async def test_a_file_that_is_no_proof_is_said_to_be_none(machine: Machine, tmp_path: Path, content: str) -> None:
    file = tmp_path / "proof.json"
    file.write_text(content, encoding="utf-8")
    code, out, err = await machine.shell.run("receipt", "verify", str(file))
    assert (code, out) == (8, "")
    assert err.startswith("hitl-cli: ")
    assert (await machine.shell.run("receipt", "verify", str(tmp_path / "absent")))[0] == 1


async def test_the_fingerprint_is_the_number_of_the_app_until_it_was_compared_and_after(machine: Machine) -> None:
    code, out, err = await machine.shell.run("keys", "fingerprint")
    assert (code, out) == (0, f"{number(machine)}\n")
    assert "Nobody has compared it yet" in err
    wrong = number(machine)[::-1]
    assert (await machine.shell.run("keys", "verify", wrong))[0] == 8
    assert (await machine.shell.run("keys", "verify", *number(machine).split()))[0] == 0
    assert await machine.shell.run("keys", "fingerprint") == (0, f"{number(machine)}\n", "")
    shown = json.loads((await machine.shell.run("keys", "fingerprint", "--json"))[1])
    assert (shown["approved"], shown["compared"]) == (True, True)
    assert [device["name"] for device in shown["devices"]] == ["phone"]


async def test_a_key_that_is_not_approved_is_introduced_and_its_number_said(machine: Machine) -> None:
    key_path(env(machine)).unlink()
    code, out, err = await machine.shell.run("keys", "fingerprint")
    key = load_agent_key(env(machine))
    assert key
    assert (code, out) == (0, f"{safety_number(machine.home.known.root, key.public)}\n")
    assert "not approved" in err
    listed = await (await machine.home.phone.party.get("/api/v1/mobile/agent-keys")).json()
    assert key.public in [known["public_key"] for known in listed]
    code, _, err = await machine.shell.run("notify", "--message", "hello", "--e2ee")
    assert code == 0
    assert safety_number(machine.home.known.root, key.public) in err


async def test_the_public_key_is_exported_and_the_private_half_is_not(machine: Machine) -> None:
    code, out, err = await machine.shell.run("keys", "export")
    assert (code, out) == (0, f"{machine.home.agent.public}\n")
    _, told, _ = await machine.shell.run("keys", "export", "--json")
    assert json.loads(told) == {"public_key": machine.home.agent.public, "key_type": "x25519"}
    assert b64(machine.home.agent.private) not in out + err + told


@pytest.mark.proves("sealed.pinned")
async def test_a_list_that_begins_anew_stops_everything_until_a_human_trusts_it(machine: Machine) -> None:
    assert (await machine.shell.run("notify", "--message", "hello", "--e2ee"))[0] == 0
    machine.liar.seen.clear()
    machine.liar.lies.append(lies.of_another_root())
    for line in (("request", "--prompt", CANARY), ("notify", "--message", CANARY)):
        code, out, err = await machine.shell.run(*line, "--e2ee")
        assert (code, out) == (9, "")
        assert "hitl-cli keys trust" in err
        assert "NOT THE ONE THAT WAS SEEN BEFORE" in err
    assert machine.asked == []
    code, _, err = await machine.shell.run("keys", "trust")  # in a pipe nobody can say that they compared
    assert (code, "a human has to compare" in err) == (1, True)
    assert (await machine.shell.run("keys", "trust", "--number", number(machine)))[0] == 8
    assert (await machine.shell.run("keys", "verify", number(machine)))[0] == 9
    pinned = Pins(env(machine)).of(machine.liar.url)
    assert pinned
    assert pinned.pin.root == machine.home.known.root


@pytest.mark.proves("sealed.pinned")
async def test_a_human_at_a_terminal_trusts_the_new_list(machine: Machine) -> None:
    assert (await machine.shell.run("notify", "--message", "hello", "--e2ee"))[0] == 0
    machine.liar.lies.append(lies.of_another_root())
    assert (await at_a_terminal(machine, "n\n", "keys", "trust"))[0] == 8
    code, shown = await at_a_terminal(machine, "y\n", "keys", "trust")
    assert code == 0
    assert "begins anew" in shown
    pinned = Pins(env(machine)).of(machine.liar.url)
    assert pinned
    assert (pinned.pin.root == machine.home.known.root, pinned.compared) == (False, True)


async def at_a_terminal(machine: Machine, typed: str, *line: str) -> tuple[int, str]:
    """Run a command whose stdin is a terminal."""
    ours, theirs = pty.openpty()
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "hitl_cli", *line, stdin=theirs, stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT, env=machine.shell.env,
    )  # fmt: skip
    os.close(theirs)
    os.write(ours, typed.encode())
    out, _ = await process.communicate()
    os.close(ours)
    assert process.returncode is not None
    return process.returncode, out.decode()


async def test_an_account_without_keys_is_said_to_have_none(machine: Machine) -> None:
    _, agent = await machine.home.relay.another_owner()
    elsewhere: Any = {"HITL_API_KEY": agent.token}
    for line in (("keys", "fingerprint"), ("request", "--prompt", CANARY, "--e2ee")):
        code, out, err = await machine.shell.run(*line, **elsewhere)
        assert (code, out) == (7, "")
        assert "open the app" in err
    assert machine.asked == []
