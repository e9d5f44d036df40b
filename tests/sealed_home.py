"""An account that seals, played against a real relay by the client's own core: devices with keys, a log, an agent."""

import secrets
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import aiohttp

from hitl_cli.sealed import log_entries
from hitl_cli.sealed.answer import seal_answer
from hitl_cli.sealed.inbox_key import wraps_of
from hitl_cli.sealed.keys import BoxKey, DeviceKey
from hitl_cli.sealed.log import DeviceLog, Entry, followed
from hitl_cli.sealed.question import Question, Sent, read_question, seal_question
from hitl_cli.sealed.receipt import Decision, Said, asked_of, asked_v1, sign_decision
from tests.app.conftest import PASSWORD, Party, Relay
from tests.sealing import SeenList

LOG = "/api/v1/mobile/device-log"
EMAIL = "ada@example.org"

CHANCE = secrets.token_bytes


@dataclass
class KeyedDevice:
    """A device with its keys and its session."""

    party: Party
    id: str
    key: DeviceKey
    name: str
    seen: SeenList = field(default_factory=SeenList)

    @classmethod
    async def register(cls, relay: Relay, name: str, *, email: str = EMAIL) -> Self:
        """Sign in and register with public keys."""
        relay.client.session.cookie_jar.clear()
        reply = await relay.client.post("/api/v1/auth/sign-in", json={"email": email, "password": PASSWORD})
        party = Party(relay.client, (await reply.json())["token"])
        relay.client.session.cookie_jar.clear()
        key = DeviceKey.make(CHANCE)
        body = {"name": name, "kind": "phone", "ed25519": key.sign, "x25519": key.box.public}
        made = await party.post("/api/v1/mobile/devices", body)
        assert made.status == 201, await made.text()
        return cls(party, (await made.json())["device_id"], key, name)


