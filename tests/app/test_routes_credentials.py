"""Every route against every kind of credential: none, nonsense, ended, and the right one in the wrong place."""

import asyncio
import datetime as dt
import json
import os
from http.cookies import SimpleCookie

import aiohttp
import pytest

from auth.next_path import with_next
from auth.secrets import API_KEY_PREFIX, SESSION_PREFIX, new_token
from relay.kernel.operation import Access, Operation
from tests.app.conftest import PASSWORD, MakeRelay, Party, Relay
from tests.app.walk import EXAMPLES, HTML, OPERATIONS, PROBLEM, UNLIMITED, World, name_of, named, populate, stored

GUARDED = [operation for operation in OPERATIONS if operation.access is not Access.PUBLIC]

OPEN_TO_ALL = {
    "GET /healthz",
    "GET /readyz",
    "GET /api/v1/health",
    "GET /api/v1/openapi.json",
    "GET /docs",
    # A new device has no session yet: a code lets it join, once, and a ticket lets it ask.
    "POST /api/v1/pairings/join",
    "POST /api/v1/pairings/claim",
    # The web app's files; what it shows comes from the API.
    "GET /app",
    "GET /app/",
    "GET /app/{name}",
    "GET /app/assets/{name}",
    # The credential is in the first frame.
    "GET /api/v1/mobile/ws",
    # The ways to a credential.
    "POST /api/v1/auth/setup",
    "POST /api/v1/auth/sign-in",
    "GET /api/v1/invites/{code}",
    "GET /invite",
    "POST /invite",
    "GET /invite/{code}",
    "POST /api/v1/auth/passkeys/use/options",
    "POST /api/v1/auth/passkeys/use/sign-in",
    "GET /assets/passkeys.js",
    "POST /api/v1/auth/letters",
    "POST /api/v1/auth/letters/sign-in",
    "GET /sign-in/with/{provider}",
    "GET /sign-in/back/{provider}",
    "POST /api/v1/auth/sign-up",
    "POST /api/v1/auth/sign-up/finish",
    "GET /sign-up",
    "POST /sign-up",
    "POST /sign-up/code",
    "POST /api/v1/auth/recover",
    "POST /api/v1/auth/reset",
    "GET /sign-in/recover",
    "POST /sign-in/recover",
    "GET /reset",
    "POST /reset",
    "GET /sign-in/letter",
    "POST /sign-in/letter",
    "GET /sign-in/code",
    "POST /sign-in/code",
    "GET /",
    "GET /setup",
    "POST /setup",
    "GET /sign-in",
    "POST /sign-in",
    # What a program needs before it has one; the token endpoint authenticates clients itself.
    "POST /api/v1/oauth/register",
    "POST /api/v1/oauth/token",
    "POST /api/v1/oauth/revoke",
    "POST /api/v1/oauth/device",
    "GET /.well-known/oauth-authorization-server",
    "GET /.well-known/openid-configuration",
    "GET /.well-known/oauth-protected-resource",
    "GET /.well-known/oauth-protected-resource/mcp",
    "GET /.well-known/oauth-protected-resource/mcp/",
    "GET /.well-known/oauth-protected-resource/mcp-server/mcp",
    "GET /.well-known/oauth-protected-resource/mcp-server/mcp/",
    "GET /.well-known/jwks.json",
}


@pytest.fixture
async def world(make_relay: MakeRelay) -> World:
    relay = await make_relay(limits=UNLIMITED)
    return await populate(relay, relay.owner, relay.agent, "ours")


def test_no_route_is_public_but_those_that_must_be() -> None:
    assert named(o for o in OPERATIONS if o.access is Access.PUBLIC) == OPEN_TO_ALL


