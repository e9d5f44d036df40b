"""The messages about passwords and recovery."""

from typing import Annotated

from pydantic import Field, StringConstraints

from auth.passwords import LONGEST
from auth.routes.wire import Email, NewPassword, Next
from relay.kernel.body import WireModel

Code = Annotated[str, Field(min_length=1, max_length=40, description="A recovery code, as it was typed.")]
Link = Annotated[str, Field(min_length=1, max_length=100, description="What the link had in it.")]


class PasswordBody(WireModel):
    password: NewPassword


class RecoverBody(WireModel):
    email: Email
    code: Code
    password: Annotated[str, StringConstraints(max_length=LONGEST)] = ""
    """Beside the code, for an account that demands a passkey."""


class RecoverForm(RecoverBody):
    next: Next = ""


class ResetBody(WireModel):
    link: Link
    password: NewPassword


class CodesReply(WireModel):
    codes: Annotated[list[str], Field(description="Shown once; earlier ones stop working.")]


class CodesLeftReply(WireModel):
    left: int


class DemandBody(WireModel):
    passkey_only: Annotated[bool, Field(description="Whether only a passkey signs in.")]


class DemandReply(DemandBody):
    """The same, as it is."""
