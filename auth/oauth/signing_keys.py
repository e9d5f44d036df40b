"""The keys access tokens are signed with: ECDSA on P-256 (ES256, RFC 7518 3.4).

The one module of the server that imports `cryptography`, and of it only what makes, keeps and uses a signing key:
there is no cipher in reach here either. A private key is kept as PKCS #8, which encrypts itself under a password.

Signatures are deterministic (RFC 6979): the same claims give the same token, so a refresh that is repeated because
its answer was lost can be answered alike without the answer having been stored.
"""

import datetime as dt
import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    load_pem_private_key,
)
from jwt import PyJWK
from jwt.algorithms import ECAlgorithm
from jwt.api_jws import PyJWS

ALGORITHM: Final = "ES256"

ROTATE_AFTER: Final = dt.timedelta(days=90)
SHOWN_BEFORE: Final = dt.timedelta(hours=24)
"""So long before its first signature a key is published, for verifiers that remember the key set."""


class KeyState(StrEnum):
    NEXT = "next"
    """Published, and not signing yet."""
    ACTIVE = "active"
    RETIRED = "retired"
    """Verifies what it signed until the last of that has ended."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningKey:
    """`public` is a JWK (RFC 7517) as JSON; `private` is absent where the relay's secret does not open it."""

    kid: str
    public: str
    sealed: bytes
    state: KeyState
    created_at: dt.datetime
    activated_at: dt.datetime | None = None
    shown_until: dt.datetime | None = None

    @property
    def verifier(self) -> PyJWK:
        return PyJWK.from_json(self.public, ALGORITHM)


@dataclass(frozen=True, slots=True)
class Signer:
    """An opened key."""

    kid: str
    private: ec.EllipticCurvePrivateKey

    def sign(self, payload: bytes, typ: str) -> str:
        """Return a JWS in its compact form (RFC 7515 7.1)."""
        return _DETERMINISTIC.encode(payload, self.private, ALGORITHM, headers={"kid": self.kid, "typ": typ})


class _DeterministicES256(ECAlgorithm):
    def sign(self, msg: bytes, key: ec.EllipticCurvePrivateKey) -> bytes:
        der = key.sign(msg, ec.ECDSA(self.hash_alg(), deterministic_signing=True))
        return b"".join(number.to_bytes(32, "big") for number in decode_dss_signature(der))


def _signer() -> PyJWS:
    signer = PyJWS([ALGORITHM])
    signer.unregister_algorithm(ALGORITHM)
    signer.register_algorithm(ALGORITHM, _DeterministicES256(hashes.SHA256, ec.SECP256R1))
    return signer


_DETERMINISTIC: Final = _signer()


def new_key(kid: str, secret: str, state: KeyState, at: dt.datetime) -> SigningKey:
    """Make a key, sealed under the relay's secret."""
    private = ec.generate_private_key(ec.SECP256R1())
    sealed = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(secret.encode()))
    return SigningKey(
        kid=kid,
        public=ECAlgorithm.to_jwk(private.public_key()),
        sealed=sealed,
        state=state,
        created_at=at,
        activated_at=at if state is KeyState.ACTIVE else None,
    )


def opened(key: SigningKey, secret: str) -> Signer | None:
    """Return the key ready to sign; None when it was sealed under another secret."""
    try:
        private = load_pem_private_key(key.sealed, secret.encode())
    except ValueError:
        return None
    return Signer(key.kid, private) if isinstance(private, ec.EllipticCurvePrivateKey) else None


def published(key: SigningKey) -> dict[str, Any]:
    """Return the key's entry in the key set (RFC 7517 4)."""
    return {**json.loads(key.public), "kid": key.kid, "use": "sig", "alg": ALGORITHM}
