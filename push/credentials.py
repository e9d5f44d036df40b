"""From settings and files to providers, with a verdict for whoever runs the relay; again when a file changes."""

from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeAlias

import aiohttp

from push.apns import Apns, is_key
from push.fcm import Fcm, project_of
from push.provider import Check, Provider, State, Vendor
from push.settings import ApnsSettings
from push.vendors import Vendors
from relay.domain.clock import Clock

LOOK_EVERY_S: Final = 10.0

Opened: TypeAlias = tuple[Provider | None, Check]
Stamp: TypeAlias = tuple[int, int] | None
"""Time of the last change and size; None when there is no file."""

MAX_FILE: Final = 64 * 1024
"""A key has some hundred bytes, a service account two thousand."""


def open_apns(settings: ApnsSettings, clock: Clock) -> Opened:
    if settings.key_file is None:
        return None, Check(State.OFF)
    named = {
        "HITL_APNS_KEY_ID": settings.key_id,
        "HITL_APNS_TEAM_ID": settings.team_id,
        "HITL_APNS_TOPIC": settings.topic,
    }
    if missing := [name for name, value in named.items() if not value]:
        return None, Check(State.BROKEN, f"{' and '.join(missing)} must be set beside HITL_APNS_KEY_FILE")
    try:
        key = _read(settings.key_file)
    except OSError as error:
        return None, Check(State.BROKEN, f"HITL_APNS_KEY_FILE cannot be read: {error.strerror}")
    if not is_key(key):
        return None, Check(State.BROKEN, "HITL_APNS_KEY_FILE is not the .p8 key that Apple gave out")
    return Apns(settings, key, clock), Check(State.READY)


def open_fcm(credentials: Path | None, session: aiohttp.ClientSession, clock: Clock) -> Opened:
    if credentials is None:
        return None, Check(State.OFF)
    try:
        project_of(credentials)
        return Fcm(credentials, session, clock), Check(State.READY)
    except ValueError as error:
        return None, Check(State.BROKEN, f"HITL_FCM_CREDENTIALS_FILE {error}")


def _read(path: Path) -> str:
    with path.open(encoding="utf-8", errors="replace") as file:
        return file.read(MAX_FILE)


class Rotation:
    """Puts a new provider in place when its file changes. One that cannot be used does not replace one that can."""

    def __init__(self, vendors: Vendors) -> None:
        self._vendors = vendors
        self._watched: dict[Vendor, tuple[Path | None, Callable[[], Opened]]] = {}
        self._stamps: dict[Vendor, Stamp] = {}

    async def begin(self, vendor: Vendor, file: Path | None, open_: Callable[[], Opened]) -> None:
        self._watched[vendor] = (file, open_)
        self._stamps[vendor] = _stamp(file)
        await self._vendors.put(vendor, *open_())

    async def look(self) -> None:
        """Open anew what has changed since the last look."""
        for vendor, (file, open_) in self._watched.items():
            stamp = _stamp(file)
            if stamp == self._stamps[vendor]:
                continue
            self._stamps[vendor] = stamp
            provider, check = open_()
            if provider is None and self._vendors.of(vendor) is not None:
                self._vendors.complain(vendor, Check(State.BROKEN, f"{check.why}; the credentials before go on"))
            else:
                await self._vendors.put(vendor, provider, check)


def _stamp(file: Path | None) -> Stamp:
    if file is None:
        return None
    try:
        found = file.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size
