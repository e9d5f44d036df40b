"""Check what devices sign. The only use the broker has for cryptography: it makes no signature and opens nothing."""

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey


def is_signed(key: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether the holder of this Ed25519 key (RFC 8032) signed the message. A key that is none signs nothing."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True
