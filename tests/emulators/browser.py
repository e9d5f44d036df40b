"""The receiving end of RFC 8291, written apart from the sender: what a browser does with a push."""

import json
import os
import struct
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat


@dataclass
class Browser:
    """A subscription's keys. `opened` is what was decrypted, in order."""

    private: ec.EllipticCurvePrivateKey = field(default_factory=lambda: ec.generate_private_key(ec.SECP256R1()))
    auth: bytes = field(default_factory=lambda: os.urandom(16))
    opened: list[dict[str, Any]] = field(default_factory=list)

    @property
    def p256dh(self) -> bytes:
        return self.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)

    def open(self, body: bytes) -> bytes:
        """Decrypt one aes128gcm body of a single record (RFC 8188, 8291)."""
        salt, record_size, key_length = struct.unpack("!16sIB", body[:21])
        assert key_length == 65, "the sender's key is an uncompressed point"
        assert len(body) - 86 <= record_size, "one record only"
        sender, sealed = body[21:86], body[86:]
        secret = self.private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), sender))
        agreed = _hkdf(self.auth, secret, b"WebPush: info\x00" + self.p256dh + sender, 32)
        key = _hkdf(salt, agreed, b"Content-Encoding: aes128gcm\x00", 16)
        nonce = _hkdf(salt, agreed, b"Content-Encoding: nonce\x00", 12)
        padded = AESGCM(key).decrypt(nonce, sealed, None).rstrip(b"\x00")
        assert padded.endswith(b"\x02"), "the last record ends with 2"
        return padded[:-1]

    def take(self, body: bytes) -> None:
        self.opened.append(json.loads(self.open(body)))


def _hkdf(salt: bytes, secret: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=salt, info=info).derive(secret)
