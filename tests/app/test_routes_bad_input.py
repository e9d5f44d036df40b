"""Every route against bad input: the right refusal, no change to anything stored, never a 500.

The operations come from the application itself: a new one is walked, or fails the walk until it has its example.
"""

import json
from typing import Any

import aiohttp
import pytest

from mcp_endpoint.http import EVENTS
from relay.kernel.operation import Access, Operation
from tests.app.conftest import MakeRelay, Party
from tests.app.walk import (
    EXAMPLES,
    FOR_WHOEVER_HAS_IT,
    FORM,
    HTML,
    OPERATIONS,
    PROBLEM,
    SOCKET,
    UNLIMITED,
    World,
    faulty_bodies,
    faulty_forms,
    faulty_queries,
    kinds_of,
    name_of,
    named,
    populate,
    sent,
    stored,
)

EMPTY_IS_FINE = {"POST /api/v1/api-keys/{id}/rotate"}
"""Every field of its body has a default, and `curl -X POST` sends no body at all."""

NO_ID = ("nonsense", "%00", "..%2f..%2f", "0" * 300, "-", "%ff")
UNKNOWN_ID = "00000000-0000-7000-8000-000000000000"


@pytest.fixture
async def world(make_relay: MakeRelay) -> World:
    relay = await make_relay(limits=UNLIMITED)
    return await populate(relay, relay.owner, relay.agent, "ours")


CODES = {400: "invalid_input", 404: "not_found", 405: "method_not_allowed", 413: "too_large"}


