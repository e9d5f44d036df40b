"""The messages of the owner's API."""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Self
from uuid import UUID

from aiohttp import web
from pydantic import AfterValidator, Field, PlainSerializer, StringConstraints

from auth.entities import Session
from auth.next_path import LONGEST as LONGEST_NEXT
from auth.passwords import LONGEST, SHORTEST
from auth.services.sessions import SignedIn
from auth.visits import browser_of
from relay.kernel.body import JSON_TYPE, WireModel, iso

_JOINERS = dict.fromkeys((0x200C, 0x200D))
"""Invisible, but part of correct spelling in several scripts and in many emoji."""


def _printable(text: str) -> str:
    """Refuse what cannot be stored (NUL), breaks lines, or changes how the text around it reads (bidi controls)."""
    if not text.translate(_JOINERS).isprintable():
        raise ValueError("must not contain control or invisible characters")
    return text


def _address(text: str) -> str:
    # Only a letter sent there could prove more.
    local, _, domain = text.rpartition("@")
    if not local or not domain or any(c.isspace() for c in text):
        raise ValueError("must be an e-mail address")
    return text


Time = Annotated[dt.datetime, PlainSerializer(iso, return_type=str)]
Name = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=80), AfterValidator(_printable)]
Description = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200), AfterValidator(_printable)]
Email = Annotated[
    str,
    # RFC 5321 4.5.3.1.3: a path has 256 octets, two of them angle brackets.
    StringConstraints(strip_whitespace=True, min_length=3, max_length=254),
    AfterValidator(_printable),
    AfterValidator(_address),
]
NewPassword = Annotated[str, StringConstraints(min_length=SHORTEST, max_length=LONGEST)]


class SetupBody(WireModel):
    code: Annotated[str, Field(max_length=100, description="The setup code the relay printed when it started.")]
    email: Email
    name: Name
    password: NewPassword


class SignInBody(WireModel):
    email: Annotated[str, StringConstraints(min_length=1, max_length=254), AfterValidator(_printable)]
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


Next = Annotated[str, Field(max_length=LONGEST_NEXT)]
"""Where a form leads in the end. One that is not a path of ours is not followed."""


class SignInForm(SignInBody):
    next: Next = ""


class ConfirmBody(WireModel):
    password: Annotated[str, StringConstraints(min_length=1, max_length=LONGEST)]


class ConfirmForm(ConfirmBody):
    next: Next = ""


class ConfirmedReply(WireModel):
    confirmed_until: Time
    token: Annotated[
        str | None, Field(description="The session's new token; null when the browser's cookie was renewed instead.")
    ]


class AccountReply(WireModel):
    id: UUID
    email: str
    name: str


class OrgReply(WireModel):
    id: UUID
    name: str


class SignedInReply(WireModel):
    token: str
    account: AccountReply
    org: OrgReply
    expires_at: Time

    @classmethod
    def of(cls, signed_in: SignedIn) -> Self:
        account, org = signed_in.member.account, signed_in.member.org
        return cls(
            token=signed_in.token,
            account=AccountReply(id=account.id, email=account.email, name=account.name),
            org=OrgReply(id=org.id, name=org.name),
            expires_at=signed_in.session.expires_at,
        )


class MeReply(WireModel):
    account: AccountReply
    org: OrgReply
    device_id: UUID | None


class SessionReply(WireModel):
    id: UUID
    device_id: UUID | None
    user_agent: str
    browser: Annotated[str, Field(description="The user agent in words.")]
    network: Annotated[str, Field(description="Where it was begun, as a network; empty when that is not known.")]
    created_at: Time
    authenticated_at: Annotated[Time, Field(description="When its human last proved who they are.")]
    last_seen_at: Time
    expires_at: Time
    current: Annotated[bool, Field(description="Whether this is the calling session.")]

    @classmethod
    def of(cls, session: Session, *, current: bool) -> Self:
        return cls(
            id=session.id,
            device_id=session.device_id,
            user_agent=session.user_agent,
            browser=browser_of(session.user_agent),
            network=session.network,
            created_at=session.created_at,
            authenticated_at=session.authenticated_at,
            last_seen_at=session.last_seen_at,
            expires_at=session.ends_at,
            current=current,
        )


class EndedReply(WireModel):
    ended: Annotated[int, Field(description="In how many places.")]


def json_list(models: Iterable[WireModel]) -> web.Response:
    body = ",".join(model.model_dump_json() for model in models)
    return web.Response(body=f"[{body}]".encode(), content_type=JSON_TYPE)
