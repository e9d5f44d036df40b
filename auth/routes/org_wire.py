"""The messages about organizations, their members and invitations."""

from typing import Annotated, Self
from uuid import UUID

from pydantic import Field

from auth.entities import Invite, Member, Role
from auth.routes.wire import Email, Name, Time
from auth.services.invites import NewInvite
from relay.domain.ids import OrgId
from relay.kernel.body import WireModel

RoleGiven = Annotated[Role, Field(strict=False)]


class OrgBody(WireModel):
    name: Name


class RoleBody(WireModel):
    role: RoleGiven


class InviteBody(WireModel):
    role: RoleGiven = Role.OPERATOR
    email: Annotated[
        Email | None,
        Field(description="Only the account with this address may accept; without it, whoever has the code."),
    ] = None


class RoleForm(WireModel):
    role: Role


class InviteForm(WireModel):
    role: Role
    email: Email | None = None


class OrganizationReply(WireModel):
    id: UUID
    name: str
    role: Annotated[Role, Field(description="What the caller is in it.")]
    personal: Annotated[bool, Field(description="Whether it is the one the account was made with.")]
    active: Annotated[bool, Field(description="Whether the calling session acts in it.")]
    created_at: Time

    @classmethod
    def of(cls, member: Member, *, active: OrgId) -> Self:
        return cls(
            id=member.org.id,
            name=member.org.name,
            role=member.role,
            personal=member.personal,
            active=member.org.id == active,
            created_at=member.org.created_at,
        )


class MemberReply(WireModel):
    account_id: UUID
    name: str
    email: str
    role: Role
    personal: Annotated[bool, Field(description="Whether it is the member's own organization, which they stay in.")]

    @classmethod
    def of(cls, member: Member) -> Self:
        account = member.account
        return cls(
            account_id=account.id,
            name=account.name,
            email=account.email,
            role=member.role,
            personal=member.personal,
        )


class InviteReply(WireModel):
    id: UUID
    role: Role
    email: str | None
    invited_by: str
    created_at: Time
    expires_at: Time

    @classmethod
    def of(cls, invite: Invite) -> Self:
        return cls(
            id=invite.id,
            role=invite.role,
            email=invite.email,
            invited_by=invite.invited_by,
            created_at=invite.created_at,
            expires_at=invite.expires_at,
        )


class NewInviteReply(WireModel):
    id: UUID
    code: Annotated[str, Field(description="To be typed, or read out; it is not stored and cannot be shown again.")]
    link: Annotated[str, Field(description="The page that shows the invitation and asks whether to accept it.")]
    role: Role
    email: str | None
    expires_at: Time

    @classmethod
    def of(cls, new: NewInvite, link: str) -> Self:
        return cls(
            id=new.invite.id,
            code=new.code,
            link=link,
            role=new.invite.role,
            email=new.invite.email,
            expires_at=new.invite.expires_at,
        )


class InvitationReply(WireModel):
    """What whoever has the code is told before they accept."""

    organization: str
    role: Role
    invited_by: str
    bound: Annotated[bool, Field(description="Whether it is for one e-mail address only.")]
    expires_at: Time

    @classmethod
    def of(cls, invite: Invite) -> Self:
        return cls(
            organization=invite.org.name,
            role=invite.role,
            invited_by=invite.invited_by,
            bound=invite.email is not None,
            expires_at=invite.expires_at,
        )


class JoinedReply(WireModel):
    org_id: UUID
    organization: str
    role: Role
