"""The published client, hitl-cli 1.2.1, unmodified: what it seals with an API key every device of the account opens."""

import asyncio
import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest

from hitl_cli.sealed import log_entries
from hitl_cli.sealed.box_v1 import QuestionV1, answer_v1, open_v1
from hitl_cli.sealed.inbox_key import unwrapped
from tests.sealed_home import CHANCE, Home, KeyedDevice
from tests.waiting import until

PUBLISHED = Path(sys.prefix) / "published-client/bin/hitl-cli"

pytestmark = pytest.mark.skipif(not PUBLISHED.exists(), reason="`make test` installs the published client")


class Published:
    def __init__(self, home: Home, folder: Path) -> None:
        self.home = home
        self.folder = folder

    async def run(self, *arguments: str) -> str:
        client = self.home.relay.client
        environ = {
            "HOME": str(self.folder),
            "PATH": os.environ["PATH"],
            "HITL_SERVER_URL": f"http://{client.host}:{client.port}",
            "HITL_API_KEY": self.home.relay.agent.token,
            "NO_PROXY": "*",
        }
        process = await asyncio.create_subprocess_exec(
            PUBLISHED, *arguments, env=environ, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        async with asyncio.timeout(60):
            output = (await process.communicate())[0].decode()
        assert process.returncode == 0, output
        return output

    async def register(self) -> str:
        """Have it make its key, which with an API key it registers nowhere, and do so as its owner."""
        await self.run("notify", "--e2ee", "--message", "hello")
        key: str = json.loads((self.folder / ".config/hitl-cli/agent.key").read_text())["public_key"]
        home = self.home
        body = {"entity_type": "agent", "entity_id": home.relay.agent.id, "public_key": key}
        assert (await home.phone.party.post("/api/v1/keys/register", body)).status == 200
        facts = {"agent_id": home.relay.agent.id, "name": "deploy-bot"}
        await home.append(log_entries.approve(key, by=home.phone.key, **facts, **home.end))
        return key


async def asked(home: Home) -> dict[str, Any]:
    """Wait until the client, which takes its time to start, has asked."""
    found: list[dict[str, Any]] = []

    async def one() -> bool:
        found[:] = (await (await home.phone.party.get("/api/v1/mobile/inbox")).json())["requests"]
        return len(found) == 1

    await until(one, within_s=60)
    return found[0]


async def opened(home: Home, device: KeyedDevice, card: dict[str, Any]) -> QuestionV1:
    """Open a card as a device does that knows nothing but its keys and what the relay serves."""
    wrap = await (await device.party.get("/api/v1/mobile/inbox-key")).json()
    keys = await (await device.party.get("/api/v1/mobile/agent-keys")).json()
    inbox = unwrapped(wrap, device=device.key, log=home.known)
    return open_v1(card["sealed"]["payload"], inbox=inbox, senders=[key["public_key"] for key in keys])


@pytest.mark.proves("sealed.published_client")
@pytest.mark.parametrize("command", [["request", "--prompt"], ["notify-completion", "--summary"]])
async def test_what_it_asks_opens_on_every_device_and_any_of_them_answers(
    home: Home, tmp_path: Path, command: list[str]
) -> None:
    published, tablet = Published(home, tmp_path), await home.join()
    key = await published.register()
    call = asyncio.create_task(published.run(command[0], "--e2ee", command[1], "Deploy to production?"))
    card = await asked(home)
    assert (card["sealed"]["version"], card["sealed"]["reply"], card["prompt"]) == (1, "json", "")
    for device in (home.phone, tablet):
        question = await opened(home, device, card)
        assert (question.prompt, question.sender) == ("Deploy to production?", key)
    sealed = answer_v1("Yes, on Friday", "json", inbox=home.inbox, agent=key, chance=CHANCE)
    assert (await home.respond(card, {"sealed": sealed}, tablet)).status == 200
    assert "Yes, on Friday" in await call


@pytest.mark.proves("sealed.published_client")
async def test_its_notification_opens_too(home: Home, tmp_path: Path) -> None:
    published = Published(home, tmp_path)
    await published.register()
    await published.run("notify", "--e2ee", "--message", "Backup done")
    history = await (await home.phone.party.get("/api/v1/mobile/history")).json()
    # Registering the key took a notification too, in the same instant of this clock.
    prompts = {(await opened(home, home.phone, card)).prompt for card in history["requests"]}
    assert "Backup done" in prompts
