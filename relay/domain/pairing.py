"""A new device on its way into the account: it has a code, its human has another device.

    open --join--> joined --accept--> accepted --claim--> (gone)
                     |--reveal--> revealed --accept--'
                     '--refuse, time--> (gone)

The relay carries keys from one to the other and can judge neither: whether they are the new device's own, the human's
old device finds out (`docs/protocol/sealed.md`).
"""

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID

from relay.domain.ids import AccountId, DeviceId, OrgId
from relay.domain.parties import DeviceKind

PAIRING_LIFE: Final = dt.timedelta(minutes=5)
CLAIM_LIFE: Final = dt.timedelta(minutes=2)
"""After the human accepted: the new device asks every second or two."""


class PairingState(StrEnum):
    OPEN = "open"
    JOINED = "joined"
    REVEALED = "revealed"
    ACCEPTED = "accepted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Newcomer:
    """What the new device says of itself. `mac` is empty when its human typed the code."""

    kind: DeviceKind
    name: str
    sign: str
    box: str
    pop: str
    nonce: str
    mac: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The new device, and the id it will have if it is accepted."""

    at: dt.datetime
    device_id: DeviceId
    newcomer: Newcomer


@dataclass(frozen=True, slots=True, kw_only=True)
class Pairing:
    """`commitment` was shown to the new device before its keys came; `nonce` and `root` are what it was made of."""

    id: UUID
    account_id: AccountId
    org_id: OrgId
    commitment: str
    expires_at: dt.datetime
    joined: Joined | None = None
    nonce: str | None = None
    root: str | None = None
    is_accepted: bool = False

    @property
    def state(self) -> PairingState:
        if self.is_accepted:
            return PairingState.ACCEPTED
        if self.nonce is not None:
            return PairingState.REVEALED
        return PairingState.JOINED if self.joined else PairingState.OPEN
