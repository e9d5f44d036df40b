"""A human's devices as push sees them: where they are reached, whether it works, how they want to be woken."""

import datetime as dt
from typing import Final

from push.compose import trial
from push.policy import Preference
from push.provider import Target
from push.results import Result, Verdict
from push.sender import Sender
from push.store.targets import Health, TargetStore
from relay.domain.clock import Clock
from relay.domain.errors import NotFound
from relay.domain.ids import AccountId, Chance, DeviceId, uuid7

TRIAL: Final = dt.timedelta(minutes=2)
"""Who asked for a test looks at the device now."""


class PushDevices:
    """`key` is the relay's VAPID public key, which a browser subscribes with."""

    def __init__(self, *, targets: TargetStore, sender: Sender, clock: Clock, chance: Chance, key: str) -> None:
        self._targets = targets
        self._sender = sender
        self._clock = clock
        self._chance = chance
        self.key = key

    async def register(self, target: Target) -> None:
        before = await self._targets.register(target)
        await self._sender.look_at([target.account_id, *before])

    async def unregister(self, account: AccountId, device: DeviceId) -> None:
        await self._targets.unregister(device)
        await self._sender.look_at([account])

    async def health(self, account: AccountId) -> dict[DeviceId, Health]:
        return await self._targets.health(account)

    async def test(self, account: AccountId, device: DeviceId) -> Result:
        """Send a push now and return what its provider says. The caller has made sure whose device it is."""
        target = await self._targets.of_device(device)
        if target is None or target.account_id != account:
            raise NotFound("this device has no push address: open the app on it and allow notifications")
        now = self._clock.now()
        message = trial(uuid7(now, self._chance), now + TRIAL)
        result = await self._sender.send(target, message)
        return result or Result(verdict=Verdict.RETRY, code="paused")

    async def preference(self, account: AccountId) -> Preference:
        return await self._targets.preference(account)

    async def prefer(self, account: AccountId, wish: Preference) -> None:
        await self._targets.prefer(account, wish)
