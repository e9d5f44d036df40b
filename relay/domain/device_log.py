"""The device log: whose keys are this account's, as its own devices signed it, one entry after the other.

`docs/protocol/sealed.md` has the format. The relay refuses what does not verify, so that a device with a fault cannot
spoil the log for the others; agents and devices verify it again, because the relay is not to be believed. Keys, digests
and signatures stay in the base64 they travel in: equal texts are equal bytes, since only one text of each is taken.
"""

import base64
import binascii
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self, TypeAlias
from uuid import UUID

from relay.domain.canonical import canonical, digest
from relay.domain.errors import InvalidInput

Json: TypeAlias = Mapping[str, Any]
Verify: TypeAlias = Callable[[bytes, bytes, bytes], bool]
"""(key, message, signature): whether the key's holder signed the message."""

ENTRY_TAG: Final = b"hitl-relay/device-log/1\0"
KEY_TAG: Final = b"hitl-relay/device-key/1\0"

KEY_BYTES: Final = 32
SIGNATURE_BYTES: Final = 64
WRAP_BYTES: Final = 24 + 16 + 32
"""A nonce, an authenticator, and the private half that is boxed."""

MAX_NAME: Final = 80
MAX_APPEND: Final = 50
MAX_ENTRIES: Final = 5_000
"""Of one log, some 3 MB. It grows by a human's devices and agents; whoever reaches this starts another."""
MAX_MEMBERS: Final = 100
"""Devices and recovery keys active at once: each gets a wrap of every content key."""

DEVICE: Final = "device"
RECOVERY: Final = "recovery"

