"""The relay's own canonical JSON, log and receipts against the examples that the client and the browser open too."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from relay.domain.canonical import canonical, digest
from relay.domain.device_log import DeviceLog, raw, text
from relay.domain.errors import InvalidInput
from relay.domain.receipt import TAG
from relay.domain.sealed import check
from relay.kernel.signatures import is_signed
from tests.vectors.make import PATH

VECTORS: dict[str, Any] = json.loads(PATH.read_text(encoding="utf-8"))
LOGS = VECTORS["log"]
FOR_WHO_PINNED = {"other_root", "log_rolled_back", "log_rewritten"}
"""What only somebody finds out who knew the log before."""

REFUSED = [case for case in VECTORS["refused"]["logs"] if case["wrong"] not in FOR_WHO_PINNED and case["entries"]]


def appended(entries: Sequence[Any]) -> DeviceLog:
    return DeviceLog().appended(entries, is_signed)


@pytest.mark.proves("sealed.canonical")
@pytest.mark.parametrize("case", VECTORS["canon"], ids=lambda case: case["json"][:40])
def test_a_value_has_the_same_canonical_text_here(case: dict[str, str]) -> None:
    assert canonical(json.loads(case["json"])).decode() == case["canon"]


@pytest.mark.parametrize("value", VECTORS["no_canon"])
def test_what_has_no_canonical_text_elsewhere_has_none_here(value: Any) -> None:
    with pytest.raises(ValueError, match=r"JSON|surrogates|Expecting"):
        canonical(json.loads(value) if isinstance(value, str) else value)


@pytest.mark.proves("log.verified")
@pytest.mark.parametrize("name", ["account", "after"])
def test_a_log_that_its_devices_signed_is_taken_and_means_the_same(name: str) -> None:
    wanted = LOGS[name]
    log = appended(wanted["entries"])
    assert (log.root, log.head, log.seq, log.inbox) == tuple(wanted[part] for part in ("root", "head", "seq", "inbox"))
    assert sorted(log.members) == sorted(wanted["devices"])
    assert sorted(log.agents) == sorted(wanted["agents"])
    assert sorted(log.boxes) == sorted(wanted["recipients"])
    assert DeviceLog.of(wanted["entries"]) == log


@pytest.mark.proves("log.verified")
@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["what"])
def test_a_log_that_clients_refuse_does_not_get_in(case: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        appended(case["entries"])


def test_a_revocation_alone_is_refused_because_the_device_knows_the_inbox_key() -> None:
    entries = LOGS["after"]["entries"]
    upto = next(entry["seq"] for entry in entries if entry["type"] == "revoke")
    with pytest.raises(InvalidInput) as refusal:
        appended(entries[: upto + 1])
    assert refusal.value.pointer == "/entries"


@pytest.mark.proves("receipt.plain")
@pytest.mark.parametrize("case", VECTORS["receipts"], ids=lambda case: case["what"])
def test_a_receipt_that_a_device_signed_verifies_here(case: dict[str, Any]) -> None:
    receipt = case["receipt"]
    assert is_signed(raw(receipt["device"]), TAG + canonical(receipt), raw(case["sig"]))
    assert not is_signed(raw(receipt["device"]), TAG + canonical({**receipt, "at": 1}), raw(case["sig"]))
    if case["what"] == "plain":
        assert text(digest(json.loads(case["question"]))) == case["asked"]


@pytest.mark.parametrize("wrong", [b"", bytes(31), bytes(33), b"\xff" * 32])
def test_a_key_that_is_none_signs_nothing(wrong: bytes) -> None:
    assert not is_signed(wrong, b"", bytes(64))


def test_what_clients_seal_looks_sealed() -> None:
    assert check(VECTORS["request"]["payload"], "/x") == 2
    assert {check(answer["payload"], "/x") for answer in VECTORS["answers"]} == {2}
    assert {check(case["payload"], "/x") for kind in ("questions", "answers") for case in VECTORS["v1"][kind]} == {1}
