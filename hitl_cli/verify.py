"""Who decided: a page that anybody can copy. It needs PyNaCl and nothing of this package.

`json.dumps` writes RFC 8785 for all but rare cases: fractions that Python writes with an exponent of its own, and names
beyond the first plane of Unicode. `hitl_cli.sealed.proof.check_proof` is complete, and says more.
"""

import json
from base64 import b64decode, b64encode
from collections.abc import Mapping, Sequence
from hashlib import sha256
from typing import Any

from nacl.signing import VerifyKey


def verify_receipt(proof: Mapping[str, Any], root: str) -> str:
    """Return the name of the device that decided; anything wrong is an exception. `root` is the account's."""
    receipt, seq = proof["receipt"], proof["receipt"]["seq"]
    if receipt["root"] != root or not 0 <= seq < len(proof["log"]):
        raise ValueError("it is a receipt of another account")
    device = _devices(proof["log"][: seq + 1], root)[receipt["device"]]  # as it was when the device signed
    _check(receipt["device"], "decision", receipt, proof["sig"])
    if receipt["answer"] != _digest(b64decode(proof["salt"]) + _canon(proof["answer"])):
        raise ValueError("it is a receipt for another answer")
    if proof.get("asked") and receipt["asked"] != _digest(_canon(proof["asked"])):
        raise ValueError("it is a receipt for another question")
    return device


def _devices(log: Sequence[Mapping[str, Any]], root: str) -> dict[str, str]:
    devices: dict[str, str] = {}
    prev = ""
    for n, entry in enumerate(log):
        if (entry["seq"], entry["prev"]) != (n, prev) or (n > 0 and entry["by"] not in devices):
            raise ValueError("the list of devices does not hold together")
        _check(entry["by"], "device-log", {k: v for k, v in entry.items() if k != "sig"}, entry["sig"])
        if entry["type"] == "add":
            _check(entry["sign"], "device-key", {"box": entry["box"], "sign": entry["sign"]}, entry["pop"])
            devices[entry["sign"]] = entry["name"]
        elif entry["type"] == "revoke":
            del devices[entry["sign"]]
        prev = _digest(_canon(entry))
        if n == 0 and prev != root:
            raise ValueError("it is the list of another account")
    return devices


def _check(key: str, tag: str, signed: Any, sig: str) -> None:
    VerifyKey(b64decode(key)).verify(f"hitl-relay/{tag}/1\0".encode() + _canon(signed), b64decode(sig))


def _canon(value: Any) -> bytes:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def _digest(raw: bytes) -> str:
    return b64encode(sha256(raw).digest()).decode()
