"""An authenticator in software: makes passkeys and uses them as a browser with a phone or a key would.

It signs with real keys; what a test wants wrong is said by the `over` of each call.
"""

import hashlib
import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec

from auth.passkeys import from_base64url, to_base64url

ORIGIN = "http://localhost:8000"
PRESENT, VERIFIED, MAY_SYNC, SYNCED, HAS_KEY = 0x01, 0x04, 0x08, 0x10, 0x40


@dataclass
class Authenticator:
    """`origin` and `site` are what the browser is at; `verifies` whether it checked a finger, face or PIN."""

    origin: str = ORIGIN
    site: str = "localhost"
    verifies: bool = True
    synced: bool = True
    counts: bool = True
    count: int = 0
    user: bytes = b""
    id: bytes = field(default_factory=lambda: os.urandom(32))
    key: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))

    def make(self, options: dict[str, Any], **over: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.create`."""
        self.user = from_base64url(options["user"]["id"])
        client = self._client("webauthn.create", over.get("challenge", options["challenge"]))
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": self._data(with_key=True)})
        response = {"clientDataJSON": to_base64url(client), "attestationObject": to_base64url(attestation)}
        return self._credential(response)

    def use(self, options: dict[str, Any], **over: Any) -> dict[str, Any]:
        """Answer `navigator.credentials.get`."""
        self.count += self.counts
        client = self._client("webauthn.get", over.get("challenge", options["challenge"]))
        data = self._data(with_key=False)
        signature = self.key.sign(data + hashlib.sha256(client).digest(), ec.ECDSA(hashes.SHA256()))
        return self._credential(
            {
                "clientDataJSON": to_base64url(client),
                "authenticatorData": to_base64url(data),
                "signature": to_base64url(over.get("signature", signature)),
                "userHandle": to_base64url(over.get("user", self.user)),
            }
        )

    def _credential(self, response: dict[str, Any]) -> dict[str, Any]:
        name = to_base64url(self.id)
        return {"id": name, "rawId": name, "type": "public-key", "response": response}

    def _client(self, type: str, challenge: str) -> bytes:
        return json.dumps({"type": type, "challenge": challenge, "origin": self.origin, "crossOrigin": False}).encode()

    def _data(self, *, with_key: bool) -> bytes:
        flags = PRESENT | VERIFIED * self.verifies | (MAY_SYNC | SYNCED) * self.synced | HAS_KEY * with_key
        data = hashlib.sha256(self.site.encode()).digest() + bytes([flags]) + struct.pack(">I", self.count)
        if not with_key:
            return data
        numbers = self.key.public_key().public_numbers()
        x, y = (n.to_bytes(32, "big") for n in (numbers.x, numbers.y))
        public = cbor2.dumps({1: 2, 3: -7, -1: 1, -2: x, -3: y})
        return data + bytes(16) + struct.pack(">H", len(self.id)) + self.id + public
