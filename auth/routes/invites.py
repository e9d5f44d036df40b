"""Invitations: make, list, revoke; look at one, and accept it."""

from typing import Final

from aiohttp import web

from auth.html import NO_STORE
from auth.keys import AUTH_SETTINGS, INVITES, ORGS
from auth.principal import caller
from auth.routes.org_wire import InvitationReply, InviteBody, InviteReply, JoinedReply, NewInviteReply
from auth.routes.orgs import org_id
from auth.routes.wire import json_list
from auth.services.invites import NewInvite
from relay.kernel.body import json_reply, path_id, read_model
from relay.kernel.operation import Access, Operations
from relay.kernel.rates import HOUR, By, Limit

operations = Operations("organizations")

LOOKS: Final = Limit(name="invites", calls=60, per_s=HOUR, by=By.ADDRESS)
"""A whole office that was invited opens its links within the hour; who tries codes gets nowhere near 80 bits."""


@operations.post(
    "/api/v1/orgs/{id}/invites",
    access=Access.OWNER,
    recent=True,
    summary="Invite somebody: the reply has the link and the code (owners, admins; an owner, owners)",
    body=InviteBody,
    reply=NewInviteReply,
    status=201,
    other={409: "too many invitations are open"},
)
async def create(request: web.Request) -> web.Response:
    body = await read_model(request, InviteBody)
    new = await request.app[INVITES].create(caller(request), org_id(request), body.role, body.email)
    return json_reply(NewInviteReply.of(new, link_of(request, new)), status=201, headers=NO_STORE)


@operations.get(
    "/api/v1/orgs/{id}/invites",
    access=Access.OWNER,
    summary="The invitations that can still be accepted (owners, admins)",
    reply=list[InviteReply],
)
async def listing(request: web.Request) -> web.Response:
    found = await request.app[INVITES].of_org(caller(request), org_id(request))
    return json_list(InviteReply.of(invite) for invite in found)


@operations.delete(
    "/api/v1/orgs/{id}/invites/{invite_id}",
    access=Access.OWNER,
    summary="Revoke an invitation (owners, admins)",
    status=204,
)
async def revoke(request: web.Request) -> web.Response:
    await request.app[INVITES].revoke(caller(request), org_id(request), path_id(request, "invite_id"))
    return web.Response(status=204)


@operations.get(
    "/api/v1/invites/{code}",
    access=Access.PUBLIC,
    limits=(LOOKS,),
    summary="What an invitation is for; looking does not spend it",
    reply=InvitationReply,
)
async def look(request: web.Request) -> web.Response:
    invite = await request.app[INVITES].look(request.match_info["code"])
    return json_reply(InvitationReply.of(invite), headers=NO_STORE)


@operations.post(
    "/api/v1/invites/{code}/accept",
    access=Access.OWNER,
    limits=(LOOKS,),
    summary="Join the organization; the calling session acts in it from now on",
    reply=JoinedReply,
    other={403: "it is for another e-mail address", 409: "one is a member already"},
)
async def accept(request: web.Request) -> web.Response:
    principal = caller(request)
    invite = await request.app[INVITES].accept(request.match_info["code"], principal.account_id)
    await request.app[ORGS].enter(principal, invite.org.id)
    return json_reply(JoinedReply(org_id=invite.org.id, organization=invite.org.name, role=invite.role))


def link_of(request: web.Request, new: NewInvite) -> str:
    return f"{request.app[AUTH_SETTINGS].public_url}/invite/{new.code}"
