"""Organizations and their members.

What one may do is decided by one's role in the organization of the address, whichever the session is in; so these
operations name no scope for the guard, and the services ask for it (`auth/scopes.py` has the table).
"""

from aiohttp import web

from auth.keys import MEMBERS, ORGS
from auth.principal import caller
from auth.routes.org_wire import MemberReply, OrganizationReply, OrgBody, RoleBody
from auth.routes.wire import json_list
from relay.domain.errors import NotFound
from relay.domain.ids import AccountId, OrgId
from relay.kernel.body import json_reply, path_id, read_model
from relay.kernel.operation import Access, Operations

operations = Operations("organizations")


@operations.get(
    "/api/v1/orgs",
    access=Access.OWNER,
    summary="The organizations one is in, one's own first",
    reply=list[OrganizationReply],
)
async def listing(request: web.Request) -> web.Response:
    principal = caller(request)
    found = await request.app[ORGS].of(principal)
    return json_list(OrganizationReply.of(member, active=principal.org_id) for member in found)


@operations.post(
    "/api/v1/orgs",
    access=Access.OWNER,
    summary="Make an organization; one is its owner",
    body=OrgBody,
    reply=OrganizationReply,
    status=201,
    other={409: "one is in as many organizations as one account can be"},
)
async def create(request: web.Request) -> web.Response:
    org = await request.app[ORGS].create(caller(request), (await read_model(request, OrgBody)).name)
    return json_reply(await shown(request, org.id), status=201)


@operations.patch(
    "/api/v1/orgs/{id}",
    access=Access.OWNER,
    summary="Give an organization another name (owners, admins)",
    body=OrgBody,
    reply=OrganizationReply,
)
async def rename(request: web.Request) -> web.Response:
    org = org_id(request)
    await request.app[ORGS].rename(caller(request), org, (await read_model(request, OrgBody)).name)
    return json_reply(await shown(request, org))


@operations.delete(
    "/api/v1/orgs/{id}",
    access=Access.OWNER,
    recent=True,
    summary="Delete an organization with its agents and keys (owners)",
    status=204,
    other={409: "it is somebody's own"},
)
async def delete(request: web.Request) -> web.Response:
    await request.app[ORGS].delete(caller(request), org_id(request))
    return web.Response(status=204)


@operations.post(
    "/api/v1/orgs/{id}/activate",
    access=Access.OWNER,
    summary="Let the calling session act in this organization from now on",
    status=204,
)
async def activate(request: web.Request) -> web.Response:
    await request.app[ORGS].enter(caller(request), org_id(request))
    return web.Response(status=204)


@operations.post(
    "/api/v1/orgs/{id}/leave",
    access=Access.OWNER,
    summary="Leave an organization; the keys one made there end",
    status=204,
    other={409: "it is one's own, or one is its last owner"},
)
async def leave(request: web.Request) -> web.Response:
    await request.app[MEMBERS].leave(caller(request), org_id(request))
    return web.Response(status=204)


@operations.get(
    "/api/v1/orgs/{id}/members",
    access=Access.OWNER,
    summary="Who is in an organization, by name",
    reply=list[MemberReply],
)
async def members(request: web.Request) -> web.Response:
    found = await request.app[MEMBERS].of_org(caller(request), org_id(request))
    return json_list(MemberReply.of(member) for member in found)


@operations.patch(
    "/api/v1/orgs/{id}/members/{account_id}",
    access=Access.OWNER,
    recent=True,
    summary="Give a member another role (owners, admins; what concerns an owner, owners)",
    body=RoleBody,
    status=204,
    other={409: "it is the last owner, or the member's own organization"},
)
async def change_role(request: web.Request) -> web.Response:
    role = (await read_model(request, RoleBody)).role
    await request.app[MEMBERS].change_role(caller(request), org_id(request), member_id(request), role)
    return web.Response(status=204)


@operations.delete(
    "/api/v1/orgs/{id}/members/{account_id}",
    access=Access.OWNER,
    recent=True,
    summary="Remove a member; the keys they made end (owners, admins; an owner, owners)",
    status=204,
    other={409: "it is the last owner, or the member's own organization"},
)
async def remove(request: web.Request) -> web.Response:
    await request.app[MEMBERS].remove(caller(request), org_id(request), member_id(request))
    return web.Response(status=204)


def org_id(request: web.Request) -> OrgId:
    return OrgId(path_id(request))


def member_id(request: web.Request) -> AccountId:
    return AccountId(path_id(request, "account_id"))


async def shown(request: web.Request, org: OrgId) -> OrganizationReply:
    principal = caller(request)
    for member in await request.app[ORGS].of(principal):
        if member.org.id == org:
            return OrganizationReply.of(member, active=principal.org_id)
    raise NotFound("there is no such organization, or it is not yours")
