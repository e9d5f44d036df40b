"""A grant that is kept fresh: one process at a time trades the old token, the others read what it got."""

import os
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from typing import Final

from hitl_cli.errors import Refused
from hitl_cli.files import config_folder, exclusively_if_free
from hitl_cli.http import RelayHttp
from hitl_cli.oauth.exchange import places, refresh
from hitl_cli.oauth.stored import LOCK_FILE, Grant, load_grant, save_grant
from hitl_cli.pacing import pause, wall_s

LOOK_EVERY_S: Final = 0.05
"""How often a process looks whether the one that renews is done; that takes one exchange with the relay."""


class StoredGrant:
    """The grant on disk, as a credential that renews itself (RFC 6749 6)."""

    def __init__(
        self,
        env: Mapping[str, str] = os.environ,
        *,
        now: Callable[[], float] = wall_s,
        rest: Callable[[float], Awaitable[None]] = pause,
    ) -> None:
        self._env = env
        self._now = now
        self._rest = rest

    async def current(self, relay: RelayHttp) -> str:
        grant = self._loaded()
        if not grant.stale(self._now()) or not grant.renewable():
            return grant.access_token
        # Still good for a minute: a relay that cannot renew now may serve the call all the same.
        with suppress(Refused):
            grant = await self._renewed(grant.access_token, relay)
        return grant.access_token

    async def instead_of(self, refused: str, relay: RelayHttp) -> str | None:
        if not self._loaded().renewable():
            return None
        return (await self._renewed(refused, relay)).access_token

    async def _renewed(self, old: str, relay: RelayHttp) -> Grant:
        while True:
            with exclusively_if_free(config_folder(self._env) / LOCK_FILE) as mine:
                grant = self._loaded()
                if grant.access_token != old:
                    return grant
                if mine:
                    stranger = relay.as_stranger()
                    new = await refresh(stranger, await places(stranger), grant, self._now())
                    save_grant(new, self._env)
                    return new
            await self._rest(LOOK_EVERY_S)

    def _loaded(self) -> Grant:
        grant = load_grant(self._env)
        if grant is None:
            raise Refused(401, "unauthenticated", "signed out meanwhile: sign in again with `hitl-cli login`")
        return grant
