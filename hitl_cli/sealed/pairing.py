"""Pairing: what two devices tell each other through a relay that must not be able to take either one's place."""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from hitl_cli.sealed.canon import b64, canon, digest, read, sha256, unb64
from hitl_cli.sealed.keys import KEY_BYTES, Chance, DeviceKey, consent_message, is_signed
from hitl_cli.sealed.wrong import Wrong, must, refused

MAC_TAG: Final = b"hitl-relay/pair/1\0"
DIGITS_TAG: Final = b"hitl-relay/sas/1\0"
SECRET_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class Link:
    """What the QR code says. The relay knows the code and nothing else of it."""

    code: str
    root: str
    secret: bytes = field(repr=False)

    def written(self, app: str) -> str:
        """Return the address to show, `app` being `<relay>/app/`."""
        inner = canon({"c": self.code, "r": self.root, "s": b64(self.secret)})
        return f"{app}#/pair/{urlsafe_b64encode(inner).decode().rstrip('=')}"

    @classmethod
    def parse(cls, address: str) -> Self:
        _, found, text = address.partition("#/pair/")
        try:
            inner = read(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        except ValueError as error:
            raise refused(Wrong.UNREADABLE, "it is no pairing code") from error
        must(bool(found) and isinstance(inner, dict), Wrong.UNREADABLE, "it is no pairing code")
        code, root, secret = inner.get("c"), inner.get("r"), inner.get("s")
        must(isinstance(code, str), Wrong.UNREADABLE, "it is no pairing code")
        unb64(root, KEY_BYTES)
        return cls(code, root, unb64(secret, SECRET_BYTES))


@dataclass(frozen=True, slots=True)
class Joining:
    """A device as it asks to join."""

    kind: str
    name: str
    sign: str
    box: str
    pop: str
    nonce: str

    @classmethod
    def of(cls, device: DeviceKey, *, kind: str, name: str, chance: Chance) -> Self:
        return cls(kind, name, device.sign, device.box.public, device.consent(), b64(chance(SECRET_BYTES)))

    @classmethod
    def parse(cls, said: Mapping[str, Any]) -> Self:
        """Read what the relay says of the new device; its keys must agree with each other."""
        parts = [said.get(name) for name in cls.__slots__]
        must(all(isinstance(part, str) for part in parts), Wrong.UNREADABLE, "the new device is not of its form")
        joining = cls(*map(str, parts))
        agrees = is_signed(joining.sign, joining.pop, consent_message(joining.sign, joining.box))
        must(agrees, Wrong.LOG_CONSENT, "the new device did not sign its own keys")
        return joining

    def members(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.__slots__}


def mac_of(secret: bytes, code: str, joining: Joining) -> str:
    """Say that the device with these keys scanned the code."""
    return b64(hmac.digest(secret, MAC_TAG + canon({**joining.members(), "code": code}), "sha256"))


def check_mac(mac: str, secret: bytes, code: str, joining: Joining) -> None:
    if not hmac.compare_digest(mac.encode(), mac_of(secret, code, joining).encode()):
        raise refused(Wrong.MAC, "these keys were not made by the device that scanned the code")


def commit_to(nonce: bytes) -> str:
    """Promise a number before the other one is known."""
    return digest(nonce)


def check_commit(commit: str, nonce: str) -> None:
    must(digest(unb64(nonce, SECRET_BYTES)) == commit, Wrong.COMMIT, "another number than the one promised")


def digits_of(*, code: str, root: str, old_nonce: str, joining: Joining) -> str:
    """Six digits for both screens; to fake them the relay would have to guess, once."""
    said = {
        "box": joining.box,
        "code": code,
        "na": old_nonce,
        "nb": joining.nonce,
        "root": root,
        "sign": joining.sign,
    }
    return f"{int.from_bytes(sha256(DIGITS_TAG, canon(said))[:8], 'big') % 1_000_000:06d}"
