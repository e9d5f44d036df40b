"""`hitl-cli` as a shell sees it, against a real relay."""

import asyncio
import datetime as dt
import json
import signal

import pytest
from aiohttp.test_utils import unused_port

from hitl_cli.config import Login, load_login
from relay.services.keys import EXPIRY
from tests.app.conftest import Relay
from tests.cli.conftest import Shell, finished
from tests.waiting import until


async def answer_next(relay: Relay, answer: object) -> None:
    card = await relay.open_request()
    reply = await relay.owner.post(f"/api/v1/requests/{card['id']}/respond", {"answer": answer})
    assert reply.status == 200


@pytest.mark.proves("client.command")
async def test_the_lines_of_the_seed_run_after_a_login(relay: Relay, shell: Shell) -> None:
    code, out, err = await shell.run("login", "--name", "My Workstation", stdin="ada@example.org\n")
    assert (code, out) == (0, "")
    assert "Signed in" in err

    asking = await shell.start(
        "request", "--prompt", "Should I proceed with deployment?",
        "--choice", "Yes", "--choice", "No", "--choice", "Ask me later",
    )  # fmt: skip
    await answer_next(relay, "Ask me later")
    assert await finished(asking) == (0, "Ask me later\n", "")

    assert await shell.run("notify", "--message", "Backup completed successfully") == (0, "", "")

    done = await shell.start("notify-completion", "--summary", "Data processing finished")
    await answer_next(relay, "Well done")
    assert await finished(done) == (0, "Well done\n", "")


async def test_an_api_key_from_the_environment_asks(relay: Relay, shell: Shell) -> None:
    asking = await shell.start("request", "--prompt", "Deploy now?", HITL_API_KEY=relay.agent.token)
    card = await relay.open_request()
    assert (card["prompt"], card["agent"]["name"], card["form"]["type"]) == ("Deploy now?", "deploy-bot", "text")
    await answer_next(relay, "go\x1b[31m")
    assert await finished(asking) == (0, "go\x1b[31m\n", ""), "a pipe gets exactly what the human said"


async def test_every_option_of_request_reaches_the_human(relay: Relay, shell: Shell, terminal: Login) -> None:
    asking = await shell.start(
        "request", "--prompt", "Which?", "--choice", "a", "--choice", "b", "--multiple", "--danger", "--default", "b",
        "--priority", "urgent", "--context", "-", "--timeout", "60", "--json",
    )  # fmt: skip
    assert asking.stdin
    asking.stdin.write(b"**why**")
    asking.stdin.close()
    card = await relay.open_request()
    assert card["form"] == {"type": "choice", "options": ["a", "b"], "multiple": True}
    assert (card["danger"], card["priority"], card["context"], card["default"]) == (True, "urgent", "**why**", ["b"])
    await answer_next(relay, ["a", "b"])
    code, out, _ = await finished(asking)
    assert (code, json.loads(out)["response"]) == (0, ["a", "b"])


@pytest.mark.proves("client.exit_codes")
async def test_the_exit_code_tells_how_a_question_ended(relay: Relay, shell: Shell, terminal: Login) -> None:
    cancelled = await shell.start("request", "--prompt", "cancel me")
    card = await relay.open_request()
    await relay.agent.delete(f"/api/v1/requests/{card['id']}")
    assert (await finished(cancelled))[:2] == (4, "")

    expired = await shell.start("request", "--prompt", "too late", "--timeout", "60")
    defaulted = await shell.start("request", "--prompt", "too late as well", "--timeout", "60", "--default", "No")
    await until(lambda: _pending(relay, 2))
    relay.clock.forward(dt.timedelta(seconds=61))
    await relay.app[EXPIRY].expire()
    assert (await finished(expired))[:2] == (3, "")
    assert (await finished(defaulted))[:2] == (0, "No\n")

    assert (await shell.run("request", "--prompt", "x", HITL_API_KEY="mcp_pk_wrong"))[0] == 6
    assert (await shell.run("request", "--prompt", "x", "--choice", "a", "--choice", "a"))[0] == 6
    assert (await shell.run("request"))[0] == 2
    assert (await shell.run("--server", f"http://127.0.0.1:{unused_port()}", "status"))[0] == 5


async def _pending(relay: Relay, count: int) -> bool:
    return len((await (await relay.owner.get("/api/v1/mobile/inbox")).json())["requests"]) == count


