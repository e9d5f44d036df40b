"""Keys of agents and devices. Private halves never show in a repr, an error or a log."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import TypeAlias

from nacl.exceptions import CryptoError
from nacl.public import Box, PrivateKey, PublicKey
from nacl.signing import SigningKey, VerifyKey

from hitl_cli.sealed.canon import b64, canon, unb64
from hitl_cli.sealed.wrong import Wrong, refused

Chance: TypeAlias = Callable[[int], bytes]
"""Gives that many unpredictable bytes: `secrets.token_bytes`."""

KEY_BYTES = 32
NONCE_BYTES = 24
SIGNATURE_BYTES = 64
KEY_TAG = b"hitl-relay/device-key/1\0"


@dataclass(frozen=True)
class BoxKey:
    """An X25519 pair: an agent's, an account's inbox key, or the half of a device that opens."""

    private: bytes = field(repr=False)

    @classmethod
    def make(cls, chance: Chance) -> "BoxKey":
        return cls(chance(KEY_BYTES))

    @cached_property
    def public(self) -> str:
        return b64(bytes(PrivateKey(self.private).public_key))

    def seal(self, peer: str, message: bytes, chance: Chance) -> bytes:
        """Box for the key `peer`: nonce, then MAC and ciphertext."""
        return bytes(self._box(peer).encrypt(message, chance(NONCE_BYTES)))

    def open(self, peer: str, box: bytes) -> bytes:
        """Open what the key `peer` boxed for this one (or this one for `peer`: a box has no direction)."""
        try:
            return self._box(peer).decrypt(box)
        except (CryptoError, ValueError) as error:
            raise refused(Wrong.CHANGED, "a box cannot be opened") from error

    def _box(self, peer: str) -> Box:
        public = PublicKey(unb64(peer, KEY_BYTES))
        try:
            return Box(PrivateKey(self.private), public)
        except CryptoError as error:  # a point of small order: everybody would know the shared secret
            raise refused(Wrong.UNREADABLE, "it is no key to box to") from error


@dataclass(frozen=True)
class DeviceKey:
    """What a device has: an Ed25519 seed to sign with, and an X25519 key to open with."""

    seed: bytes = field(repr=False)
    box: BoxKey

    @classmethod
    def make(cls, chance: Chance) -> "DeviceKey":
        return cls(chance(KEY_BYTES), BoxKey.make(chance))

    @cached_property
    def sign(self) -> str:
        return b64(bytes(SigningKey(self.seed).verify_key))

    def signature(self, message: bytes) -> str:
        return b64(SigningKey(self.seed).sign(message).signature)

    def consent(self) -> str:
        """Sign one's own keys: `pop`, without which no log takes them."""
        return self.signature(consent_message(self.sign, self.box.public))


def consent_message(sign: str, box: str) -> bytes:
    return KEY_TAG + canon({"box": box, "sign": sign})


def is_signed(key: str, signature: str, message: bytes) -> bool:
    try:
        VerifyKey(unb64(key, KEY_BYTES)).verify(message, unb64(signature, SIGNATURE_BYTES))
    except CryptoError:
        return False
    return True


def boxing_key(public: str, key_type: str | None) -> str:
    """Return the X25519 key to box to. An Ed25519 one is converted (RFC 7748 4.1); nothing said means X25519."""
    raw = unb64(public, KEY_BYTES)
    if key_type in {None, "", "x25519"}:
        return public
    if key_type != "ed25519":
        raise refused(Wrong.UNREADABLE, "it is a key of an unknown type")
    try:
        return b64(bytes(VerifyKey(raw).to_curve25519_public_key()))
    except (CryptoError, RuntimeError) as error:
        raise refused(Wrong.UNREADABLE, "it is no Ed25519 key") from error


def opening_key(seed: bytes) -> BoxKey:
    """Return the X25519 pair of whoever registered an Ed25519 key."""
    return BoxKey(bytes(SigningKey(seed).to_curve25519_private_key()))
