"""A device leaves: by its human's hand, or because the device log says so."""

from collections.abc import Iterable

from aiohttp import web

from auth.keys import SESSIONS
from auth.principal import Principal
from push.keys import PUSH_DEVICES
from relay.domain.ids import DeviceId
from relay.domain.log_entry import EntryType
from relay.services.keys import CLOCK, DEVICES, JOURNAL


async def revoke_device(app: web.Application, principal: Principal, device: DeviceId) -> bool:
    """End a device's sessions and sockets, and serve its keys no more; return False when it is none of the account's.

    Its entry in the device log another device revokes: the relay cannot sign.
    """
    if await app[DEVICES].revoke(principal.account_id, device, app[CLOCK].now()) is None:
        return False
    await app[SESSIONS].revoke_device(device)  # closes its sockets too
    await app[PUSH_DEVICES].unregister(principal.account_id, device)
    await app[JOURNAL].note(
        principal.account_id, EntryType.DEVICE_REVOKED, device, actor=principal.account_id, org=principal.org_id
    )
    return True


async def revoke_devices(app: web.Application, principal: Principal, devices: Iterable[DeviceId]) -> None:
    for device in devices:
        await revoke_device(app, principal, device)
