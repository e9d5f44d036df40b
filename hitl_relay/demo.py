"""A relay to try: a throw-away database, an agent that asks three questions, an inbox in this terminal.

The inbox is the real one, `hitl-cli inbox`, in a process of its own with a throw-away configuration.
"""

import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

import aiohttp

from auth.entities import Visit
from auth.keys import FIRST_OWNER
from hitl_relay.ground import ground
from hitl_relay.serve import listening
from hitl_relay.settings import Settings

QUESTIONS: Final[tuple[Mapping[str, Any], ...]] = (
    {
        "prompt": "Tests are green on main. Deploy version 2.4.1 to production?",
        "choices": ["Deploy now", "Tonight at 22:00", "Do not deploy"],
        "context": "**3 commits** since 2.4.0:\n\n- fix the rounding of invoices\n- faster search\n- new e-mail footer",
        "priority": "high",
    },
    {
        "prompt": "A customer asks for a refund of 79 EUR, 34 days after the purchase (our limit is 30). Refund it?",
        "kind": "approval",
        "action": {"tool": "refund", "arguments": {"order": "A-10482", "amount": 79, "currency": "EUR"}},
        "danger": True,
    },
    {
        "prompt": "What shall the release be called?",
        "placeholder_text": "a short name",
    },
)


@dataclass(frozen=True, slots=True)
class Caller:
    """A credential at a relay."""

    session: aiohttp.ClientSession
    url: str
    token: str

    async def post(self, path: str, body: Mapping[str, Any]) -> Any:
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.session.post(f"{self.url}{path}", json=body, headers=headers) as reply:
            reply.raise_for_status()
            return await reply.json()


async def demo(*, plain: bool) -> int:
    """Run the demo until its inbox is left; return the exit code."""
    with _throw_away() as home:
        settings = Settings(port=0, data_dir=home / "relay")
        print("Starting a relay with a throw-away database …", flush=True)  # noqa: T201
        async with (
            ground(settings, os.environ) as ground_,
            listening(settings, ground_.url) as (app, port),
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=None)) as session,
        ):
            code = await app[FIRST_OWNER].new_code() or ""
            signed_in = await app[FIRST_OWNER].create(
                code, email="you@example.org", name="You", password=os.urandom(16).hex(), visit=Visit(user_agent="demo")
            )
            owner = Caller(session, f"http://127.0.0.1:{port}", signed_in.token)
            inbox = await _inbox(owner, home, plain=plain)
            agent = asyncio.create_task(_agent(await _agent_of(owner)), name="demo agent")
            status = await inbox.wait()
            agent.cancel()
            answers = await asyncio.gather(agent, return_exceptions=True)
    _tell(answers[0])
    return status


@contextmanager
def _throw_away() -> Iterator[Path]:
    """Give a folder that PostgreSQL's own user may pass through; what it makes in it is closed."""
    with tempfile.TemporaryDirectory(prefix="hitl-demo-") as folder:
        home = Path(folder)
        home.chmod(0o711)
        yield home


async def _inbox(owner: Caller, home: Path, *, plain: bool) -> asyncio.subprocess.Process:
    """Start the terminal inbox as a registered device."""
    device = await owner.post("/api/v1/mobile/devices", {"name": "this terminal", "kind": "terminal"})
    folder = home / "config" / "hitl-cli"
    folder.mkdir(parents=True, mode=0o700)
    config = {"server_url": owner.url, "token": owner.token, "device_id": device["device_id"], "cursor": None}
    (folder / "device.json").write_text(json.dumps(config), encoding="utf-8")
    command = [sys.executable, "-m", "hitl_cli", "inbox", *(["--plain"] if plain else [])]
    environ = {**os.environ, "XDG_CONFIG_HOME": str(home / "config"), "HITL_SERVER_URL": owner.url}
    return await asyncio.create_subprocess_exec(*command, env=environ)


async def _agent_of(owner: Caller) -> Caller:
    key = await owner.post("/api/v1/api-keys", {"description": "demo", "agent_name": "release-bot"})
    return replace(owner, token=key["api_key"])


async def _agent(agent: Caller) -> list[tuple[str, Any]]:
    """Ask the three questions, one after the other, as an agent would."""
    answers = []
    for question in QUESTIONS:
        reply = await agent.post("/api/v1/hitl/request", question)
        answers.append((question["prompt"], reply["response"]))
    await agent.post("/api/v1/hitl/notify", {"message": "Thank you, that was the demo. Press q to leave."})
    return answers


def _tell(answers: list[tuple[str, Any]] | BaseException) -> None:
    if isinstance(answers, BaseException):
        print("The agent was still waiting for an answer when you left.")  # noqa: T201
        return
    print("The agent got:")  # noqa: T201
    for prompt, answer in answers:
        print(f"  {prompt}\n    → {answer}")  # noqa: T201
