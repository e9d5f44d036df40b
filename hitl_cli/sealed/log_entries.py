"""Writing entries of a device log, as a device does."""

from typing import Any

from hitl_cli.sealed.keys import DeviceKey
from hitl_cli.sealed.log import DeviceLog, Entry, signed_message


def add(new: DeviceKey, *, device_id: str, name: str, by: DeviceKey, log: DeviceLog | None, at: int) -> Entry:
    """Let a device join; the first one of a log adds itself."""
    return _entry(by, log, at, type="add", kind="device", device_id=device_id, name=name, **_keys(new))


def add_recovery(new: DeviceKey, *, name: str, by: DeviceKey, log: DeviceLog, at: int) -> Entry:
    return _entry(by, log, at, type="add", kind="recovery", device_id="", name=name, **_keys(new))


def admit(joining: dict[str, str], *, device_id: str, by: DeviceKey, log: DeviceLog, at: int) -> Entry:
    """Let a device join whose keys came by pairing: `name`, `sign`, `box` and `pop` as it sent them."""
    keys = {name: joining[name] for name in ("name", "sign", "box", "pop")}
    return _entry(by, log, at, type="add", kind="device", device_id=device_id, **keys)


def revoke(sign: str, *, by: DeviceKey, log: DeviceLog, at: int) -> Entry:
    """Take a device out. An `inbox` entry has to follow in the same append."""
    return _entry(by, log, at, type="revoke", sign=sign)


def approve(box: str, *, agent_id: str, name: str, by: DeviceKey, log: DeviceLog, at: int) -> Entry:
    return _entry(by, log, at, type="agent", agent_id=agent_id, name=name, box=box)


def disapprove(box: str, *, by: DeviceKey, log: DeviceLog, at: int) -> Entry:
    return _entry(by, log, at, type="agent_revoke", box=box)


def renew_inbox(box: str, *, by: DeviceKey, log: DeviceLog, at: int) -> Entry:
    return _entry(by, log, at, type="inbox", box=box)


def _keys(new: DeviceKey) -> dict[str, str]:
    return {"sign": new.sign, "box": new.box.public, "pop": new.consent()}


def _entry(by: DeviceKey, log: DeviceLog | None, at: int, **members: Any) -> Entry:
    seq, prev = (log.seq + 1, log.head) if log else (0, "")
    entry = {"seq": seq, "prev": prev, "at": at, "by": by.sign, **members}
    return {**entry, "sig": by.signature(signed_message(entry))}