_COMMON: Final = frozenset({"seq", "prev", "at", "by", "type", "sig"})
_MEMBERS: Final[Mapping[str, frozenset[str]]] = {
    "add": frozenset({"kind", "device_id", "name", "sign", "box", "pop"}),
    "revoke": frozenset({"sign"}),
    "agent": frozenset({"agent_id", "name", "box"}),
    "agent_revoke": frozenset({"box"}),
    "inbox": frozenset({"box"}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class LogMember:
    """A key that may sign: a device's, or one that a human printed for the day all devices are lost."""

    kind: str
    device_id: UUID | None
    name: str
    sign: str
    box: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceLog:
    """What a log comes to after its last entry. An empty one has neither root nor head."""

    root: str = ""
    head: str = ""
    seq: int = -1
    inbox: str = ""
    members: Mapping[str, LogMember] = field(default_factory=dict)
    """Active ones, by their sign key."""
    agents: frozenset[str] = frozenset()
    """Box keys of agents the human approved."""

    @classmethod
    def of(cls, entries: Iterable[Json]) -> Self:
        """Read a log that was checked when it was written."""
        log = cls()
        for entry in entries:
            log = log._followed_by(entry)
        return log

    def appended(self, entries: Sequence[Json], verify: Verify) -> Self:
        """Return the log with these entries at its end, or name the one that does not fit and why."""
        log, owed = self, False
        for number, entry in enumerate(entries):
            at = f"/entries/{number}"
            check_shape(entry, at)
            log._check_link(entry, at, verify)
            log._check_meaning(entry, at, verify)
            log = log._followed_by(entry)
            owed = entry["type"] == "revoke" or (owed and entry["type"] != "inbox")
        if owed:
            raise InvalidInput(
                "a revoke must be followed by an inbox key that the revoked device never had", "/entries"
            )
        if log.seq >= MAX_ENTRIES:
            raise InvalidInput(f"the log must have at most {MAX_ENTRIES} entries", "/entries")
        return log

    def is_next(self, entry: Json) -> bool:
        """Whether the entry was made for the end of this very log."""
        return entry.get("seq") == self.seq + 1 and entry.get("prev") == self.head

    def device(self, id: UUID) -> LogMember | None:
        return next((member for member in self.members.values() if member.device_id == id), None)

    @property
    def head_digest(self) -> bytes | None:
        return raw(self.head) if self.head else None

    @property
    def boxes(self) -> list[str]:
        return [member.box for member in self.members.values()]

    def _check_link(self, entry: Json, at: str, verify: Verify) -> None:
        if entry["seq"] != self.seq + 1:
            raise InvalidInput(f"must be {self.seq + 1}", f"{at}/seq")
        if entry["prev"] != self.head:
            raise InvalidInput("must be the hash of the entry before", f"{at}/prev")
        founds = self.seq < 0 and entry["type"] == "add" and entry["by"] == entry["sign"] and entry["kind"] == DEVICE
        if not founds and entry["by"] not in self.members:
            raise InvalidInput("must be a key that is active before this entry", f"{at}/by")
        unsigned = {name: of for name, of in entry.items() if name != "sig"}
        if not verify(raw(entry["by"]), ENTRY_TAG + canonical(unsigned), raw(entry["sig"])):
            raise InvalidInput("does not verify", f"{at}/sig")

    def _check_meaning(self, entry: Json, at: str, verify: Verify) -> None:
        match entry["type"]:
            case "add":
                self._check_add(entry, at, verify)
            case "revoke":
                self._check_revoke(entry, at)
            case "agent_revoke" if entry["box"] not in self.agents:
                raise InvalidInput("is no approved key", f"{at}/box")
            case "inbox" if entry["box"] == self.inbox:
                raise InvalidInput("must be another key than before", f"{at}/box")
            case _:
                return

    def _check_add(self, entry: Json, at: str, verify: Verify) -> None:
        if entry["sign"] in self.members:
            raise InvalidInput("is in this log already", f"{at}/sign")
        if entry["box"] in self.boxes:
            raise InvalidInput("is another device's", f"{at}/box")
        if len(self.members) >= MAX_MEMBERS:
            raise InvalidInput(f"at most {MAX_MEMBERS} devices can be active at once", at)
        device = _device_id(entry, at)
        if device is not None and self.device(device):
            raise InvalidInput("is in this log already", f"{at}/device_id")
        if not is_key_of(entry, verify):
            raise InvalidInput("does not verify", f"{at}/pop")

    def _check_revoke(self, entry: Json, at: str) -> None:
        leaver = self.members.get(entry["sign"])
        if leaver is None:
            raise InvalidInput("is not active", f"{at}/sign")
        left = [member for member in self.members.values() if member.kind == DEVICE and member is not leaver]
        if not left:
            raise InvalidInput("the last device cannot leave; add another one first, or begin a log anew", f"{at}/sign")

    def _followed_by(self, entry: Json) -> Self:
        head = text(digest(entry))
        log = replace(self, seq=entry["seq"], head=head, root=self.root or head)
        match entry["type"]:
            case "add":
                member = LogMember(
                    kind=entry["kind"],
                    device_id=_device_id(entry, ""),
                    name=entry["name"],
                    sign=entry["sign"],
                    box=entry["box"],
                )
                return replace(log, members={**self.members, member.sign: member})
            case "revoke":
                left = {sign: member for sign, member in self.members.items() if sign != entry["sign"]}
                return replace(log, members=left)
            case "agent":
                return replace(log, agents=self.agents | {entry["box"]})
            case "agent_revoke":
                return replace(log, agents=self.agents - {entry["box"]})
            case _:
                return replace(log, inbox=entry["box"])


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxWrap:
    """The private half of an inbox key, boxed by one device's key for one of the account's members."""

    inbox: str
    by: str
    to: str
    wrapped: str


def check_wraps(log: DeviceLog, known: Iterable[str], brought: Sequence[InboxWrap]) -> None:
    """Refuse an append after which a member could not open what is sealed to the inbox key.

    `known` are the boxes that have a wrap of the inbox key already.
    """
    boxes = set(log.boxes)
    for number, wrap in enumerate(brought):
        at = f"/wraps/{number}"
        if not log.inbox or wrap.inbox != log.inbox:
            raise InvalidInput("must be the account's inbox key", f"{at}/inbox")
        if wrap.by not in boxes:
            raise InvalidInput("must be the box key of an active device", f"{at}/from")
        if wrap.to not in boxes:
            raise InvalidInput("must be the box key of an active device", f"{at}/to")
        if not _is_bytes(wrap.wrapped, WRAP_BYTES):
            raise InvalidInput(f"must be {WRAP_BYTES} bytes in standard base64", f"{at}/wrapped")
    missing = boxes - set(known) - {wrap.to for wrap in brought}
    if log.inbox and missing:
        raise InvalidInput("must have the inbox key wrapped for every active device", "/wraps")


def is_key_of(entry: Json, verify: Verify) -> bool:
    """Whether the holder of `sign` agrees that `box` is theirs (`pop`): nobody adds a key they do not have."""
    keys = {"box": entry["box"], "sign": entry["sign"]}
    return verify(raw(entry["sign"]), KEY_TAG + canonical(keys), raw(entry["pop"]))


def _device_id(entry: Json, at: str) -> UUID | None:
    if entry["kind"] == RECOVERY:
        if entry["device_id"] != "":
            raise InvalidInput("a recovery key is no device", f"{at}/device_id")
        return None
    if not _is_uuid(entry["device_id"]):
        raise InvalidInput("must be the id of a device", f"{at}/device_id")
    return UUID(entry["device_id"])


def check_shape(entry: Json, at: str) -> None:
    """Refuse an entry that has not exactly the members of its type, each of its kind."""
    of_type = _MEMBERS.get(entry["type"]) if isinstance(entry.get("type"), str) else None
    if of_type is None:
        raise InvalidInput(f"must be one of {', '.join(_MEMBERS)}", f"{at}/type")
    if entry.keys() != _COMMON | of_type:
        odd = sorted(entry.keys() ^ (_COMMON | of_type))
        raise InvalidInput("is missing" if odd[0] not in entry else "is not known here", f"{at}/{odd[0][:MAX_NAME]}")
    for name, of in entry.items():
        fits, wanted = _TAKEN[name]
        if not fits(of):
            raise InvalidInput(wanted, f"{at}/{name}")


def _is_whole(of: object) -> bool:
    return type(of) is int and 0 <= of < 1 << 53


def _is_name(of: object) -> bool:
    return isinstance(of, str) and bool(of.strip()) and len(of) <= MAX_NAME and "\0" not in of


def _is_text(of: object) -> bool:
    return isinstance(of, str) and len(of) <= MAX_NAME


def _is_uuid(of: object) -> bool:
    try:
        return isinstance(of, str) and str(UUID(of)) == of
    except ValueError:
        return False


def _is_bytes(of: object, size: int) -> bool:
    """Whether it is so many bytes in standard base64, written in the one way."""
    try:
        return isinstance(of, str) and len(raw(of)) == size and text(raw(of)) == of
    except (binascii.Error, ValueError):
        return False


_WHOLE: Final = (_is_whole, "must be a whole number")
_KEY: Final = (lambda of: _is_bytes(of, KEY_BYTES), f"must be {KEY_BYTES} bytes in standard base64")
_SIGNATURE: Final = (lambda of: _is_bytes(of, SIGNATURE_BYTES), f"must be {SIGNATURE_BYTES} bytes in standard base64")
_TEXT: Final = (_is_text, "must be a text")

_TAKEN: Final[Mapping[str, tuple[Callable[[object], bool], str]]] = {
    "seq": _WHOLE,
    "at": _WHOLE,
    "by": _KEY,
    "sign": _KEY,
    "box": _KEY,
    "sig": _SIGNATURE,
    "pop": _SIGNATURE,
    "name": (_is_name, f"must have 1 to {MAX_NAME} characters"),
    "kind": (lambda of: of in (DEVICE, RECOVERY), f"must be {DEVICE} or {RECOVERY}"),
    "agent_id": (_is_uuid, "must be the id of an agent"),
    "device_id": _TEXT,
    "prev": _TEXT,
    "type": _TEXT,
}


def raw(of: str) -> bytes:
    return base64.b64decode(of, validate=True)


def text(of: bytes) -> str:
    return base64.b64encode(of).decode()
