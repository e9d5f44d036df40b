"""An account with devices and an agent, played by the client's own core; the same every time."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from hitl_cli.sealed import log_entries
from hitl_cli.sealed.canon import b64
from hitl_cli.sealed.keys import BoxKey, DeviceKey
from hitl_cli.sealed.log import DeviceLog, Entry, followed
from hitl_cli.sealed.recovery import recovery_keys

NOW = 1_800_000_000
ACCOUNT = "0199f0a0-0000-7000-8000-00000000acc0"
AGENT_ID = "0199f0a0-0000-7000-8000-0000000a9e47"
PHONE_ID = "0199f0a0-0000-7000-8000-0000000dec01"
BROWSER_ID = "0199f0a0-0000-7000-8000-0000000dec02"
REQUEST_ID = "0199f0a0-0000-7000-8000-000000000001"
OTHER_REQUEST_ID = "0199f0a0-0000-7000-8000-000000000002"

MESSAGE: Mapping[str, Any] = {
    "kind": "approval",
    "prompt": "Pay 12.50 \u20ac to Zo\u00eb \U0001f4b8?",
    "context": "Invoice *42*\n",
    "form": {"type": "boolean"},
    "danger": True,
    "action": {"tool": "pay", "arguments": {"amount": 12.5, "id": 9007199254740993, "to": "Zo\u00eb"}},
}


class Draw:
    """Chance that is none: bytes from a label, different at each call."""

    def __init__(self, label: str) -> None:
        self._label = label
        self._calls = 0

    def __call__(self, count: int) -> bytes:
        self._calls += 1
        return hashlib.shake_256(f"{self._label}/{self._calls}".encode()).digest(count)


class SeenList:
    """What a device remembers of questions, in memory."""

    def __init__(self) -> None:
        self.seen: dict[tuple[str, str], str] = {}

    def first_as(self, sender: str, id: str, request_id: str, expires: int) -> bool:  # noqa: ARG002 - forgets nothing
        return self.seen.setdefault((sender, id), request_id) == request_id


@dataclass
class Account:
    """A phone that began the log, whatever joined it, and an agent that was approved."""

    phone: DeviceKey = field(default_factory=lambda: DeviceKey.make(Draw("phone")))
    browser: DeviceKey = field(default_factory=lambda: DeviceKey.make(Draw("browser")))
    recovery_secret: bytes = field(default_factory=lambda: Draw("recovery")(16))
    agent: BoxKey = field(default_factory=lambda: BoxKey.make(Draw("agent")))
    inbox: BoxKey = field(default_factory=lambda: BoxKey.make(Draw("inbox")))
    entries: list[Entry] = field(default_factory=list)
    log: DeviceLog | None = None

    @property
    def recovery(self) -> DeviceKey:
        return recovery_keys(self.recovery_secret)

    @property
    def known(self) -> DeviceLog:
        assert self.log
        return self.log

    @property
    def at(self) -> int:
        return NOW - 86_400 + len(self.entries)

    def append(self, entry: Entry) -> Entry:
        self.entries.append(entry)
        self.log = followed(self.log, entry)
        return entry

    def state(self) -> dict[str, Any]:
        """What whoever writes the next entry passes on."""
        return {"log": self.known, "at": self.at}


def an_account() -> Account:
    """A phone, an inbox key, a browser, a recovery key and an approved agent."""
    account = Account()
    phone = account.phone
    account.append(log_entries.add(phone, device_id=PHONE_ID, name="Phone", by=phone, log=None, at=account.at))
    account.append(log_entries.renew_inbox(account.inbox.public, by=phone, **account.state()))
    browser = {"device_id": BROWSER_ID, "name": "Bj\u00f6rn\u2019s browser"}
    account.append(log_entries.add(account.browser, by=phone, **browser, **account.state()))
    account.append(log_entries.add_recovery(account.recovery, name="Paper", by=phone, **account.state()))
    approved = {"agent_id": AGENT_ID, "name": "deploy-bot"}
    account.append(log_entries.approve(account.agent.public, by=account.browser, **approved, **account.state()))
    return account


def public_half(device: DeviceKey) -> dict[str, str]:
    return {"sign": device.sign, "box": device.box.public, "pop": device.consent()}


def both_halves(device: DeviceKey) -> dict[str, str]:
    return {"sign_seed": b64(device.seed), "box_private": b64(device.box.private), **public_half(device)}