@pytest.mark.proves("client.withdraws")
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_ctrl_c_and_a_kill_take_the_question_back(
    relay: Relay, shell: Shell, terminal: Login, number: signal.Signals, code: int
) -> None:
    asking = await shell.start("request", "--prompt", "never mind")
    card = await relay.open_request()
    asking.send_signal(number)
    assert (await finished(asking))[:2] == (code, "")
    status = await (await relay.agent.get(f"/api/v1/requests/{card['id']}")).json()
    assert status["status"] == "cancelled"


async def test_the_same_key_is_the_same_question(relay: Relay, shell: Shell, terminal: Login) -> None:
    line = ("request", "--prompt", "once?", "--idempotency-key", "k1")
    one, two = await asyncio.gather(shell.start(*line), shell.start(*line))
    await answer_next(relay, "yes")
    assert await asyncio.gather(finished(one), finished(two)) == [(0, "yes\n", "")] * 2


async def test_nothing_is_sent_unencrypted_when_encryption_was_wanted(
    relay: Relay, shell: Shell, terminal: Login
) -> None:
    code, _, err = await shell.run("request", "--prompt", "secret", HITL_E2EE_ENABLED="true")
    assert code == 7
    assert "nothing was sent" in err
    assert await _pending(relay, 0)


async def test_without_a_credential_the_command_says_what_to_do(shell: Shell) -> None:
    code, _, err = await shell.run("request", "--prompt", "x")
    assert code == 6
    assert "HITL_API_KEY" in err
    assert "hitl-cli login" in err


async def test_status_tells_who_and_where(relay: Relay, shell: Shell, terminal: Login) -> None:
    await relay.device("phone")
    code, out, _ = await shell.run("status")
    assert code == 0
    for part in ("is up", "deploy-bot", "ada@example.org", "1 connected", "● phone (phone)", "○ laptop (terminal)"):
        assert part in out
    code, out, _ = await shell.run("status", "--json", HITL_API_KEY="mcp_pk_wrong")
    assert (code, json.loads(out)["agent"]["good"], json.loads(out)["device"]["good"]) == (6, False, True)


async def test_a_wrong_password_keeps_nothing(shell: Shell) -> None:
    code, _, err = await shell.run("login", "--email", "ada@example.org", HITL_PASSWORD="wrong password")
    assert code == 6
    assert "password" in err
    assert load_login(shell.env) is None


async def test_logging_out_revokes_device_and_key_and_forgets_them(relay: Relay, shell: Shell) -> None:
    await shell.run("login", "--email", "ada@example.org")
    stored = load_login(shell.env)
    assert stored
    assert stored.api_key
    assert (await shell.run("logout"))[0] == 0
    assert load_login(shell.env) is None
    for credential in (stored.token, stored.api_key):
        headers = {"Authorization": f"Bearer {credential}"}
        assert (await relay.client.get("/api/v1/agents", headers=headers)).status == 401


async def test_logging_in_again_leaves_one_device(relay: Relay, shell: Shell) -> None:
    for _ in range(2):
        assert (await shell.run("login", "--email", "ada@example.org", "--device-only"))[0] == 0
    devices = await (await relay.owner.get("/api/v1/mobile/devices")).json()
    assert len(devices) == 1


@pytest.mark.parametrize("arguments", [["--help"], ["request", "--help"], ["--version"], ["request"]])
async def test_help_does_not_pay_for_the_network_or_the_screen(shell: Shell, arguments: list[str]) -> None:
    program = (
        "import sys, hitl_cli.main\n"
        f"try: hitl_cli.main.main({arguments!r})\n"
        "except SystemExit: pass\n"
        "print('loaded', [name for name in ('aiohttp', 'rich') if name in sys.modules], file=sys.stderr)"
    )
    _, _, err = await finished(await shell.python("-c", program))
    assert "loaded []" in err


@pytest.mark.proves("client.completion")
@pytest.mark.parametrize("kind", ["bash", "zsh", "fish"])
async def test_a_shell_is_told_how_to_complete(shell: Shell, kind: str) -> None:
    code, script, _ = await shell.run("completion", kind)
    assert (code, "hitl-cli" in script) == (0, True)
    # What that script calls when somebody presses the tab key.
    words = {"COMP_WORDS": "hitl-cli re", "COMP_CWORD": "re" if kind == "fish" else "1"}
    program = "from hitl_cli.main import main; main(prog_name='hitl-cli')"
    pressed = await shell.python("-c", program, _HITL_CLI_COMPLETE=f"{kind}_complete", **words)
    assert "request" in (await finished(pressed))[1]
