"""The messages about passkeys: what browsers call `PublicKeyCredential.toJSON()` (WebAuthn 5.1), and our own."""

from typing import Annotated, Any, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints

from auth.entities import Passkey
from auth.routes.wire import Name, Time
from relay.kernel.body import WireModel

Id = Annotated[str, StringConstraints(min_length=1, max_length=1400, pattern=r"^[A-Za-z0-9_-]+=*$")]
"""Base64url of at most 1,023 bytes (WebAuthn 4)."""
Bytes = Annotated[str, StringConstraints(min_length=1, max_length=65_536, pattern=r"^[A-Za-z0-9_-]+=*$")]
"""Base64url; an attestation with certificates has some kilobytes."""


class MadeResponse(WireModel):
    clientDataJSON: Bytes  # noqa: N815 - the browser's name
    attestationObject: Bytes  # noqa: N815


class UsedResponse(WireModel):
    clientDataJSON: Bytes  # noqa: N815
    authenticatorData: Bytes  # noqa: N815
    signature: Bytes
    userHandle: Id | None = None  # noqa: N815


class MadeCredential(WireModel):
    id: Id
    rawId: Id  # noqa: N815
    type: Literal["public-key"]
    response: MadeResponse


class UsedCredential(WireModel):
    id: Id
    rawId: Id  # noqa: N815
    type: Literal["public-key"]
    response: UsedResponse


class NewPasskeyBody(WireModel):
    name: Name
    credential: MadeCredential


class UsePasskeyBody(WireModel):
    credential: UsedCredential


class RenamePasskeyBody(WireModel):
    name: Name


class OptionsReply(WireModel):
    publicKey: Annotated[  # noqa: N815
        dict[str, Any], Field(description="For `navigator.credentials`, in the form of the browser's own JSON.")
    ]


class PasskeyReply(WireModel):
    id: UUID
    name: str
    synced: Annotated[bool, Field(description="Whether it may be on several devices of its owner.")]
    created_at: Time
    last_used_at: Time | None

    @classmethod
    def of(cls, passkey: Passkey) -> Self:
        return cls(
            id=passkey.id,
            name=passkey.name,
            synced=passkey.synced,
            created_at=passkey.created_at,
            last_used_at=passkey.last_used_at,
        )
