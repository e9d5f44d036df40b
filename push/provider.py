"""Where a push goes, and the one thing every provider does."""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from push.message import Message
from push.results import Result
from relay.domain.ids import AccountId, DeviceId


class Vendor(StrEnum):
    WEBPUSH = "webpush"
    """Browsers, installed web apps and UnifiedPush: whatever gives an address and two keys (RFC 8030, 8291)."""
    APNS = "apns"
    FCM = "fcm"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A device's push address. `token` is the endpoint's URL for Web Push; both it and the keys are secrets.

    `sandbox` and `topic` (the app's bundle id) are APNs'.
    """

    device_id: DeviceId
    account_id: AccountId
    vendor: Vendor
    token: str
    p256dh: bytes = b""
    auth: bytes = b""
    sandbox: bool = False
    topic: str = ""
    registered_at: dt.datetime


class State(StrEnum):
    OFF = "off"
    """It has no credentials. That is a normal state."""
    READY = "ready"
    WARNING = "warning"
    """It works, with an exception that `why` names."""
    BROKEN = "broken"
    """It has credentials that cannot be used."""


@dataclass(frozen=True, slots=True)
class Check:
    """Whether a provider can work, and why not, in a sentence for whoever runs the relay."""

    state: State
    why: str = ""


class Provider(Protocol):
    """Sends, and never raises for what the other side did: every outcome is a `Result`."""

    async def send(self, target: Target, message: Message) -> Result: ...

    async def try_out(self) -> Check:
        """Show the credentials to the vendor and see whether it takes them; nobody is woken."""

    async def close(self) -> None: ...
