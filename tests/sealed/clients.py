"""Our own client before a real relay: its key is the one that the home's phone approved."""

import asyncio
import datetime as dt
import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from hitl_cli import HITL
from hitl_cli.files import write_private
from hitl_cli.sealed.canon import b64
from hitl_cli.sealing.agent_key import key_path
from tests.cli.conftest import Shell
from tests.emulators.lying_relay import Exchange, LyingRelay, lying_relay
from tests.fakes.clock import FakeClock
from tests.sealed_home import Home, KeyedDevice

__all__ = ["clock", "machine"]

ASKING = ("/api/v1/hitl/request", "/api/v1/hitl/complete", "/api/v1/hitl/notify")


@dataclass
class Machine:
    """Where an agent runs: its config folder, and the relay as it sees it."""

    home: Home
    liar: LyingRelay
    folder: Path
    shells: list[Shell] = field(default_factory=list)

    def hitl(self, **over: Any) -> HITL:
        return HITL(over.pop("url", self.liar.url), self.home.relay.agent.token, **{"e2ee": True, **over})

    @property
    def shell(self) -> Shell:
        env = {
            "PATH": "/usr/bin:/bin",
            "XDG_CONFIG_HOME": str(self.folder),
            "HITL_SERVER_URL": self.liar.url,
            "HITL_API_KEY": self.home.relay.agent.token,
        }
        self.shells.append(Shell(env))
        return self.shells[-1]

    @property
    def asked(self) -> list[Exchange]:
        """What the relay was asked to put to the human."""
        return [exchange for exchange in self.liar.seen if exchange.path.startswith(ASKING)]

    def wire(self) -> str:
        """All that the relay has seen and said."""
        return json.dumps([[one.path, one.asked, one.reply] for one in self.liar.seen], ensure_ascii=False)

    async def answer(self, value: Any, device: KeyedDevice | None = None) -> dict[str, Any]:
        """Answer what is asked next; returns the card."""
        card = await self.home.relay.open_request()
        await self.home.answer(card, value, device)
        return card


def a_moment() -> dt.datetime:
    return dt.datetime.fromtimestamp(time.time(), dt.UTC)  # noqa: TID251 - the client has the machine's own clock


@pytest.fixture
def clock() -> FakeClock:
    """A relay that starts now: agents of this machine say when they asked."""
    return FakeClock(a_moment())


@pytest.fixture
async def machine(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Machine]:
    for name in ("HITL_E2EE_ENABLED", "HITL_E2EE_ROOT", "HITL_E2EE_ALLOW_V1", "HITL_RECEIPTS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    keys = {"public_key": home.agent.public, "private_key": b64(home.agent.private)}
    write_private(key_path({"XDG_CONFIG_HOME": str(tmp_path)}), keys)
    async with lying_relay(f"http://{home.relay.client.host}:{home.relay.client.port}") as liar:
        machine = Machine(home, liar, tmp_path)
        yield machine
        for process in (process for shell in machine.shells for process in shell.started):
            if process.returncode is None:
                process.kill()
                await process.wait()


async def answered(call: "asyncio.Task[Any]", machine: Machine, value: Any) -> Any:
    """Answer the question of a call, and return what the call returns."""
    await machine.answer(value)
    async with asyncio.timeout(10):
        return await call
