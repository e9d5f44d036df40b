"""The client against a whole relay, in processes of its own."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hitl_cli.config import Login, save_login
from tests.app.conftest import PASSWORD, Relay, make_relay, relay

__all__ = ["make_relay", "relay"]  # fixtures of the application tests, used here too


@dataclass
class Shell:
    """Somebody's shell: their environment and their config folder."""

    env: dict[str, str]
    started: list[asyncio.subprocess.Process] = field(default_factory=list)

    async def start(self, *arguments: str, **env: str) -> asyncio.subprocess.Process:
        return await self.python("-m", "hitl_cli", *arguments, **env)

    async def python(self, *arguments: str, **env: str) -> asyncio.subprocess.Process:
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(
            sys.executable, *arguments, stdin=pipe, stdout=pipe, stderr=pipe, env={**self.env, **env},
            preexec_fn=_heed_ctrl_c,
        )  # fmt: skip
        self.started.append(process)
        return process

    async def run(self, *arguments: str, stdin: str = "", **env: str) -> tuple[int, str, str]:
        return await finished(await self.start(*arguments, **env), stdin)


def _heed_ctrl_c() -> None:
    """Undo what a shell does to whatever it starts in the background, these tests perhaps: Ctrl-C is ignored there."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


async def finished(process: asyncio.subprocess.Process, stdin: str = "") -> tuple[int, str, str]:
    async with asyncio.timeout(30):
        out, err = await process.communicate(stdin.encode())
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


@pytest.fixture
async def shell(relay: Relay, tmp_path: Path) -> AsyncIterator[Shell]:
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("HITL_")},
        "XDG_CONFIG_HOME": str(tmp_path),
        "HITL_SERVER_URL": url_of(relay),
        "HITL_PASSWORD": PASSWORD,
    }
    shell = Shell(env)
    yield shell
    for process in shell.started:
        if process.returncode is None:
            process.kill()
            await process.wait()


def url_of(relay: Relay) -> str:
    return str(relay.client.make_url("")).rstrip("/")


@pytest.fixture
async def terminal(relay: Relay, shell: Shell) -> Login:
    """A terminal that is signed in, and the agent that its login made."""
    token = (await (await relay.client.post("/api/v1/auth/sign-in", json=SIGN_IN)).json())["token"]
    headers = {"Authorization": f"Bearer {token}"}
    body = {"name": "laptop", "kind": "terminal"}
    made = await (await relay.client.post("/api/v1/mobile/devices", json=body, headers=headers)).json()
    relay.client.session.cookie_jar.clear()
    login = Login(
        server_url=url_of(relay), token=token, device_id=made["device_id"], api_key=relay.agent.token, cursor=None
    )
    save_login(login, shell.env)
    return login


SIGN_IN = {"email": "ada@example.org", "password": PASSWORD}
