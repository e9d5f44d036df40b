"""Who we are to an account's devices, and who they are to us."""

import hashlib
import hmac
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from os import environ
from typing import Any

from hitl_cli.asking import insist
from hitl_cli.errors import CannotSeal, Refused
from hitl_cli.http import RelayHttp
from hitl_cli.sealed.canon import canon
from hitl_cli.sealed.keys import BoxKey, Chance
from hitl_cli.sealed.log import DeviceLog, Entry
from hitl_cli.sealed.safety import safety_number
from hitl_cli.sealed.wrong import Wrong, refused
from hitl_cli.sealing.agent_key import agent_key
from hitl_cli.sealing.pins import Pins, account_name
from hitl_cli.sealing.sent import SentRecords

ASKED_TAG = b"hitl-relay/asked/1\0"


@dataclass(frozen=True, kw_only=True)
class Identity:
    """Key, pins and records of this machine; the root is one that the program was told to expect."""

    env: Mapping[str, str] = field(default_factory=lambda: environ, repr=False)
    root: str | None = None
    now: Callable[[], float] = time.time  # noqa: TID251 - signed times are times of day; tests pass their own
    chance: Chance = secrets.token_bytes

    @property
    def pins(self) -> Pins:
        return Pins(self.env, self.root or self.env.get("HITL_E2EE_ROOT") or None)

    @property
    def records(self) -> SentRecords:
        return SentRecords(self.env, self.now)

    def key(self) -> BoxKey:
        return agent_key(self.env, self.chance)

    async def entries(self, relay: RelayHttp, audience: str | None = None) -> Sequence[Entry]:
        """Read an account's log as the relay shows it: nothing is believed yet."""
        query = f"?audience={audience}" if audience else ""
        try:
            shown = await insist(lambda: relay.call("GET", f"/api/v1/device-log{query}"))
        except Refused as refusal:
            if refusal.status != 404:
                raise
            raise CannotSeal("the relay keeps no lists of devices: nothing was sent") from refusal
        entries = shown.get("entries") if isinstance(shown, dict) else None
        if not isinstance(entries, list):
            raise refused(Wrong.UNREADABLE, "the relay shows no list of devices")
        return entries

    async def log(self, relay: RelayHttp, audience: str | None = None) -> DeviceLog | None:
        """Return the account's verified log, or None where it has none and never had one."""
        account = account_name(relay.endpoint.server_url, audience)
        entries = await self.entries(relay, audience)
        if entries or self.pins.of(account) or self.pins.told:
            return self.pins.checked(account, entries)
        return None


async def introduced(relay: RelayHttp, key: BoxKey) -> None:
    """Give our public key to the relay, so that the account's human can compare and approve it."""
    agents = await insist(lambda: relay.call("GET", "/api/v1/agents"))
    if not agents:
        raise CannotSeal("the relay knows no agent for this credential: nothing was sent")
    body = {"entity_type": "agent", "entity_id": agents[0]["id"], "public_key": key.public}
    await insist(lambda: relay.call("POST", "/api/v1/keys/register", body))


def fingerprint(key: BoxKey, log: DeviceLog) -> str:
    return safety_number(log.root, key.public)


def veiled(key: BoxKey, value: Any) -> str:
    """Name something so that the relay can compare it with itself, and learns nothing else of it."""
    secret = hashlib.sha256(ASKED_TAG + key.private).digest()
    return hmac.digest(secret, canon(value), "sha256").hex()
