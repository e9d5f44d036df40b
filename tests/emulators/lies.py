"""What a relay may try. Each returns a lie for `LyingRelay`; each must be refused by whoever relies on what is changed.

the device log       `of_another_root`, `with_an_injected_device`, `rolled_back`, `with_another_past`, `not_renewed`
keys                 `with_its_own_inbox_key`
answers              `swapped_with`, `reflected`, `from_its_own_device`, `changed`, `in_words`, `decided_otherwise`
receipts             `without_receipt`, `with_another_receipt`
questions            `shown_twice`, `shown_as`, `shown_for` (what devices are told)
"""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from typing import Any, Final
from uuid import uuid4

from hitl_cli.sealed import log_entries
from hitl_cli.sealed.envelope import seal
from hitl_cli.sealed.inbox_key import wraps_of
from hitl_cli.sealed.keys import BoxKey, DeviceKey
from hitl_cli.sealed.log import Entry, followed, signed_message, verified
from tests.emulators.lying_relay import Exchange, Json, Lie

LOG: Final = "/api/v1/device-log"
KEYS: Final = "/api/v1/keys/user"
BARE_KEYS: Final = "/api/v1/devices/public-keys"

EVIL: Final = DeviceKey.make(secrets.token_bytes)
"""The relay's own keys: everything it could make by itself, it makes with these."""


# The device log


def _log(change: Callable[[Json], Json]) -> Lie:
    def lie(exchange: Exchange) -> None:
        if exchange.is_call("GET", LOG) and exchange.status == 200:
            exchange.reply = _consistent(change(exchange.reply), int(exchange.query.get("after", -1)))

    return lie


def _consistent(reply: Json, after: int) -> Json:
    """Have head and seq agree with the entries: a relay that lies does not make it easy."""
    entries = [entry for entry in reply["entries"] if entry["seq"] > after]
    return {**reply, "entries": entries}


def of_another_root() -> Lie:
    """Tell of an account whose only device is the relay's."""

    def change(reply: Json) -> Json:
        first = log_entries.add(EVIL, device_id=str(uuid4()), name="phone", by=EVIL, log=None, at=_at(reply))
        log = followed(None, first)
        return {"entries": [first], "root": log.root, "head": log.head, "seq": log.seq}

    return _log(change)


def with_an_injected_device(*, signed_by_itself: bool = False) -> Lie:
    """Append a device of the relay's own, with a signature it cannot have, or its own."""

    def change(reply: Json) -> Json:
        log = verified(reply["entries"])
        entry = log_entries.add(EVIL, device_id=str(uuid4()), name="tablet", by=EVIL, log=log, at=log.at)
        if not signed_by_itself:
            member = next(iter(log.devices))
            entry = {**entry, "by": member, "sig": EVIL.signature(signed_message({**entry, "by": member}))}
        return {**reply, "entries": [*reply["entries"], entry], "seq": log.seq + 1}

    return _log(change)


def with_an_injected_agent_key() -> Lie:
    """Append the approval of a key of the relay's own, in an agent's name."""

    def change(reply: Json) -> Json:
        log = verified(reply["entries"])
        facts = {"agent_id": str(uuid4()), "name": "deploy-bot"}
        entry = log_entries.approve(EVIL.box.public, by=EVIL, log=log, at=log.at, **facts)
        return {**reply, "entries": [*reply["entries"], entry], "seq": log.seq + 1}

    return _log(change)


def rolled_back(to: int) -> Lie:
    """Show the log as it was at entry `to`, as if what came after, a revocation perhaps, had never been."""

    def change(reply: Json) -> Json:
        log = verified(kept := [entry for entry in reply["entries"] if entry["seq"] <= to])
        return {"entries": kept, "root": log.root, "head": log.head, "seq": log.seq}

    return _log(change)


def with_another_past(entries: Sequence[Entry]) -> Lie:
    """Show another log with the same beginning: one the account's devices could have signed, and once did elsewhere."""
    log = verified(entries)
    return _log(lambda _: {"entries": list(entries), "root": log.root, "head": log.head, "seq": log.seq})


def with_a_changed_name(seq: int = 0, name: str = "Your phone") -> Lie:
    """Change an entry and leave its signature."""

    def change(reply: Json) -> Json:
        changed = [{**entry, "name": name} if entry["seq"] == seq else entry for entry in reply["entries"]]
        return {**reply, "entries": changed}

    return _log(change)


def _at(reply: Json) -> int:
    return int(reply["entries"][0]["at"]) if reply["entries"] else 0


# Keys


def with_its_own_inbox_key() -> Lie:
    """Hand out a key whose private half the relay has, to clients that seal to the first one they are given."""

    def lie(exchange: Exchange) -> None:
        if exchange.is_call("GET", KEYS):
            mine = {"public_key": EVIL.box.public, "key_type": "x25519", "device_id": None}
            exchange.reply = [mine, *exchange.reply[1:]]
        elif exchange.is_call("GET", BARE_KEYS):
            exchange.reply = {"public_keys": [EVIL.box.public, *exchange.reply["public_keys"][1:]]}

    return lie


def with_a_wrap_of_its_own(device_box: str) -> Lie:
    """Hand a device an inbox key of the relay's, boxed by the relay."""
    wrap = wraps_of(BoxKey.make(secrets.token_bytes), by=EVIL, to=[device_box], chance=secrets.token_bytes)[0]

    def lie(exchange: Exchange) -> None:
        if exchange.is_call("GET", "/api/v1/mobile/inbox-key") and exchange.status == 200:
            exchange.reply = {**exchange.reply, "from": wrap["from"], "wrapped": wrap["wrapped"]}

    return lie


# Answers. They are in the replies of REST and in the results of MCP tools alike.


