"""Opens what comes from the relay, and reads the account anew when something does not fit what is known of it."""

import os
from collections.abc import Mapping
from typing import Any, Final

from hitl_cli.asking import insist
from hitl_cli.errors import IdentityChanged, Refused, Untrusted
from hitl_cli.http import RelayHttp
from hitl_cli.sealed.inbox_key import unwrapped
from hitl_cli.sealed.keys import BoxKey, DeviceKey, boxing_key
from hitl_cli.sealed.log import DeviceLog
from hitl_cli.sealing.pins import Pins, account_name
from hitl_cli.terminal.vault import Card, Household, Vault, why_closed

Frame = Mapping[str, Any]

CLOSED: Final = {"form": {"type": "closed"}, "context": "", "action": None, "danger": False}


class Opener:
    """Without a vault, on a terminal that has no keys, sealed questions stay closed and answers go unsigned."""

    def __init__(
        self, owner: RelayHttp, vault: Vault | None, key: DeviceKey | None, env: Mapping[str, str] = os.environ
    ) -> None:
        self._owner = owner
        self._vault = vault
        self._key = key
        self._env = env
        self._household: Household | None = None

    async def opened(self, frame: Frame) -> Frame:
        """Return the frame with the words of its cards."""
        if isinstance(cards := frame.get("requests"), list):
            return {**frame, "requests": [await self._card(card) for card in cards]}
        card = frame.get("request")
        return {**frame, "request": await self._card(card)} if card else frame

    def answered(self, frame: Frame) -> Frame:
        """Return an answer's frame as it leaves."""
        if self._vault is None or self._household is None:
            return frame
        return self._vault.answered(frame, self._household)

    async def _card(self, card: Card) -> Card:
        if self._vault is None:
            return _closed(card, "this terminal has no keys; run `hitl-cli pair`") if card.get("sealed") else card
        try:
            return self._vault.opened(card, self._household or await self._read())
        except IdentityChanged as changed:
            return _closed(card, why_closed(changed))
        except Untrusted:
            pass  # perhaps an agent was approved, or a device came, since we looked
        try:
            return self._vault.opened(card, await self._read())
        except Untrusted as untrusted:
            return _closed(card, why_closed(untrusted))

    async def _read(self) -> Household:
        owner = self._owner
        me = await insist(lambda: owner.call("GET", "/api/v1/auth/me"))
        shown = await insist(lambda: owner.call("GET", "/api/v1/device-log"))
        keys = await insist(lambda: owner.call("GET", "/api/v1/mobile/agent-keys"))
        account = device_account(owner.endpoint.server_url)
        pins = Pins(self._env)
        log = pins.checked(account, shown["entries"]) if shown["entries"] or pins.of(account) else None
        senders = [boxing_key(key["public_key"], key["key_type"]) for key in keys]
        inbox = await self._inbox(log) if log and log.inbox else None
        self._household = Household(account_id=me["account"]["id"], log=log, inbox=inbox, senders=senders)
        return self._household

    async def _inbox(self, log: DeviceLog) -> BoxKey | None:
        try:
            wrap = await insist(lambda: self._owner.call("GET", "/api/v1/mobile/inbox-key"))
        except Refused as refused:
            if refused.status != 404:
                raise
            return None
        return unwrapped(wrap, device=self._key, log=log) if self._key else None


def device_account(server_url: str) -> str:
    """Under which name this terminal, as a device, pins its account: what agents here pin is another matter."""
    return account_name(server_url, "as-device")


def _closed(card: Card, why: str) -> Card:
    return {**card, **CLOSED, "prompt": why}