class Faults:
    """What went wrong, gathered: one walk shows every route that fails, not the first."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._before: dict[str, tuple[int, str]] = {}
        self._found: list[str] = []

    async def begin(self) -> None:
        self._before = await stored(self._world.relay.app)

    async def check(
        self, case: str, operation: Operation, reply: aiohttp.ClientResponse, status: int, pointer: str = ""
    ) -> None:
        """Note whatever is not as it must be about one refusal, and any row that it changed."""
        text = await reply.text()
        where = f"{name_of(operation)}, {case}"
        if reply.status != status:
            self._found.append(f"{where}: {reply.status} instead of {status}: {text[:120]}")
        elif operation.media == HTML:
            if reply.content_type != HTML and reply.status != 303:
                self._found.append(f"{where}: {reply.content_type}")
        elif operation.refuse and status != 405:
            self._found += [f"{where}: {fault}" for fault in _oauth_faults_of(json.loads(text), pointer)]
        elif reply.content_type != PROBLEM:
            self._found.append(f"{where}: {reply.content_type}")
        else:
            self._found += [f"{where}: {fault}" for fault in _faults_of(json.loads(text), status, pointer)]
        after = await stored(self._world.relay.app)
        if after != self._before:
            self._found.append(f"{where}: changed {[name for name in after if after[name] != self._before[name]]}")
            self._before = after

    def none(self) -> None:
        assert not self._found, "\n".join(self._found)


def _faults_of(problem: dict[str, Any], status: int, pointer: str) -> list[str]:
    found = [f"no {name}" for name in ("type", "title", "detail") if not problem.get(name)]
    if (problem["status"], problem["code"]) != (status, CODES[status]):
        found.append(f"says {problem['status']} {problem['code']}, not {CODES[status]}")
    given = problem.get("pointer", "")
    if pointer and not (given and _fits(given, pointer)):
        found.append(f"names {given!r}, not {pointer}")
    return found


def _oauth_faults_of(refusal: dict[str, Any], pointer: str) -> list[str]:
    """Return what is wrong with a refusal in the form of RFC 6749 5.2, whose sentence names the field."""
    said = refusal.get("error_description", "")
    found = [] if refusal.get("error", "").startswith("invalid_") else [f"says {refusal.get('error')!r}"]
    if not said or not said.isascii() or '"' in said:
        found.append(f"explains itself by {said!r}")
    field = pointer.split("/")[1] if pointer else ""
    return found if field in said else [*found, f"does not name {field}"]


def _fits(given: str, wanted: str) -> bool:
    """Return whether a pointer names the wanted field, an item of it, or the field it is part of."""
    parts, path = given.split("/"), wanted.split("/")
    return parts[: len(path)] == path[: len(parts)] and all(part.isdecimal() for part in parts[len(path) :])


async def test_every_operation_with_a_body_has_an_example_that_is_right() -> None:
    with_body = {(o.method, o.path): o.body for o in OPERATIONS if o.body}
    assert with_body.keys() == EXAMPLES.keys()
    for key, model in with_body.items():
        model.model_validate_json(json.dumps(EXAMPLES[key]))


async def test_a_spoilt_body_is_refused_by_field_and_changes_nothing(world: World) -> None:
    faults = Faults(world)
    await faults.begin()
    for operation in OPERATIONS:
        if operation.body is None:
            continue
        spoil = faulty_forms if operation.takes_form else faulty_bodies
        headers = {"Content-Type": FORM} if operation.takes_form else {}
        for faulty in spoil(operation.body, EXAMPLES[operation.method, operation.path]):
            for who in world.credentials(operation)[:1]:
                reply = await world.call(operation, who, data=faulty.body, headers=headers)
                await faults.check(faulty.name, operation, reply, 400, faulty.pointer)
        if name_of(operation) not in EMPTY_IS_FINE:
            reply = await world.call(operation, world.credentials(operation)[0])
            await faults.check("no body", operation, reply, 400)
    faults.none()


async def test_a_spoilt_query_is_refused_by_parameter(world: World) -> None:
    faults = Faults(world)
    await faults.begin()
    for operation in OPERATIONS:
        if operation.query is None:
            continue
        for name, query in faulty_queries(operation.query):
            for who in world.credentials(operation):
                reply = await world.call(operation, who, f"{world.path(operation)}?{query}")
                await faults.check(query, operation, reply, 400, f"/{name}" if name else "")
    faults.none()


async def test_an_id_that_names_nothing_is_not_found(world: World) -> None:
    faults = Faults(world)
    await faults.begin()
    for operation in OPERATIONS:
        for parameter in kinds_of(operation):
            for nothing in (*NO_ID, UNKNOWN_ID):
                for who in world.credentials(operation):
                    reply = await _with_id(world, operation, who, parameter, nothing)
                    await faults.check(nothing, operation, reply, 404)
    faults.none()


@pytest.mark.proves("auth.R71")
async def test_what_belongs_to_another_owner_is_not_found(world: World) -> None:
    """Every route with an id, every foreign id, every credential: the same 404 as for an id that does not exist."""
    theirs = await populate(world.relay, *await world.relay.another_owner(), "theirs")
    faults = Faults(world)
    await faults.begin()
    for operation in OPERATIONS:
        for parameter, wanted in kinds_of(operation).items():
            for kind, foreign in theirs.ids.items():
                if kind == wanted and kind in FOR_WHOEVER_HAS_IT:
                    continue
                for who in world.credentials(operation):
                    reply = await _with_id(world, operation, who, parameter, foreign)
                    await faults.check(f"a foreign {kind} as {parameter}", operation, reply, 404)
    faults.none()


@pytest.mark.proves("auth.R72")
async def test_no_list_and_no_page_shows_what_belongs_to_another_owner(world: World) -> None:
    theirs = await populate(world.relay, *await world.relay.another_owner(), "theirs")
    shown: dict[str, str] = {}
    for mine, foreign in ((world, theirs), (theirs, world)):
        for operation in OPERATIONS:
            # Of what has an id, an organization's lists only: the rest shows the one thing that was named.
            named_thing = kinds_of(operation) and "org" not in kinds_of(operation).values()
            if operation.method != "GET" or named_thing or operation.path == SOCKET:
                continue
            for who in mine.credentials(operation):
                text = await (await mine.call(operation, who)).text()
                assert not [word for word in foreign.words if word in text], name_of(operation)
                shown[name_of(operation)] = shown.get(name_of(operation), "") + text
    # The same words are there for whom they are meant, or the assertion above would see nothing.
    for listing in (*LISTS, *ORG):
        assert any(word in shown[f"GET /api/v1/{listing}"] for word in world.words), listing


LISTS = (
    "requests",
    "mobile/inbox",
    "mobile/devices",
    "agents",
    "api-keys",
    "auth/sessions",
    "auth/me",
    "auth/passkeys",
    "auth/identities",
)
ORG = ("orgs", *(f"orgs/{{id}}/{part}" for part in ("members", "invites", "audit", "audit/export")))


@pytest.mark.proves("auth.R71")
async def test_a_foreign_id_in_a_body_is_refused(world: World) -> None:
    theirs = await populate(world.relay, *await world.relay.another_owner(), "theirs")
    before = await stored(world.relay.app)
    key = EXAMPLES["POST", "/api/v1/keys/register"]["public_key"]
    register = {"entity_type": "agent", "entity_id": theirs.agent.id, "public_key": key}
    for who in (world.agent, world.owner):
        assert (await who.post("/api/v1/keys/register", register)).status == 404
    assert (await world.owner.post("/api/v1/api-keys", {"agent_id": theirs.agent.id})).status == 404
    for path, body in (("request", {"prompt": "x"}), ("complete", {"summary": "x"}), ("notify", {"message": "x"})):
        reply = await world.agent.post(f"/api/v1/hitl/{path}", {**body, "audience": theirs.owner.id})
        assert (reply.status, (await reply.json())["pointer"]) == (400, "/audience")
    assert await stored(world.relay.app) == before


async def test_a_method_that_an_address_does_not_take_is_refused_with_those_it_does(world: World) -> None:
    faults = Faults(world)
    await faults.begin()
    taken: dict[str, set[str]] = {}
    for operation in OPERATIONS:
        # A browser asks with OPTIONS before a script of another site may call.
        taken.setdefault(operation.path, set()).update({operation.method, *(["OPTIONS"] if operation.cors else [])})
    for operation in OPERATIONS:
        if operation.path == "/docs" or operation.media == HTML:
            continue
        for method in sorted({"GET", "POST", "PUT", "PATCH", "DELETE"} - taken[operation.path]):
            reply = await world.relay.client.request(method, world.path(operation), headers=world.owner.headers)
            assert set(reply.headers["Allow"].split(",")) == taken[operation.path], name_of(operation)
            await faults.check(method, operation, reply, 405)
    faults.none()


async def test_a_spoilt_form_gets_a_page_that_says_so_and_changes_nothing(world: World) -> None:
    faults = Faults(world)
    await faults.begin()
    forms = [o for o in OPERATIONS if o.media == HTML and o.method == "POST"]
    assert named(forms) == {f"POST {path}" for path in FORMS}
    for operation in forms:
        for name, (status, body, media) in SPOILT_FORMS.items():
            who = world.credentials(operation)[0]
            reply = await world.call(operation, who, data=body, headers={"Content-Type": media})
            # A form of a signed-in page is first asked whether it is ours.
            wanted = 403 if operation.access is Access.OWNER and name in READABLE else status
            await faults.check(name, operation, reply, wanted)
    faults.none()


FORMS = (
    "/api/v1/oauth/authorize",
    "/device",
    "/device/decision",
    "/owner/grants/{id}/revoke",
    "/setup",
    "/sign-in",
    "/sign-out",
    "/confirm",
    "/sign-in/letter",
    "/sign-in/code",
    "/confirm/letter",
    "/confirm/code",
    "/owner/keys",
    "/owner/tokens",
    "/owner/agents/{id}",
    "/owner/agents/{id}/delete",
    "/orgs",
    "/orgs/{id}/activate",
    "/orgs/{id}/rename",
    "/orgs/{id}/leave",
    "/orgs/{id}/delete",
    "/orgs/{id}/members/{account_id}/role",
    "/orgs/{id}/members/{account_id}/remove",
    "/orgs/{id}/invites",
    "/orgs/{id}/invites/{invite_id}/revoke",
    "/invite",
    "/invite/{code}",
    "/owner/keys/{id}/rotate",
    "/owner/keys/{id}/revoke",
    "/account/sessions/end-others",
    "/account/sessions/{id}/end",
    "/sign-in/recover",
    "/reset",
    "/sign-up",
    "/sign-up/code",
    "/account/data/delete",
    "/account/data/keep",
    "/account/password",
    "/account/recovery-codes",
    "/account/passkeys/demand",
    "/account/passkeys/{id}/rename",
    "/account/passkeys/{id}/remove",
    "/account/identities/{id}/unlink",
)
READABLE = {"empty", "a NUL", "too long"}
SPOILT_FORMS: dict[str, tuple[int, bytes, str]] = {
    "JSON": (400, b'{"email": "eve@example.org"}', "application/json"),
    "empty": (400, b"", FORM),
    "not UTF-8": (400, b"email=%ff%fe&password=x", FORM),
    "raw bytes": (400, b"email=\xff\xfe&password=x", FORM),
    "a field twice": (400, b"email=a&email=b&password=x", FORM),
    "many fields": (400, b"&".join(b"f%d=x" % n for n in range(1000)), FORM),
    "a NUL": (400, b"email=a%00@example.org&password=x&name=a%00&code=0%00", FORM),
    "too long": (400, b"email=" + b"x" * 300 + b"&password=x", FORM),
}


async def test_a_body_over_the_limit_is_refused(make_relay: MakeRelay) -> None:
    relay = await make_relay(max_body=4096)
    world = await populate(relay, relay.owner, relay.agent, "ours")
    faults = Faults(world)
    await faults.begin()
    for operation in OPERATIONS:
        if operation.body is None:
            continue
        body = sent(operation, {**EXAMPLES[operation.method, operation.path], "x": "x" * 4096})
        reply = await world.call(operation, world.credentials(operation)[0], **body)
        await faults.check("too large", operation, reply, 413)
    faults.none()


async def test_an_address_that_is_none_is_not_found(world: World) -> None:
    for path in ("/nowhere", "/api/v1", "/api/v1/", "/api/v1/requests/", "/%00", "/api/v1/hitl/request/e3ee"):
        reply = await world.relay.client.get(path, headers=world.agent.headers)
        assert (reply.status, reply.content_type) == (404, PROBLEM), path


async def test_the_walk_leaves_nothing_out() -> None:
    """Which operations each walk passes over, and why; a new one in this list has to be put there by somebody."""
    without_body = [o for o in OPERATIONS if not o.body and o.method != "GET" and o.media not in {HTML, EVENTS}]
    assert named(without_body) == {
        # They name their object in the path and say nothing else.
        "DELETE /api/v1/requests/{id}",
        "DELETE /api/v1/mobile/devices/{id}",
        "DELETE /api/v1/mobile/pairings/{id}",
        "DELETE /api/v1/auth/sessions/{id}",
        # It is about the caller's own and needs no more.
        "DELETE /api/v1/auth/sessions",
        "POST /api/v1/auth/passkeys/make/options",
        "POST /api/v1/account/recovery-codes",
        "POST /api/v1/account/deletion",
        "DELETE /api/v1/account/deletion",
        "POST /api/v1/auth/passkeys/use/options",
        "DELETE /api/v1/api-keys/{id}",
        "DELETE /api/v1/mobile/devices/{id}/push",
        "POST /api/v1/mobile/devices/{id}/push/test",
        "POST /api/v1/mobile/requests/{id}/received",
        "POST /api/v1/mobile/requests/{id}/displayed",
        "DELETE /api/v1/agents/{id}",
        "DELETE /api/v1/orgs/{id}",
        "POST /api/v1/orgs/{id}/activate",
        "POST /api/v1/orgs/{id}/leave",
        "DELETE /api/v1/orgs/{id}/members/{account_id}",
        "DELETE /api/v1/orgs/{id}/invites/{invite_id}",
        "POST /api/v1/invites/{code}/accept",
        "DELETE /api/v1/auth/passkeys/{id}",
        "DELETE /api/v1/auth/identities/{id}",
        "DELETE /api/v1/oauth/grants/{id}",
        "POST /api/v1/mobile/requests/{id}/release",
        "POST /api/v1/mobile/requests/{id}/seen",
        "POST /api/v1/auth/sign-out",
    }
    # Their bodies are JSON-RPC: tests/app/test_mcp_wire.py spoils those.
    assert {o.path.split("/")[1] for o in OPERATIONS if o.media == EVENTS and o.method != "GET"} == {
        "mcp",
        "mcp-server",
    }


async def _with_id(
    world: World, operation: Operation, who: Party | None, parameter: str, id: str
) -> aiohttp.ClientResponse:
    path = world.path(operation, **{parameter: id})
    if operation.media == HTML:
        return await _submit(world, operation, who, path)
    example = EXAMPLES.get((operation.method, operation.path))
    return await world.call(operation, who, path, data=json.dumps(example) if example else None)


async def _submit(world: World, operation: Operation, who: Party | None, path: str) -> aiohttp.ClientResponse:
    """Send a page's form as its page would, with the token of the session."""
    page = await (await world.relay.owner.get("/owner")).text()
    token = page.partition('name="form_token" value="')[2].partition('"')[0]
    fields = {"grace_hours": "1", "name": "x", "role": "operator", "account_id": UNKNOWN_ID, "status": "paused"}
    return await world.call(operation, who, path, data={"form_token": token, **fields})
