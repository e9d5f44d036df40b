"""The human takes fourteen minutes, the relay is restarted in the middle, and every client gets its answer.

All clients wait in one run, so that the suite takes a quarter of an hour and not two. A client whose protocol or SDK
does not go on with a lost stream does what the agent around it would do: it makes the same call again, or is run again,
and joins the same question.
"""

import asyncio
import datetime as dt
import json
import os
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

import pytest

from relay.domain.clock import SystemClock
from relay.domain.request import MAX_WAIT
from relay.kernel.loops import pause
from tests.conformance.mcp_clients.clients import CLIENTS, NODE, NODE_MODULES, VENVS, environ
from tests.conformance.mcp_clients.conftest import Running
from tests.waiting import until

Card: TypeAlias = dict[str, Any]

THINKING: Final = dt.timedelta(minutes=14)
"""Just below the ceiling."""

AWAY_S: Final = 10
"""How long the relay is gone, beside its stop and its start: as long as an upgrade takes."""

PUBLISHED: Final = VENVS / "hitl-cli/bin/hitl-cli"
INSPECTOR: Final = NODE_MODULES / ".bin/mcp-inspector"


@dataclass
class Program:
    """A client that asks a question of its own. One that cannot wait on by itself is run again when it fails."""

    name: str
    command: list[str]
    env: dict[str, str]
    resumes: bool = False
    runs: int = 0
    said: str = ""

    async def answered(self) -> Self:
        """Run it until it ends well."""
        while True:
            self.runs += 1
            process = await asyncio.create_subprocess_exec(
                *self.command,
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                env=self.env, cwd=NODE_MODULES.parent,
                start_new_session=True,  # to end what it started too: `mcp-remote` holds its output open
            )  # fmt: skip
            try:
                said, complaints = await process.communicate()
            finally:
                with suppress(ProcessLookupError):
                    os.killpg(process.pid, signal.SIGKILL)
            if process.returncode == 0:
                self.said = said.decode()
                return self
            assert self.runs < 60, (self.name, (said + complaints).decode()[-2_000:])
            await pause(1)


def programs(running: Running, home: Path) -> list[Program]:
    url, key = f"{running.relay.url}/mcp", running.key
    # The longest wait there is, so that the restart comes in the middle of one.
    # The one that is told nothing about waiting is answered in the slices of a program nobody knows.
    found = [
        Program(
            client.name,
            client.command(url if "default" in client.name else f"{url}?wait=890", key),
            {**environ(home), "PROMPT": client.name},
            resumes=client.resumes,
        )
        for client in CLIENTS
    ]
    published = {**environ(home), "HITL_SERVER_URL": running.relay.url, "HITL_API_KEY": key}
    asking = [str(PUBLISHED), "request", "--prompt", "hitl-cli", "--choice", "Yes", "--choice", "No"]
    inspecting = [
        str(NODE), str(INSPECTOR), "--cli", f"{url}?wait=890", "--transport", "http", "--format", "json",
        "--header", f"Authorization: Bearer {key}", "--method", "tools/call", "--tool-name", "request_human_input",
        "--tool-arg", "prompt=inspector", "--tool-arg", 'choices=["Yes","No"]',
    ]  # fmt: skip
    return [*found, Program("hitl-cli", asking, published), Program("inspector", inspecting, environ(home))]


async def cards_of(running: Running, names: list[str]) -> list[Card]:
    """Wait until the question of each client is open; its prompt is the client's name."""
    found: list[Card] = []

    async def all_open() -> bool:
        found[:] = await running.human.open_requests()
        return len(found) == len(names)

    try:
        # A dozen programs start at once, on a machine that may have other work.
        await until(all_open, within_s=240)
    except TimeoutError:
        pytest.fail(f"no question of {sorted(set(names) - {card['prompt'] for card in found})}")
    return found


async def answer_late(running: Running, card: Card) -> None:
    """Answer when the question has been open for fourteen minutes; it must still be its client's only one."""
    at = dt.datetime.fromisoformat(card["expires_at"]) - MAX_WAIT + THINKING
    await pause((at - SystemClock().now()).total_seconds())
    found = [each["id"] for each in await running.human.open_requests() if each["prompt"] == card["prompt"]]
    assert found == [card["id"]], card["prompt"]
    await running.human.answer(card, "Yes")


@pytest.mark.long
@pytest.mark.proves("mcp.long_waits")
@pytest.mark.timeout(THINKING.total_seconds() + 900)
async def test_every_client_waits_fourteen_minutes_over_a_restart(running: Running, tmp_path: Path) -> None:
    clients = programs(running, tmp_path)
    asked = [asyncio.create_task(client.answered(), name=client.name) for client in clients]
    try:
        cards = await cards_of(running, [client.name for client in clients])
        await pause(THINKING.total_seconds() / 2)
        running.relay.signal(signal.SIGTERM)
        assert await running.relay.ended() == 0
        await pause(AWAY_S)
        await running.relay.start()
        await asyncio.gather(*(answer_late(running, card) for card in cards))
        await asyncio.wait(asked, timeout=120)
        assert {task.get_name(): end for task in asked if (end := end_of(task)) != "answered"} == {}
    finally:
        for task in asked:
            task.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


def end_of(task: "asyncio.Task[Program]") -> str:
    """Say what became of a client: the SDKs also tell what progress they heard of, and how often they had to call."""
    if not task.done():
        return "waits still"
    if error := task.exception():
        return repr(error)
    program = task.result()
    report = json.loads(program.said.strip().splitlines()[-1]) if "calls" in program.said else {}
    if "Yes" not in program.said or not report.get("progress", True):
        return program.said
    if program.resumes and (report["calls"], program.runs) != (1, 1):
        return f"called {report['calls']} times in {program.runs} runs, and did not resume"
    return "answered"