@dataclass
class Home:
    """An account whose log its phone has begun, and an agent whose key the human approved."""

    relay: Relay
    phone: KeyedDevice
    agent: BoxKey = field(default_factory=lambda: BoxKey.make(CHANCE))
    inbox: BoxKey = field(default_factory=lambda: BoxKey.make(CHANCE))
    entries: list[Entry] = field(default_factory=list)
    log: DeviceLog | None = None

    @classmethod
    async def begin(cls, relay: Relay) -> Self:
        """Begin a log with an inbox key, register the agent's key and approve it."""
        home = cls(relay, await KeyedDevice.register(relay, "phone"))
        phone = home.phone
        first = log_entries.add(phone.key, device_id=phone.id, name=phone.name, by=phone.key, log=None, at=home.now)
        inbox = log_entries.renew_inbox(home.inbox.public, by=phone.key, log=followed(None, first), at=home.now)
        await home.append(first, inbox, wraps=home.wraps(phone))
        key = {"entity_type": "agent", "entity_id": relay.agent.id, "public_key": home.agent.public}
        assert (await relay.agent.post("/api/v1/keys/register", key)).status == 200
        await home.append(home.approval())
        return home

    @property
    def now(self) -> int:
        return int(self.relay.clock.now().timestamp())

    @property
    def known(self) -> DeviceLog:
        assert self.log
        return self.log

    @property
    def end(self) -> dict[str, Any]:
        """What whoever writes the next entry passes on."""
        return {"log": self.known, "at": self.now}

    def approval(self) -> Entry:
        facts = {"agent_id": self.relay.agent.id, "name": "deploy-bot"}
        return log_entries.approve(self.agent.public, by=self.phone.key, **facts, **self.end)

    def wraps(self, *devices: KeyedDevice, by: KeyedDevice | None = None) -> list[dict[str, str]]:
        boxes = [device.key.box.public for device in devices]
        return wraps_of(self.inbox, by=(by or self.phone).key, to=boxes, chance=CHANCE)

    async def post(self, *entries: Entry, wraps: Any = (), by: KeyedDevice | None = None, **more: Any) -> Any:
        body = {"entries": entries, "wraps": list(wraps), **more}
        return await (by or self.phone).party.post(LOG, body)

    async def append(self, *entries: Entry, wraps: Any = (), by: KeyedDevice | None = None) -> None:
        """Append what the relay must take."""
        reply = await self.post(*entries, wraps=wraps, by=by)
        assert reply.status == 200, await reply.text()
        for entry in entries:
            self.entries.append(entry)
            self.log = followed(self.log, entry)
        assert await reply.json() == {"root": self.known.root, "head": self.known.head, "seq": self.known.seq}

    async def join(self, name: str = "tablet") -> KeyedDevice:
        """Register another device and have the phone vouch for it."""
        new = await KeyedDevice.register(self.relay, name)
        entry = log_entries.add(new.key, device_id=new.id, name=name, by=self.phone.key, **self.end)
        await self.append(entry, wraps=self.wraps(new))
        return new

    def revocation(self, leaver: KeyedDevice) -> tuple[Entry, Entry]:
        """Revoke a device and make a new inbox key, as it must be."""
        revoke = log_entries.revoke(leaver.key.sign, by=self.phone.key, **self.end)
        self.inbox = BoxKey.make(CHANCE)
        after = followed(self.known, revoke)
        return revoke, log_entries.renew_inbox(self.inbox.public, by=self.phone.key, log=after, at=self.now)

    # Asking and answering

    def seal(self, prompt: str, **message: Any) -> Sent:
        """Seal a question as the agent does."""
        shown = {"kind": "input", "prompt": prompt, "context": "", "form": TEXT, "danger": False, "action": None}
        return seal_question(shown | message, agent=self.agent, log=self.known, now=self.now, open_s=900, chance=CHANCE)

    def open(self, card: dict[str, Any], device: KeyedDevice | None = None) -> Question:
        """Open a sealed card as a device does."""
        opener = device or self.phone
        return read_question(
            card["sealed"]["payload"],
            device=opener.key,
            log=self.known,
            kind=card["kind"],
            request_id=card["id"],
            now=self.now,
            seen=opener.seen,
        )

    def decide(self, card: dict[str, Any], said: Said, device: KeyedDevice | None = None, **over: Any) -> Decision:
        """Sign a decision about a card, sealed or not."""
        return sign_decision(
            said,
            **{
                "device": (device or self.phone).key,
                "request_id": card["id"],
                "asked": self.asked(card),
                "account": self.relay.account_id,
                "log": self.log,
                "now": self.now,
                "chance": CHANCE,
            }
            | over,
        )

    def asked(self, card: dict[str, Any]) -> str:
        if card["sealed"] is None:
            return asked_of(card, card["agent"]["name"])
        return self.open(card).name if card["sealed"]["version"] == 2 else asked_v1(card["sealed"]["payload"])

    async def answer(self, card: dict[str, Any], value: Any, device: KeyedDevice | None = None) -> dict[str, Any]:
        """Answer a sealed card of version 2 as a device does; return what was sent."""
        by, said, question = device or self.phone, Said(value), self.open(card, device)
        decision = self.decide(card, said, by)
        sealed = seal_answer(said, decision, question=question, device=by.key, now=self.now, chance=CHANCE)
        receipt = {"receipt": decision.receipt, "sig": decision.sig}
        body = {"answer_id": str(uuid4()), "sealed": sealed, "receipt": receipt}
        reply = await self.respond(card, body, by)
        assert reply.status == 200, await reply.text()
        return body

    async def respond(
        self, card: dict[str, Any], body: dict[str, Any], device: KeyedDevice | None = None
    ) -> aiohttp.ClientResponse:
        path = f"/api/v1/mobile/requests/{card['id']}/answer"
        return await (device or self.phone).party.post(path, {"answer_id": str(uuid4()), **body})


TEXT = {"type": "text", "min_length": 0, "max_length": 10_000, "placeholder": ""}
