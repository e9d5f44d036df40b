"""WebAuthn (W3C, Level 3) on the `webauthn` library: what the relay asks a browser for, and what it takes from it.

A passkey here is discoverable and verifies its user (fingerprint, face or PIN): it is possession and knowledge at once
and needs no name to be typed. No attestation is asked for: whose make an authenticator is does not matter.
"""

import base64
import binascii
import ipaddress
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    CredentialDeviceType,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from auth.settings import AuthSettings

Json = dict[str, Any]

TIMEOUT_MS: Final = 120_000
"""How long the browser shows its dialog; somebody may have to fetch a phone."""


class PasskeyRefused(Exception):
    """What the browser sent is not what was asked for."""


@dataclass(frozen=True, slots=True)
class NewPasskey:
    credential_id: bytes
    public_key: bytes
    sign_count: int
    synced: bool
    """Whether it may be on several devices of its owner."""


@dataclass(frozen=True, slots=True)
class WebAuthn:
    """`site` is the domain that passkeys are bound to; `origins` are the pages and apps that may use them."""

    site: str
    origins: tuple[str, ...]

    @classmethod
    def of(cls, settings: AuthSettings) -> "WebAuthn | None":
        """Return the relay's own, or None where browsers offer none: without https, or without a domain name."""
        host = settings.host
        if not (settings.secure or host == "localhost") or _is_address(host):
            return None
        return cls(host, (settings.origin, *settings.passkey_origins))

    def to_make(self, challenge: bytes, *, user: bytes, email: str, name: str, known: Iterable[bytes]) -> Json:
        """Return the options of `navigator.credentials.create`, as JSON; `known` keeps one from making two."""
        return options_to_json_dict(
            generate_registration_options(
                rp_id=self.site,
                rp_name="HITL Relay",
                user_id=user,
                user_name=email,
                user_display_name=name,
                challenge=challenge,
                timeout=TIMEOUT_MS,
                authenticator_selection=AuthenticatorSelectionCriteria(
                    resident_key=ResidentKeyRequirement.REQUIRED,
                    user_verification=UserVerificationRequirement.REQUIRED,
                ),
                exclude_credentials=[PublicKeyCredentialDescriptor(id=one) for one in known],
            )
        )

    def to_use(self, challenge: bytes) -> Json:
        """Return the options of `navigator.credentials.get`, as JSON: for any passkey of this site."""
        return options_to_json_dict(
            generate_authentication_options(
                rp_id=self.site,
                challenge=challenge,
                timeout=TIMEOUT_MS,
                user_verification=UserVerificationRequirement.REQUIRED,
            )
        )

    def made(self, credential: Json, challenge: bytes) -> NewPasskey:
        """Check a new passkey (WebAuthn 7.1)."""
        try:
            found = verify_registration_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.site,
                expected_origin=list(self.origins),
                require_user_verification=True,
            )
        except MALFORMED as error:
            raise PasskeyRefused from error
        return NewPasskey(
            credential_id=found.credential_id,
            public_key=found.credential_public_key,
            sign_count=found.sign_count,
            synced=found.credential_device_type is CredentialDeviceType.MULTI_DEVICE,
        )

    def used(self, credential: Json, challenge: bytes, *, public_key: bytes, sign_count: int) -> int:
        """Check the use of a passkey (WebAuthn 7.2) and return its new count."""
        try:
            return verify_authentication_response(
                credential=credential,
                expected_challenge=challenge,
                expected_rp_id=self.site,
                expected_origin=list(self.origins),
                credential_public_key=public_key,
                credential_current_sign_count=sign_count,
                require_user_verification=True,
            ).new_sign_count
        except MALFORMED as error:
            raise PasskeyRefused from error


MALFORMED: Final = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, IndexError)
"""What the library raises at bytes that are no CBOR, no point on the curve, or not there."""


def challenge_of(credential: Json) -> str:
    """Return the challenge a browser says it answers, in base64url: it is looked up, not believed."""
    try:
        said = json.loads(from_base64url(credential["response"]["clientDataJSON"]))["challenge"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise PasskeyRefused from error
    if not isinstance(said, str):
        raise PasskeyRefused
    return said.rstrip("=")


def to_base64url(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def from_base64url(text: str) -> bytes:
    """Decode base64url with or without padding; raises ValueError."""
    try:
        return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError(text) from error


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
