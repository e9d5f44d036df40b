"""How a terminal gets into the account's list of devices: it begins the list, or a device that is in it vouches."""

import os
import secrets
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from hitl_cli.errors import HitlError, Refused, Untrusted
from hitl_cli.http import Lost, RelayHttp
from hitl_cli.sealed import log_entries
from hitl_cli.sealed.inbox_key import wraps_of
from hitl_cli.sealed.keys import BoxKey, Chance, DeviceKey
from hitl_cli.sealed.log import followed, verified
from hitl_cli.sealed.pairing import Joining, Link, check_commit, digits_of, mac_of
from hitl_cli.sealed.wrong import Wrong, must
from hitl_cli.sealing.pins import Pins
from hitl_cli.terminal.opener import device_account

LOOK_EVERY_S: Final = 1.0
PATIENCE_S: Final = 300
"""How long a code is good; the relay says no before that if somebody refuses."""


@dataclass(frozen=True, slots=True)
class Paired:
    """What pairing gives the new device."""

    key: DeviceKey
    token: str
    device_id: str


async def begin(
    owner: RelayHttp, key: DeviceKey, *, device_id: str, name: str, now: int,
    chance: Chance = secrets.token_bytes, env: Mapping[str, str] = os.environ,
) -> bool:  # fmt: skip
    """Begin the account's list of devices, if there is none; return whether this terminal is in it now."""
    shown = await owner.call("GET", "/api/v1/device-log")
    if shown["entries"]:
        return key.sign in verified(shown["entries"]).devices
    first = log_entries.add(key, device_id=device_id, name=name, by=key, log=None, at=now)
    inbox, log = BoxKey.make(chance), followed(None, first)
    second = log_entries.renew_inbox(inbox.public, by=key, log=log, at=now)
    wraps = wraps_of(inbox, by=key, to=[key.box.public], chance=chance)
    try:
        await owner.call("POST", "/api/v1/mobile/device-log", {"entries": [first, second], "wraps": wraps})
    except Refused as refused:
        if refused.code != "log_moved":
            raise
        return False  # another device was quicker
    Pins(env).trust(device_account(owner.endpoint.server_url), [first, second])
    return True


async def pair(
    relay: RelayHttp,
    said: str,
    *,
    name: str,
    compare: Callable[[str], None],
    rest: Callable[[float], Awaitable[None]],
    now: Callable[[], float],
    chance: Chance = secrets.token_bytes,
    env: Mapping[str, str] = os.environ,
) -> Paired:
    """Join with what a device shows: the address of its QR code, or the code, which `compare` then gets digits for."""
    link = Link.parse(said) if "#/pair/" in said else None
    code = link.code if link else said.strip().upper()
    key = DeviceKey.make(chance)
    joining = Joining.of(key, kind="terminal", name=name, chance=chance)
    mac = mac_of(link.secret, code, joining) if link else ""
    begun = await relay.call("POST", "/api/v1/pairings/join", {**joining.members(), "code": code, "mac": mac})
    root, until = link.root if link else "", now() + PATIENCE_S
    while now() < until:
        await rest(LOOK_EVERY_S)
        state = await _claimed(relay, begun["ticket"])
        if state.get("state") == "revealed" and not root:
            root = _compared(state, begun["commit"], code, joining, compare)
        if state.get("state") == "accepted":
            return _accepted(relay, state, key, root, env)
    raise HitlError("nobody accepted this terminal in time")


async def _claimed(relay: RelayHttp, ticket: str) -> Mapping[str, Any]:
    try:
        state: Mapping[str, Any] = await relay.call("POST", "/api/v1/pairings/claim", {"ticket": ticket})
    except Lost:
        return {}
    except Refused as refused:
        if refused.status != 404:
            raise
        raise HitlError("the other device refused, or the code ran out") from refused
    return state


def _compared(
    state: Mapping[str, Any], commit: str, code: str, joining: Joining, compare: Callable[[str], None]
) -> str:
    check_commit(commit, state["nonce"])
    root = str(state["root"])
    compare(digits_of(code=code, root=root, old_nonce=state["nonce"], joining=joining))
    return root


def _accepted(relay: RelayHttp, state: Mapping[str, Any], key: DeviceKey, root: str, env: Mapping[str, str]) -> Paired:
    _check(state["entries"], key, root)
    Pins(env).trust(device_account(relay.endpoint.server_url), state["entries"])
    return Paired(key, str(state["token"]), str(state["device_id"]))


def _check(entries: Any, key: DeviceKey, root: str) -> None:
    if not root:
        raise Untrusted(Wrong.COMMIT.value, "the other device accepted before anything was compared")
    log = verified(entries)
    must(log.root == root, Wrong.OTHER_ROOT, "the account is not the one whose code this is")
    must(key.sign in log.devices, Wrong.UNKNOWN_DEVICE, "the list of devices does not have this terminal")
