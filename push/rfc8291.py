"""Message Encryption for Web Push (RFC 8291): sealing only. The browser alone can open what is sealed here.

One record (RFC 8188), a fresh key pair and salt for every message.
"""

import hmac
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from relay.domain.ids import Chance

CURVE: Final = ec.SECP256R1()

RECORD_SIZE: Final = 4096
_OVERHEAD: Final = 16 + 4 + 1 + 65 + 1 + 16
"""Salt, record size, key length and key (RFC 8188 2.1), the delimiter, the tag."""

MAX_PLAIN: Final = RECORD_SIZE - _OVERHEAD
"""A push service must take 4096 bytes of body and may refuse more (RFC 8030 7.2)."""

SALT_BYTES: Final = 16
AUTH_BYTES: Final = 16
POINT_BYTES: Final = 65


class BadKeys(ValueError):
    """The subscription's keys are no keys."""


@dataclass(frozen=True, slots=True)
class Ephemeral:
    """The sender's part of the agreement, used once."""

    private: ec.EllipticCurvePrivateKey
    salt: bytes

    @classmethod
    def fresh(cls, chance: Chance) -> "Ephemeral":
        return cls(ec.generate_private_key(CURVE), chance(SALT_BYTES))


def encrypt(plain: bytes, *, p256dh: bytes, auth: bytes, by: Ephemeral, pad_to: int = 0) -> bytes:
    """Return the aes128gcm body. `pad_to` hides the length: shorter texts come out as if they had so many bytes."""
    if len(plain) > MAX_PLAIN:
        raise ValueError(f"a push has at most {MAX_PLAIN} bytes")
    browser = public_key(p256dh)
    ours = by.private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = by.private.exchange(ec.ECDH(), browser)
    # RFC 8291 3.4, then RFC 8188 2.2 and 2.3: each an extraction and one block of the expansion (RFC 5869).
    ikm = _sha256(_sha256(auth, shared), b"WebPush: info\x00" + p256dh + ours + b"\x01")
    extracted = _sha256(by.salt, ikm)
    key = _sha256(extracted, b"Content-Encoding: aes128gcm\x00\x01")[:16]
    nonce = _sha256(extracted, b"Content-Encoding: nonce\x00\x01")[:12]
    record = plain + b"\x02" + bytes(max(0, min(pad_to, MAX_PLAIN) - len(plain)))
    header = by.salt + RECORD_SIZE.to_bytes(4) + bytes((len(ours),)) + ours
    return header + AESGCM(key).encrypt(nonce, record, None)


def public_key(point: bytes) -> ec.EllipticCurvePublicKey:
    """Read an uncompressed point. Raises BadKeys when it is none, or not on the curve."""
    if len(point) != POINT_BYTES:
        raise BadKeys("the p256dh key is not an uncompressed point")
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(CURVE, point)
    except ValueError as error:
        raise BadKeys("the p256dh key is not a point of P-256") from error


def _sha256(key: bytes, message: bytes) -> bytes:
    return hmac.digest(key, message, "sha256")
