"""A sealed question: what an agent writes, and what a device refuses."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from hitl_cli.sealed.envelope import VERSION, Envelope, seal
from hitl_cli.sealed.keys import BoxKey, Chance, DeviceKey
from hitl_cli.sealed.log import ApprovedAgent, DeviceLog
from hitl_cli.sealed.wrong import Wrong, must, refused

CEILING_S: Final = 900
SKEW_S: Final = 120
"""How far an agent's clock may be ahead of a device's."""


@dataclass(frozen=True, slots=True)
class Sent:
    """What the agent has to remember of a question to know its answer again."""

    payload: str
    id: str
    name: str
    root: str
    expires: int


@dataclass(frozen=True, slots=True)
class Question:
    """A question that a device has opened and found true."""

    id: str
    name: str
    agent: ApprovedAgent
    expires: int
    message: Mapping[str, Any]


class Seen(Protocol):
    """Which questions a device has been shown, and as which request of the relay."""

    def first_as(self, sender: str, id: str, request_id: str, expires: int) -> bool:
        """Note it; False when it was seen before as another request."""


def seal_question(
    message: Mapping[str, Any], *, agent: BoxKey, log: DeviceLog, now: int, open_s: int, chance: Chance
) -> Sent:
    """Seal `{"kind", "prompt", "context", "form", "danger", "action"}` for every device of the log."""
    name, expires = chance(16).hex(), now + min(open_s, CEILING_S)
    header = {
        "v": VERSION,
        "kind": "request",
        "id": name,
        "from": agent.public,
        "root": log.root,
        "head": log.head,
        "seq": log.seq,
        "iat": now,
        "exp": expires,
    }
    payload = seal(header, message, agent, log.recipients, chance)
    return Sent(payload, name, Envelope.parse(payload).name, log.root, expires)


def read_question(
    payload: str, *, device: DeviceKey, log: DeviceLog, kind: str, request_id: str, now: float, seen: Seen
) -> Question:
    """Open a question as the relay shows it: of this kind, under this id."""
    envelope = Envelope.parse(payload)
    header = envelope.header
    agent = log.agents.get(_text(header, "from"))
    if agent is None:
        raise refused(Wrong.UNKNOWN_AGENT, "nobody approved the key of this agent")
    message = envelope.opened(device.box, agent.box)
    _check_addressed(header, log)
    expires = _check_times(header, now)
    must(isinstance(message, dict), Wrong.UNREADABLE, "the question is not of its form")
    must(message.get("kind") == kind, Wrong.OTHER_KIND, "the relay shows it as something else than was asked")
    first = seen.first_as(agent.box, _text(header, "id"), request_id, expires)
    must(first, Wrong.REPLAYED, "this question was shown before, as another one")
    return Question(_text(header, "id"), envelope.name, agent, expires, message)


def _check_addressed(header: Mapping[str, Any], log: DeviceLog) -> None:
    must(header.get("kind") == "request", Wrong.OTHER_KIND, "it is no question")
    # Not `other_root`: the device's own account is as it was; somebody else's question came.
    must(header.get("root") == log.root, Wrong.OTHER_LOG, "it was asked of another account")
    must(log.has(header.get("seq"), header.get("head")), Wrong.OTHER_LOG, "it was sealed for another list of devices")


def _check_times(header: Mapping[str, Any], now: float) -> int:
    issued, expires = header.get("iat"), header.get("exp")
    if type(issued) is not int or type(expires) is not int:
        raise refused(Wrong.UNREADABLE, "it says no time")
    must(expires - issued <= CEILING_S, Wrong.TOO_LONG, "it wants to stay open longer than a question may")
    must(now >= issued - SKEW_S, Wrong.TOO_EARLY, "it comes from the future")
    must(now <= expires, Wrong.EXPIRED, "its time is over")
    return expires


def _text(header: Mapping[str, Any], name: str) -> str:
    value = header.get(name)
    if not isinstance(value, str):
        raise refused(Wrong.UNREADABLE, "the envelope's header is not of its form")
    return value