async def test_a_credential_that_is_none_opens_no_route(world: World) -> None:
    before = await stored(world.relay.app)
    bad = {
        "none": {},
        "an empty bearer": {"Authorization": "Bearer "},
        "nonsense": {"Authorization": "Bearer nonsense"},
        "an unknown key": {"Authorization": f"Bearer {new_token(API_KEY_PREFIX, os.urandom)}"},
        "an unknown session": {"Authorization": f"Bearer {new_token(SESSION_PREFIX, os.urandom)}"},
        "an unknown key in its own header": {"X-API-Key": new_token(API_KEY_PREFIX, os.urandom)},
        "a key with another checksum": {"Authorization": f"Bearer {world.agent.token[:-1]}{_other(world.agent.token)}"},
        "another scheme": {"Authorization": f"Basic {world.owner.token}"},
        "an unknown cookie": {"Cookie": f"hitl_sid={new_token(SESSION_PREFIX, os.urandom)}"},
    }
    for operation in GUARDED:
        for case, headers in bad.items():
            await _is_turned_away(world, operation, headers, case)
    assert await stored(world.relay.app) == before


async def test_a_credential_that_has_ended_opens_no_route(world: World) -> None:
    relay = world.relay
    expired, revoked = [await _key(relay.owner, expires_in_days=1) for _ in range(2)]
    assert (await relay.owner.delete(f"/api/v1/api-keys/{revoked.id}")).status == 204
    signed_out = await _signed_in(relay)
    assert (await signed_out.post("/api/v1/auth/sign-out")).status == 204
    lost = await _signed_in(relay)
    device = await (await lost.post("/api/v1/mobile/devices", {"name": "lost", "kind": "phone"})).json()
    assert (await relay.owner.delete(f"/api/v1/mobile/devices/{device['device_id']}")).status == 204
    relay.clock.forward(dt.timedelta(days=1))
    before = await stored(relay.app)
    ended = {"expired": expired, "revoked": revoked, "signed out": signed_out, "its device revoked": lost}
    for operation in GUARDED:
        for case, party in ended.items():
            await _is_turned_away(world, operation, party.headers, case)
    assert await stored(relay.app) == before


async def test_a_good_credential_of_the_wrong_kind_is_forbidden(world: World) -> None:
    before = await stored(world.relay.app)
    wrong = {Access.AGENT: world.owner, Access.OWNER: world.agent, Access.METRICS: world.agent}
    tried = 0
    for operation in GUARDED:
        if operation.access in {Access.EITHER, Access.ANY}:
            continue
        reply = await _call(world, operation, wrong[operation.access].headers)
        assert (reply.status, await _code(operation, reply)) == (403, "forbidden"), name_of(operation)
        tried += 1
    assert tried > 20
    assert await stored(world.relay.app) == before


async def test_an_organization_s_token_opens_what_is_for_any_credential_and_nothing_else(world: World) -> None:
    before = await stored(world.relay.app)
    for operation in GUARDED:
        reply = await _call(world, operation, world.token.headers)
        if operation.access is Access.ANY:
            assert reply.status == 200, name_of(operation)
        else:
            assert (reply.status, await _code(operation, reply)) == (403, "forbidden"), name_of(operation)
    assert await stored(world.relay.app) == before


async def test_two_credentials_that_differ_are_refused(world: World) -> None:
    headers = {"Authorization": f"Bearer {world.owner.token}", "X-API-Key": world.agent.token}
    for operation in GUARDED:
        reply = await _call(world, operation, headers)
        assert (reply.status, await _code(operation, reply)) == (400, "invalid_input"), name_of(operation)


async def test_a_credential_in_an_address_is_refused_everywhere(world: World) -> None:
    for operation in OPERATIONS:
        for query in (f"access_token={world.agent.token}", "api_key=x", f"q={world.owner.token}"):
            path = f"{world.path(operation)}?{query}"
            reply = await world.call(operation, None, path, headers=world.owner.headers)
            assert (reply.status, await _code(operation, reply)) == (400, "invalid_input"), name_of(operation)
            assert world.owner.token not in await reply.text()


async def test_the_agent_key_is_taken_in_either_header(world: World) -> None:
    for headers in (world.agent.headers, {"X-API-Key": world.agent.token}):
        assert (await world.relay.client.get("/api/v1/requests", headers=headers)).status == 200


