"""An agent that seals with the client's own core, for tests in which the app opens and answers."""

import asyncio
import secrets
from dataclasses import dataclass, field
from typing import Any, Final

from playwright.async_api import expect

from hitl_cli.sealed.answer import Answered, read_answer
from hitl_cli.sealed.box_v1 import read_answer_v1, seal_v1
from hitl_cli.sealed.keys import BoxKey
from hitl_cli.sealed.log import DeviceLog, Pin, verified
from hitl_cli.sealed.question import Sent, seal_question
from hitl_cli.sealed.safety import safety_number
from tests.app.conftest import Relay
from tests.web.conftest import Screen, asked, until

WORDS: Final[dict[str, Any]] = {
    "kind": "input",
    "prompt": "Deploy the canary?",
    "context": "",
    "form": {"type": "choice", "options": ["Yes", "No"], "multiple": False},
    "danger": False,
    "action": None,
}


@dataclass
class SealedAgent:
    """The relay's agent with a key of its own, which the human has or has not approved."""

    relay: Relay
    key: BoxKey = field(default_factory=lambda: BoxKey.make(secrets.token_bytes))
    pin: Pin | None = None

    async def register(self, key_type: str | None = None) -> None:
        body = {"entity_type": "agent", "entity_id": self.relay.agent.id, "public_key": self.key.public}
        reply = await self.relay.agent.post(
            "/api/v1/keys/register", body | ({"key_type": key_type} if key_type else {})
        )
        assert reply.status == 200

    async def log(self) -> DeviceLog:
        """Read the account's log as an agent does: verified, and never back behind what was seen."""
        page = await (await self.relay.agent.get("/api/v1/device-log")).json()
        log = verified(page["entries"], self.pin)
        self.pin = log.pin()
        return log

    async def seal(self, **over: Any) -> Sent:
        now = int(self.relay.clock.now().timestamp())
        log = await self.log()
        return seal_question(WORDS | over, agent=self.key, log=log, now=now, open_s=900, chance=secrets.token_bytes)

    def put(self, payload: str, **more: Any) -> "asyncio.Task[Any]":
        body = {"encrypted_payload": payload, **more}
        return asyncio.create_task(self.relay.agent.post("/api/v1/hitl/request/e2ee", body))

    async def ask(self, **over: Any) -> tuple[Sent, "asyncio.Task[Any]"]:
        sent = await self.seal(**over)
        return sent, self.put(sent.payload, kind=over.get("kind", "input"))

    async def told(self, sent: Sent, task: "asyncio.Task[Any]") -> Answered:
        """Wait for the answer, and believe it only if every check of the client holds."""
        reply = await asked(task)
        log = await self.log()
        return read_answer(
            reply["encrypted_response"],
            agent=self.key,
            log=log,
            id=sent.id,
            name=sent.name,
            request_id=reply["request_id"],
        )

    async def inbox(self) -> str:
        """Return the one key the published client boxes to."""
        keys = await (await self.relay.agent.get("/api/v1/keys/user")).json()
        return str(keys[0]["public_key"])

    async def ask_v1(self, reply: str = "json", **words: Any) -> tuple[str, "asyncio.Task[Any]"]:
        inbox = await self.inbox()
        plain = {"prompt": "Deploy?", "choices": ["Yes", "No"], "placeholder_text": "", **words}
        payload = seal_v1(plain, agent=self.key, inbox=inbox, chance=secrets.token_bytes)
        return inbox, self.put(payload, reply=reply)

    async def told_v1(self, inbox: str, task: "asyncio.Task[Any]") -> Any:
        reply = await asked(task)
        return read_answer_v1(reply["encrypted_response"], "json", agent=self.key, inbox=inbox)

    async def number(self) -> str:
        return safety_number((await self.log()).root, self.key.public)


async def has_keys(shown: Screen) -> None:
    """Wait until this browser is one of the account's devices with keys."""
    await shown.open("#/settings/security")
    await expect(shown.page.locator("[data-standing=in]")).to_be_visible()


async def approve(shown: Screen, agent: SealedAgent) -> None:
    """Register the agent's key and approve it as its human would: by comparing the number."""
    await agent.register()
    await shown.page.get_by_role("button", name="Compare and approve").click()
    groups = shown.page.locator(".safety li")
    await expect(groups).to_have_count(12)
    assert " ".join(await groups.all_inner_texts()) == await agent.number()
    await shown.page.get_by_role("button", name="They are the same").click()
    await expect(shown.page.locator("[data-agent-key=approved]")).to_be_visible()


async def add_by_hand(shown: Screen, key: str) -> None:
    """Approve the key of a client that registers none."""
    await shown.page.get_by_text("Add a key by hand").click()
    await shown.page.get_by_label("Public key").fill(key)
    await shown.page.get_by_role("button", name="Look at its number").click()
    await shown.page.get_by_role("button", name="They are the same").click()
    await expect(shown.page.locator("[data-agent-key=approved]")).to_be_visible()


async def open_card(shown: Screen, relay: Relay) -> str:
    """Open the one question that waits; return its id."""
    request_id = str((await relay.open_request())["id"])
    await shown.open(f"#/r/{request_id}")
    return request_id


async def admit(old: Screen) -> str:
    """Show the code on the device that is there; return the address in the picture."""
    await old.open("#/settings/devices")
    await old.page.get_by_role("button", name="Show the code").click()
    return str(await old.page.locator("svg.qr").get_attribute("data-text"))


async def join(new: Screen, link: str, name: str = "Pixel") -> None:
    """Open the picture's address on a browser that nobody is signed in on, and ask to join."""
    await new.context.clear_cookies()
    await new.page.goto(link)
    await new.page.get_by_label("Name of this device").fill(name)
    await new.page.get_by_role("button", name="Ask to join").click()


async def inside(new: Screen) -> None:
    """Wait until a browser that joined has opened the app as the device it is now."""
    await new.page.wait_for_url("**/app/")
    await new.live()


async def pair(old: Screen, new: Screen) -> None:
    """Let another browser in, from picture to accept."""
    await join(new, await admit(old))
    await old.page.get_by_role("button", name="Accept").click()
    await expect(old.page.locator("[data-admit=done]")).to_be_visible()
    await inside(new)


__all__ = [
    "WORDS",
    "SealedAgent",
    "add_by_hand",
    "admit",
    "approve",
    "has_keys",
    "inside",
    "join",
    "open_card",
    "pair",
    "until",
]
