"""Voluntary Application Server Identification (RFC 8292): the relay signs who it is for every push service."""

import base64
import datetime as dt
import json
from collections import OrderedDict
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from push.rfc8291 import CURVE
from relay.domain.clock import Clock

LIFE: Final = dt.timedelta(hours=12)
"""Half of what RFC 8292 2 allows, so that a push service whose clock is off still takes it."""

MAX_ORIGINS: Final = 1_000
"""Signatures kept. There are a handful of push services, but everybody may name one of their own."""

_HEADER: Final = json.dumps({"typ": "JWT", "alg": "ES256"}, separators=(",", ":")).encode()


class Vapid:
    """`contact` is where a push service can write to about our pushes: a `mailto:` or `https:` address."""

    def __init__(self, private: ec.EllipticCurvePrivateKey, contact: str, clock: Clock) -> None:
        self._private = private
        self._contact = contact
        self._clock = clock
        self._signed: OrderedDict[str, tuple[dt.datetime, str]] = OrderedDict()
        point = private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        self.public = base64url(point)
        """What a browser is given as `applicationServerKey`."""

    @classmethod
    def of(cls, secret: bytes, contact: str, clock: Clock) -> "Vapid":
        """Make it from the 32 bytes that are kept."""
        return cls(ec.derive_private_key(int.from_bytes(secret), CURVE), contact, clock)

    def header(self, origin: str) -> str:
        """Return the Authorization header for a push service, signed anew when half its life is over."""
        now = self._clock.now()
        kept = self._signed.get(origin)
        if kept is None or kept[0] < now + LIFE / 2:
            kept = self._signed[origin] = (now + LIFE, self._sign(origin, now + LIFE))
            if len(self._signed) > MAX_ORIGINS:
                self._signed.popitem(last=False)
        return kept[1]

    def _sign(self, origin: str, ends_at: dt.datetime) -> str:
        claims = {"aud": origin, "exp": int(ends_at.timestamp()), "sub": self._contact}
        signed = f"{base64url(_HEADER)}.{base64url(json.dumps(claims, separators=(',', ':')).encode())}"
        r, s = decode_dss_signature(self._private.sign(signed.encode(), ec.ECDSA(hashes.SHA256())))
        return f"vapid t={signed}.{base64url(r.to_bytes(32) + s.to_bytes(32))}, k={self.public}"


def new_secret() -> bytes:
    """Return a new private key as the 32 bytes to keep."""
    return ec.generate_private_key(CURVE).private_numbers().private_value.to_bytes(32)


def base64url(raw: bytes) -> str:
    """Encode without padding (RFC 7515 2)."""
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def from_base64url(text: str) -> bytes:
    """Decode, padded or not. Raises ValueError."""
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
