"""What a human says on a device: in words or sealed, and what the device signs about it."""

from typing import Annotated, Literal, TypeAlias
from uuid import UUID

from pydantic import Field, ValidationInfo, field_validator

from relay.domain.device_log import SIGNATURE_BYTES
from relay.domain.receipt import SALT_BYTES, Receipt
from relay.domain.request import MAX_COMMENT
from relay.domain.sealed import MAX_SEALED
from relay.kernel.body import WireModel, base64_of

AnswerValue: TypeAlias = bool | int | float | str | list[str]
SealedText: TypeAlias = Annotated[
    str, Field(max_length=MAX_SEALED, description="The answer as an envelope: to a sealed request, and only to one.")
]
Digest: TypeAlias = Annotated[str, base64_of(32)]


class Signed(WireModel):
    """What a device signs about a decision; docs/protocol/sealed.md has the meaning of each member."""

    v: Literal[1]
    request: Annotated[str, Field(max_length=36)]
    asked: Digest
    answer: Digest
    account: Annotated[str, Field(max_length=36)]
    device: Digest
    root: Literal[""] | Digest
    seq: Annotated[int, Field(ge=-1, le=1 << 31)]
    at: Annotated[int, Field(ge=0, le=1 << 53)]


class ReceiptBody(WireModel):
    """A decision receipt. `salt` comes with an answer in words only."""

    receipt: Signed
    sig: Annotated[str, base64_of(SIGNATURE_BYTES)]
    salt: Annotated[str, base64_of(SALT_BYTES)] | None = None

    def domain(self) -> Receipt:
        return Receipt(self.receipt.model_dump(), self.sig, self.salt)


class Said(WireModel):
    """What a human answers, and the device's own name for it: sent again, it is the same answer."""

    answer_id: UUID
    sealed: SealedText | None = None
    receipt: ReceiptBody | None = None
    comment: Annotated[str, Field(max_length=MAX_COMMENT)] = ""
    answer: Annotated[AnswerValue | None, Field(validate_default=True)] = None

    @field_validator("answer")
    @classmethod
    def _is_said(cls, answer: AnswerValue | None, info: ValidationInfo) -> AnswerValue | None:
        if answer is None and info.data.get("sealed") is None:
            raise ValueError("is missing")
        return answer