async def test_a_browser_changes_nothing_by_cookie_from_another_site(world: World) -> None:
    before = await stored(world.relay.app)
    cookie = {"Cookie": f"hitl_sid={world.owner.token}"}
    elsewhere = (
        {"Origin": "https://evil.example"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Origin": "null"},
        {},
    )
    changing = [o for o in GUARDED if o.method != "GET" and o.access in {Access.OWNER, Access.EITHER}]
    for operation in changing:
        for headers in elsewhere:
            reply = await world.relay.client.request(
                operation.method, world.path(operation), headers={**cookie, **headers}, json=_example(operation)
            )
            assert (reply.status, await _code(operation, reply)) == (403, "forbidden"), name_of(operation)
    assert await stored(world.relay.app) == before


async def test_a_browser_signs_in_by_cookie_and_reads_with_it(world: World) -> None:
    body = {"email": "ada@example.org", "password": PASSWORD}
    reply = await world.relay.client.post("/api/v1/auth/sign-in", json=body)
    cookie = SimpleCookie(reply.headers["Set-Cookie"])["hitl_sid"]
    world.relay.client.session.cookie_jar.clear()
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
    me = await world.relay.client.get("/api/v1/auth/me", headers={"Cookie": f"hitl_sid={cookie.value}"})
    assert (await me.json())["account"]["email"] == "ada@example.org"


async def test_the_metrics_token_reads_the_metrics_and_nothing_else(make_relay: MakeRelay) -> None:
    token = "a token for the collector"
    relay = await make_relay(metrics_token=token)
    headers = {"Authorization": f"Bearer {token}"}
    assert (await relay.client.get("/metrics", headers=headers)).status == 200
    assert (await relay.client.get("/api/v1/requests", headers=headers)).status == 401


@pytest.mark.parametrize("header", ["Authorization: Bearer \xff\xfe", "X-API-Key: \xff", "Cookie: hitl_sid=\xff\xfe"])
async def test_raw_bytes_in_a_credential_are_no_credential(relay: Relay, header: str) -> None:
    status, body = await raw_get(relay, "/api/v1/agents", header)
    assert (status, json.loads(body)["code"]) == (401, "unauthenticated")


async def raw_get(relay: Relay, path: str, header: str) -> tuple[int, bytes]:
    """Send what a polite client would not."""
    reader, writer = await asyncio.open_connection(relay.client.host, relay.client.port)
    request = f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n{header}\r\n\r\n"
    writer.write(request.encode("latin-1"))
    reply = await reader.read()
    writer.close()
    await writer.wait_closed()
    head, _, body = reply.partition(b"\r\n\r\n")
    return int(head.split()[1]), body


async def _is_turned_away(world: World, operation: Operation, headers: dict[str, str], case: str) -> None:
    reply = await _call(world, operation, headers)
    if operation.media == HTML:
        back = with_next("/sign-in", world.path(operation)) if operation.method == "GET" else "/sign-in"
        assert (reply.status, reply.headers["Location"]) == (303, back), (name_of(operation), case)
        return
    assert (reply.status, await _code(operation, reply)) == (401, "unauthenticated"), (name_of(operation), case)
    assert reply.headers["WWW-Authenticate"].startswith("Bearer"), name_of(operation)


async def _call(world: World, operation: Operation, headers: dict[str, str]) -> aiohttp.ClientResponse:
    return await world.call(operation, None, headers=headers, json=_example(operation))


def _example(operation: Operation) -> object:
    return EXAMPLES.get((operation.method, operation.path))


async def _code(operation: Operation, reply: aiohttp.ClientResponse) -> str:
    """Return the problem's code; a page says it in words, and by its status."""
    if operation.media == HTML:
        assert reply.content_type == HTML
        return {400: "invalid_input", 403: "forbidden"}[reply.status]
    if operation.refuse:
        return {"invalid_request": "invalid_input", "invalid_client_metadata": "invalid_input"}[
            (await reply.json())["error"]
        ]
    assert reply.content_type == PROBLEM
    return str((await reply.json(content_type=None))["code"])


async def _key(owner: Party, **more: object) -> Party:
    made = await (await owner.post("/api/v1/api-keys", {"agent_name": "short-lived", **more})).json()
    return Party(owner.client, made["api_key"], made["id"])


async def _signed_in(relay: Relay) -> Party:
    body = {"email": "ada@example.org", "password": PASSWORD}
    reply = await relay.client.post("/api/v1/auth/sign-in", json=body)
    relay.client.session.cookie_jar.clear()
    return Party(relay.client, (await reply.json())["token"])


def _other(token: str) -> str:
    return "A" if token[-1] != "A" else "B"
