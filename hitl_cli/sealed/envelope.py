"""Version 2 envelopes: a message under a fresh key, that key boxed to each recipient, and a header bound to both."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Self

from nacl.bindings import (
    crypto_aead_xchacha20poly1305_ietf_decrypt,
    crypto_aead_xchacha20poly1305_ietf_encrypt,
)
from nacl.exceptions import CryptoError

from hitl_cli.sealed.canon import b64, canon, digest_of, read, sha256, unb64
from hitl_cli.sealed.keys import KEY_BYTES, NONCE_BYTES, BoxKey, Chance
from hitl_cli.sealed.padding import pad, unpad
from hitl_cli.sealed.wrong import Wrong, must, refused

VERSION: Final = 2


@dataclass(frozen=True, slots=True)
class Envelope:
    """Read, and not opened: what its header says is a claim until `opened`."""

    h: str
    c: str
    wraps: Mapping[str, str]
    header: Mapping[str, Any]

    @classmethod
    def parse(cls, payload: str) -> Self:
        envelope = read(payload)
        readable = isinstance(envelope, dict) and envelope.get("v") == VERSION
        must(readable, Wrong.UNREADABLE, "it is no envelope of version 2")
        h, c, wraps = envelope.get("h"), envelope.get("c"), envelope.get("w")
        must(isinstance(c, str) and isinstance(wraps, dict), Wrong.UNREADABLE, "the envelope lacks a part")
        header = read(unb64(h))
        must(isinstance(header, dict), Wrong.UNREADABLE, "the envelope's header is not of its form")
        return cls(h, c, wraps, header)

    @property
    def name(self) -> str:
        """What names this question in its answer and in its receipt: `req`."""
        return digest_of({"c": self.c, "h": self.h})

    def opened(self, key: BoxKey, peer: str) -> Any:
        """Return the message that `peer` sealed for `key`; refused when a bit of envelope or header was changed."""
        wrap = self.wraps.get(key.public)
        if not isinstance(wrap, str):
            raise refused(Wrong.NOT_FOR_US, "it was not sealed for this key")
        header = unb64(self.h)
        secret = key.open(peer, unb64(wrap))
        must(secret[KEY_BYTES:] == sha256(header), Wrong.CHANGED, "its header was changed")
        sealed = unb64(self.c)
        try:
            padded = crypto_aead_xchacha20poly1305_ietf_decrypt(
                sealed[NONCE_BYTES:], header, sealed[:NONCE_BYTES], secret[:KEY_BYTES]
            )
        except (CryptoError, ValueError) as error:
            raise refused(Wrong.CHANGED, "it was changed on its way") from error
        return read(unpad(padded))


def seal(
    header: Mapping[str, Any], message: Mapping[str, Any], sender: BoxKey, recipients: Sequence[str], chance: Chance
) -> str:
    """Seal a message so that each recipient, and nobody else, can open it."""
    written = canon(header)
    content_key, nonce = chance(KEY_BYTES), chance(NONCE_BYTES)
    sealed = crypto_aead_xchacha20poly1305_ietf_encrypt(pad(canon(message)), written, nonce, content_key)
    wrapped = content_key + sha256(written)  # a box has no associated data; this ties it to its header all the same
    return canon(
        {
            "v": VERSION,
            "h": b64(written),
            "c": b64(nonce + sealed),
            "w": {peer: b64(sender.seal(peer, wrapped, chance)) for peer in recipients},
        }
    ).decode()
