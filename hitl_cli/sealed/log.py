"""The device log: a hash chain that says who may decide for an account, verified entry by entry.

    entry 0 (signs itself) <-hash- entry 1 <-hash- entry 2 ...     each signed by a device active before it

The relay keeps it and nobody takes its word for it: whoever relies on a log pins its root and the newest entry seen.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from hitl_cli.sealed.canon import canon, digest_of, unb64
from hitl_cli.sealed.keys import KEY_BYTES, consent_message, is_signed
from hitl_cli.sealed.wrong import Wrong, must, refused

Entry: TypeAlias = Mapping[str, Any]

LOG_TAG: Final = b"hitl-relay/device-log/1\0"

_TEXTS: Final[Mapping[str, tuple[str, ...]]] = {
    "add": ("kind", "device_id", "name", "sign", "box", "pop"),
    "revoke": ("sign",),
    "agent": ("agent_id", "name", "box"),
    "agent_revoke": ("box",),
    "inbox": ("box",),
}


@dataclass(frozen=True, slots=True)
class Member:
    """A device, or a printed recovery key."""

    kind: str
    device_id: str
    name: str
    sign: str
    box: str


@dataclass(frozen=True, slots=True)
class ApprovedAgent:
    agent_id: str
    name: str
    box: str


@dataclass(frozen=True, slots=True)
class Pin:
    """What was seen of a log: no other beginning and no older or other state is believed from then on."""

    root: str
    seq: int
    head: str


@dataclass(frozen=True, slots=True)
class DeviceLog:
    """What a verified log says."""

    hashes: tuple[str, ...]
    devices: Mapping[str, Member]
    agents: Mapping[str, ApprovedAgent]
    at: int
    inbox: str = ""
    inbox_leaked: bool = False
    """A device left since the inbox key was made, and knows it."""

    @property
    def root(self) -> str:
        return self.hashes[0]

    @property
    def head(self) -> str:
        return self.hashes[-1]

    @property
    def seq(self) -> int:
        return len(self.hashes) - 1

    @property
    def recipients(self) -> tuple[str, ...]:
        """The box keys a question is sealed for."""
        return tuple(member.box for member in self.devices.values())

    def pin(self) -> Pin:
        return Pin(self.root, self.seq, self.head)

    def has(self, seq: Any, head: Any) -> bool:
        """Say whether this log once ended like that."""
        return type(seq) is int and 0 <= seq <= self.seq and self.hashes[seq] == head


def verified(entries: Sequence[Entry], pin: Pin | None = None) -> DeviceLog:
    """Return what a log says, or refuse it. With a pin it must continue what was pinned."""
    log: DeviceLog | None = None
    for entry in entries:
        log = followed(log, entry)
        # Before anything else is looked at: a log that begins elsewhere is another account's, whatever it says.
        must(pin is None or log.root == pin.root, Wrong.OTHER_ROOT, "the list of devices begins anew")
    if log is None:
        raise refused(Wrong.UNREADABLE, "the list of devices is empty")
    if pin is not None:
        must(log.seq >= pin.seq, Wrong.LOG_ROLLED_BACK, "entries of the list of devices have vanished")
        must(log.hashes[pin.seq] == pin.head, Wrong.LOG_REWRITTEN, "the list of devices has another past")
    return log


def followed(log: DeviceLog | None, entry: Entry) -> DeviceLog:
    """Return the log with one more entry, or refuse the entry."""
    _check_form(entry)
    nth, head = (log.seq + 1, log.head) if log else (0, "")
    must(entry["seq"] == nth and entry["prev"] == head, Wrong.LOG_LINK, f"entry {nth} does not follow the one before")
    signers = log.devices if log else _genesis(entry)
    must(entry["by"] in signers, Wrong.LOG_SIGNER, f"entry {nth} is signed by no active device")
    signed = is_signed(entry["by"], entry["sig"], signed_message(entry))
    must(signed, Wrong.LOG_SIGNATURE, f"the signature of entry {nth} is wrong")
    before = log or DeviceLog((), MappingProxyType({}), MappingProxyType({}), 0)
    after = _applied(before, entry)
    return replace(after, hashes=(*before.hashes, digest_of(entry)), at=entry["at"])


def signed_message(entry: Entry) -> bytes:
    return LOG_TAG + canon({name: value for name, value in entry.items() if name != "sig"})


def _check_form(entry: Any) -> None:
    readable = (
        isinstance(entry, Mapping)
        and type(entry.get("seq")) is int
        and type(entry.get("at")) is int
        and all(isinstance(entry.get(name), str) for name in ("prev", "by", "type", "sig"))
    )
    must(readable, Wrong.UNREADABLE, "an entry of the list of devices is not of its form")
    must(entry["type"] in _TEXTS, Wrong.LOG_TYPE, "an entry of the list of devices is of no known type")
    texts = all(isinstance(entry.get(name), str) for name in _TEXTS[entry["type"]])
    must(texts, Wrong.UNREADABLE, "an entry of the list of devices is not of its form")
    try:
        canon(entry)
    except (ValueError, RecursionError) as error:
        raise refused(Wrong.UNREADABLE, "an entry of the list of devices is not of its form") from error


def _genesis(entry: Entry) -> frozenset[str]:
    itself = entry["type"] == "add" and entry["kind"] == "device" and entry["by"] == entry["sign"]
    must(itself, Wrong.LOG_GENESIS, "the first entry is no device that signs itself")
    return frozenset({entry["sign"]})


def _applied(log: DeviceLog, entry: Entry) -> DeviceLog:
    match entry["type"]:
        case "add":
            return replace(log, devices=_with_device(log, entry))
        case "revoke":
            devices = _without(log.devices, entry["sign"])
            left = any(member.kind == "device" for member in devices.values())
            must(left, Wrong.LOG_LAST_DEVICE, "the last device was revoked")
            return replace(log, devices=devices, inbox_leaked=bool(log.inbox))
        case "agent":
            unb64(entry["box"], KEY_BYTES)
            agent = ApprovedAgent(entry["agent_id"], entry["name"], entry["box"])
            return replace(log, agents=MappingProxyType({**log.agents, agent.box: agent}))
        case "agent_revoke":
            return replace(log, agents=_without(log.agents, entry["box"]))
        case _:  # inbox: the form was checked
            unb64(entry["box"], KEY_BYTES)
            return replace(log, inbox=entry["box"], inbox_leaked=False)


def _with_device(log: DeviceLog, entry: Entry) -> Mapping[str, Member]:
    sign, box = entry["sign"], entry["box"]
    unb64(box, KEY_BYTES)
    must(entry["kind"] in {"device", "recovery"}, Wrong.LOG_TYPE, "a device is of no known kind")
    twice = sign in log.devices or box in log.recipients
    must(not twice, Wrong.LOG_TWICE, "a device is added twice")
    agrees = is_signed(sign, entry["pop"], consent_message(sign, box))
    must(agrees, Wrong.LOG_CONSENT, "a device was added that did not agree")
    member = Member(entry["kind"], entry["device_id"], entry["name"], sign, box)
    return MappingProxyType({**log.devices, sign: member})


def _without(members: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    must(key in members, Wrong.LOG_ABSENT, "something is taken back that is not there")
    return MappingProxyType({name: member for name, member in members.items() if name != key})