def _answers(change: Callable[[Json], Json]) -> Lie:
    """Change what is said of an answered request: `encrypted_response`, `receipt`, `response` or `answer`."""

    def lie(exchange: Exchange) -> None:
        reply = exchange.reply
        if exchange.is_about_requests and reply["status"] == "answered":
            exchange.reply = {**reply, **change(reply)}
        elif isinstance(reply, dict) and isinstance(reply.get("result"), dict):
            facts = reply["result"].get("structuredContent", {})
            if facts.get("status") == "answered":
                _retell(reply["result"], {**facts, **change(facts)})

    return lie


def _retell(result: Json, facts: Json) -> None:
    """An MCP result says its answer twice: as facts and as the text."""
    before = result["structuredContent"]
    result["structuredContent"] = facts
    for name in ("encrypted_response", "answer"):
        if facts.get(name) != before.get(name) and isinstance(facts.get(name), str):
            result["content"] = [{"type": "text", "text": facts[name]}]


def swapped_with(envelope: str) -> Lie:
    """Hand over the answer to another question: the yes that was said to something harmless."""
    return _answers(lambda _: {"encrypted_response": envelope})


def reflected(payload: str) -> Lie:
    """Hand the question back as its own answer."""
    return _answers(lambda _: {"encrypted_response": payload})


def from_its_own_device(agent_box: str, value: Any = "Yes") -> Lie:
    """Answer with keys of the relay's own, in an envelope that is right in every other respect."""

    def change(reply: Json) -> Json:
        theirs = json.loads(b64decode(json.loads(reply["encrypted_response"])["h"]))
        header = {**theirs, "from": EVIL.box.public, "dev": EVIL.sign}
        message = {"value": value, "comment": "", "salt": b64encode(bytes(16)).decode(), "receipt": {}, "sig": ""}
        return {"encrypted_response": seal(header, message, EVIL.box, [agent_box], secrets.token_bytes)}

    return _answers(change)


def changed(part: str = "c") -> Lie:
    """Flip a bit of the envelope: in its header (`h`) or its ciphertext (`c`)."""

    def change(reply: Json) -> Json:
        envelope = json.loads(reply["encrypted_response"])
        raw = bytearray(b64decode(envelope[part]))
        raw[-1] ^= 1
        return {"encrypted_response": json.dumps({**envelope, part: b64encode(raw).decode()})}

    return _answers(change)


def in_words(value: Any = "Yes") -> Lie:
    """Answer a sealed question in words, as if nothing had been sealed."""
    return _answers(lambda _: {"encrypted_response": None, "response": value, "answer": value})


def decided_otherwise(value: Any) -> Lie:
    """Change what was answered to a question in words, and leave the receipt."""
    return _answers(lambda reply: {name: value for name in ("response", "answer") if name in reply})


def answered_though_nobody_did(envelope: str | None, value: Any = None) -> Lie:
    """Say that a pending or expired request was answered."""

    def lie(exchange: Exchange) -> None:
        if exchange.is_about_requests and exchange.reply["status"] in {"pending", "expired"}:
            said = {"status": "answered", "response": value, "encrypted_response": envelope}
            exchange.status, exchange.reply = 200, {**exchange.reply, **said}

    return lie


# Receipts


def without_receipt() -> Lie:
    return _answers(lambda _: {"receipt": None})


def with_another_receipt(receipt: Json) -> Lie:
    """Hand over a receipt that was signed for something else."""
    return _answers(lambda _: {"receipt": receipt})


def with_a_changed_receipt(**over: Any) -> Lie:
    """Change members of the signed receipt and leave its signature."""

    def change(reply: Json) -> Json:
        receipt = reply["receipt"]
        return {"receipt": {**receipt, "receipt": {**receipt["receipt"], **over}}}

    return _answers(change)


# Questions, as devices are shown them: on the socket, in the inbox, by their id


def cards(change: Callable[[Json], Json]) -> Callable[[Any], None]:
    """Change every card in what a device is told. Takes a frame of the socket, or the exchange of a REST call."""

    def lie(told: Any) -> None:
        said = told.reply if isinstance(told, Exchange) else told
        if not isinstance(said, dict):
            return
        if isinstance(said.get("request"), dict):
            said["request"] = change(said["request"])
        if isinstance(said.get("requests"), list):
            said["requests"] = [change(card) if "form" in card else card for card in said["requests"]]
        if isinstance(told, Exchange) and "form" in said and "sealed" in said:
            told.reply = change(said)

    return lie


def shown_again(payload: str) -> Callable[[Any], None]:
    """Show a sealed question as another request: the human would answer it twice."""
    return cards(lambda card: {**card, "sealed": {**(card["sealed"] or {}), **_as_sealed(payload)}})


def shown_as(kind: str) -> Callable[[Any], None]:
    """Show a question as another kind than the agent sealed it."""
    return cards(lambda card: {**card, "kind": kind})


def shown_in_words(prompt: str) -> Callable[[Any], None]:
    """Show words of the relay's own in place of what was sealed."""
    text = {"type": "text", "min_length": 0, "max_length": 100, "placeholder": ""}
    return cards(lambda card: {**card, "sealed": None, "prompt": prompt, "form": text})


def asked_by_itself(message: Json, recipients: Sequence[str], header: Json) -> Callable[[Any], None]:
    """Ask with a key of the relay's own, which no human approved, in an agent's name."""
    forged = {**header, "from": EVIL.box.public}
    payload = seal(forged, message, EVIL.box, recipients, secrets.token_bytes)
    return cards(lambda card: {**card, "sealed": {**(card["sealed"] or {}), **_as_sealed(payload)}})


def _as_sealed(payload: str) -> Json:
    return {"payload": payload, "version": 2 if payload.startswith("{") else 1, "reply": "json"}
