"""What the walks over every operation stand on: a populated relay, a digest of all that is stored, and bad input.

The bad input is made from the models' own JSON schemas, so a field or a bound that is added is tried without a line
being written here. What a model cannot say, `EXAMPLES` and `KINDS` say; a new operation that is missing there fails
the walk.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlencode
from uuid import UUID, uuid4

import aiohttp
from aiohttp import web

from auth.entities import Identity
from auth.services.rate_limits import STANDING
from auth.store.identities import IdentityStore
from hitl_relay.app import operations
from relay.domain.ids import AccountId, uuid7
from relay.kernel.body import WireModel
from relay.kernel.operation import Access, Operation
from relay.services.keys import DATABASE
from tests.app.conftest import Party, Relay
from tests.emulators.authenticator import Authenticator
from tests.oauth import a_program, claims_of
from tests.people import Person

HTML: Final = "text/html"
FORM: Final = "application/x-www-form-urlencoded"
PROBLEM: Final = "application/problem+json"
OPERATIONS: Final = tuple(operations())
SOCKET: Final = "/api/v1/mobile/ws"
"""No reply of this one is JSON; tests/app/test_device_socket.py tries it."""

KINDS: Final[Mapping[str, str]] = {
    "/api/v1/requests/": "request",
    "/api/v1/mobile/requests/": "request",
    "/api/v1/mobile/devices/": "device",
    "/api/v1/mobile/pairings/": "pairing",
    "/api/v1/auth/sessions/": "session",
    "/account/sessions/": "session",
    "/api/v1/auth/passkeys/": "passkey",
    "/account/passkeys/": "passkey",
    "/api/v1/auth/identities/": "identity",
    "/account/identities/": "identity",
    "/api/v1/api-keys/": "key",
    "/owner/keys/": "key",
    "/api/v1/oauth/grants/": "grant",
    "/owner/grants/": "grant",
    "/api/v1/orgs/": "org",
    "/api/v1/agents/": "agent",
    "/orgs/": "org",
    "/owner/agents/": "agent",
}
"""What the `{id}` of a path names."""

PARAMETERS: Final[Mapping[str, str]] = {"account_id": "account", "invite_id": "invite", "code": "code"}
"""What the other parts of a path name."""

WORDS: Final[Mapping[str, str]] = {"agent_name": "frontend", "provider": "acme", "name": "a-file"}
"""Parts of a path that name nothing stored: any word will do."""

FOR_WHOEVER_HAS_IT: Final = frozenset({"code"})
"""Kinds of which another's is as good as one's own, because to have it is to be allowed: an invitation's code."""
_OPTIONS: Final = {"challenge": "A" * 43, "user": {"id": "AAAA"}}
MADE: Final = Authenticator().make(_OPTIONS)
USED: Final = Authenticator(user=b"somebody").use(_OPTIONS)

BOX: Final = "QUFB" * 20
KEY: Final = "QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
NONCE: Final = "QUFB" * 5 + "QQ=="
SIGNATURE: Final = "QUFB" * 21 + "QQ=="

EXAMPLES: Final[Mapping[tuple[str, str], dict[str, Any]]] = {
    ("POST", "/api/v1/hitl/request"): {"prompt": "Deploy?", "wait": 0},
    ("POST", "/api/v1/hitl/complete"): {"summary": "Deployed.", "wait": 0},
    ("POST", "/api/v1/hitl/notify"): {"message": "Deploying."},
    ("POST", "/api/v1/hitl/request/e2ee"): {"encrypted_payload": BOX, "wait": 0},
    ("POST", "/api/v1/hitl/complete/e2ee"): {"encrypted_payload": BOX, "wait": 0},
    ("POST", "/api/v1/hitl/notify/e2ee"): {"encrypted_payload": BOX},
    ("POST", "/api/v1/requests/{id}/respond"): {"answer": "Yes"},
    ("POST", "/api/v1/keys/register"): {
        "entity_type": "agent",
        "entity_id": str(uuid4()),
        "public_key": KEY,
    },
    ("POST", "/api/v1/hooks/claude-code/permission"): {"hook_event_name": "PermissionRequest", "tool_name": "Bash"},
    ("POST", "/api/v1/mobile/devices"): {"name": "phone", "kind": "phone"},
    ("PATCH", "/api/v1/mobile/devices/{id}"): {"name": "tablet"},
    ("POST", "/api/v1/mobile/devices/{id}/push"): {
        "vendor": "webpush",
        "endpoint": "https://push.example.org/1",
        "p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
        "auth": "BTBZMqHH6r4Tts7J_aSIgg",
    },
    ("PATCH", "/api/v1/mobile/push/preferences"): {"reminders": True},
    ("POST", "/api/v1/mobile/requests/{id}/answer"): {
        "answer_id": str(uuid4()),
        "answer": "Yes",
        "receipt": {
            "receipt": {
                "v": 1,
                "request": str(uuid4()),
                "asked": KEY,
                "answer": KEY,
                "account": str(uuid4()),
                "device": KEY,
                "root": "",
                "seq": -1,
                "at": 0,
            },
            "sig": SIGNATURE,
            "salt": NONCE,
        },
    },
    ("POST", "/api/v1/mobile/device-log"): {"entries": [{"seq": 0}]},
    ("POST", "/api/v1/mobile/pairings"): {"commit": KEY},
    ("POST", "/api/v1/mobile/pairings/{id}/reveal"): {"nonce": NONCE, "root": KEY},
    ("POST", "/api/v1/mobile/pairings/{id}/accept"): {"device_id": "x", "entries": [{"seq": 0}]},
    ("POST", "/api/v1/pairings/join"): {
        "code": "00000000",
        "kind": "phone",
        "name": "phone",
        "sign": KEY,
        "box": KEY,
        "pop": SIGNATURE,
        "nonce": NONCE,
    },
    ("POST", "/api/v1/pairings/claim"): {"ticket": "x"},
    ("POST", "/api/v1/mobile/requests/{id}/claim"): {"seconds": 60},
    ("POST", "/api/v1/auth/setup"): {
        "code": "0",
        "email": "eve@example.org",
        "name": "Eve",
        "password": "a long enough sentence",
    },
    ("POST", "/api/v1/orgs"): {"name": "another"},
    ("PATCH", "/api/v1/orgs/{id}"): {"name": "renamed"},
    ("PATCH", "/api/v1/orgs/{id}/members/{account_id}"): {"role": "admin"},
    ("POST", "/api/v1/orgs/{id}/invites"): {"role": "operator", "email": "eve@example.org"},
    ("PATCH", "/api/v1/agents/{id}"): {"name": "renamed"},
    ("POST", "/api/v1/auth/sign-in"): {"email": "eve@example.org", "password": "a long enough sentence"},
    ("POST", "/api/v1/auth/confirm"): {"password": "a long enough sentence"},
    ("POST", "/api/v1/auth/passkeys"): {"name": "phone", "credential": MADE},
    ("PATCH", "/api/v1/auth/passkeys/{id}"): {"name": "phone"},
    ("POST", "/api/v1/auth/passkeys/use/sign-in"): {"credential": USED},
    ("POST", "/api/v1/auth/passkeys/use/confirm"): {"credential": USED},
    ("POST", "/api/v1/auth/letters"): {"email": "eve@example.org"},
    ("POST", "/api/v1/auth/letters/sign-in"): {"code": "0000-0000"},
    ("POST", "/api/v1/auth/letters/confirm"): {"code": "0000-0000"},
    ("POST", "/api/v1/auth/sign-up"): {
        "email": "eve@example.org",
        "name": "Eve",
        "password": "a long enough sentence",
        "invite": "0000",
    },
    ("POST", "/api/v1/auth/sign-up/finish"): {"code": "0000-0000"},
    ("POST", "/api/v1/account/password"): {"password": "a long enough sentence"},
    ("POST", "/api/v1/account/passkey-only"): {"passkey_only": False},
    ("POST", "/api/v1/auth/recover"): {"email": "eve@example.org", "code": "0000", "password": ""},
    ("POST", "/api/v1/auth/reset"): {"link": "0000", "password": "a long enough sentence"},
    ("POST", "/api/v1/agents"): {"name": "another"},
    ("POST", "/api/v1/api-keys"): {"agent_name": "another"},
    ("POST", "/api/v1/api-keys/{id}/rotate"): {"grace_hours": 1},
    ("POST", "/api/v1/oauth/register"): {"redirect_uris": ["http://localhost/cb"], "client_name": "Probe"},
    ("POST", "/api/v1/oauth/token"): {"grant_type": "refresh_token", "refresh_token": "x", "client_id": "x"},
    ("POST", "/api/v1/oauth/revoke"): {"token": "x", "client_id": "x"},
    ("POST", "/api/v1/oauth/device"): {"client_id": "x"},
    ("POST", "/api/v1/oauth/introspect"): {"token": "x"},
}
"""A body each operation takes, before it is spoilt."""


UNLIMITED: Final = tuple(
    (limit.name, 0) for limit in (*STANDING, *(limit for operation in OPERATIONS for limit in operation.limits))
)
"""A walk calls more often than anybody is meant to."""


@dataclass
class World:
    """A relay with something of every kind in it, and the ids of what belongs to one of its two owners."""

    relay: Relay
    owner: Party
    agent: Party
    token: Party
    """The organization's own."""
    ids: dict[str, str]
    words: set[str] = field(default_factory=set)
    """Texts that only this owner may ever see."""

    def credentials(self, operation: Operation) -> list[Party | None]:
        """Return every credential of this owner that the operation admits."""
        return {
            Access.PUBLIC: [None],
            Access.AGENT: [self.agent],
            Access.OWNER: [self.owner],
            Access.METRICS: [self.owner],
            Access.EITHER: [self.agent, self.owner],
            Access.ANY: [self.agent, self.token, self.owner],
        }[operation.access]

    async def call(
        self, operation: Operation, who: Party | None, path: str | None = None, **more: Any
    ) -> aiohttp.ClientResponse:
        headers = {"Sec-Fetch-Site": "same-origin", **(who.headers if who else {}), **more.pop("headers", {})}
        address = path if path is not None else self.path(operation)
        return await self.relay.client.request(
            operation.method, address, headers=headers, allow_redirects=False, **more
        )

    def path(self, operation: Operation, **other: str) -> str:
        """Return the address with this owner's ids in it, but for the parameters that are to have `other` ones."""
        ids = {parameter: self.ids[kind] for parameter, kind in kinds_of(operation).items()} | other
        return re.sub(r"{(\w+)}", lambda found: ids.get(found[1]) or WORDS[found[1]], operation.path)


async def populate(relay: Relay, owner: Party, agent: Party, mark: str) -> World:
    """Give an owner one of each: a device, a request that waits, a session, keys, an invitation, words of their own."""
    device = await (await owner.post("/api/v1/mobile/devices", {"name": f"{mark}-phone", "kind": "phone"})).json()
    asked = await agent.post("/api/v1/hitl/request", {"prompt": f"{mark}-prompt", "context": mark, "wait": 0})
    await agent.post("/api/v1/hitl/notify", {"message": f"{mark}-message"})
    new = {"agent_name": f"{mark}-agent", "description": f"{mark}-note"}
    key = await (await owner.post("/api/v1/api-keys", new)).json()
    token = await (await owner.post("/api/v1/api-keys", {"kind": "org", "description": f"{mark}-token"})).json()
    org = (await (await owner.get("/api/v1/orgs")).json())[0]["id"]
    assert (await owner.patch(f"/api/v1/orgs/{org}", {"name": f"{mark}-org"})).status == 200
    invite = await (await owner.post(f"/api/v1/orgs/{org}/invites", {"email": f"{mark}-guest@example.org"})).json()
    session = (await (await owner.get("/api/v1/auth/sessions")).json())[0]
    options = await (await owner.post("/api/v1/auth/passkeys/make/options")).json()
    made = {"name": f"{mark}-passkey", "credential": Authenticator().make(options["publicKey"])}
    passkey = await (await owner.post("/api/v1/auth/passkeys", made)).json()
    identity = Identity(
        id=uuid7(relay.clock.now(), os.urandom),
        account_id=AccountId(UUID(owner.id)),
        issuer="https://id.example.org",
        subject=f"{mark}-subject",
        email=f"{mark}-elsewhere@example.org",
        created_at=relay.clock.now(),
    )
    await IdentityStore(relay.app[DATABASE]).add(identity)
    pairing = await (await owner.post("/api/v1/mobile/pairings", {"commit": KEY})).json()
    box = {"entity_type": "agent", "entity_id": agent.id, "public_key": EXAMPLES["POST", KEYS]["public_key"]}
    assert (await agent.post(KEYS, box)).status == 200
    ids = {
        "request": (await asked.json())["request_id"],
        "device": device["device_id"],
        "pairing": pairing["pairing_id"],
        "session": session["id"],
        "key": key["id"],
        "org": org,
        "agent": agent.id,
        "account": owner.id,
        "invite": invite["id"],
        "code": invite["code"],
        "passkey": passkey["id"],
        "identity": str(identity.id),
        "grant": await _grant(relay, owner, mark),
    }
    tokens = Party(relay.client, token["api_key"], token["id"])
    return World(relay, owner, agent, tokens, ids, {f"{mark}-", *ids.values(), agent.id, owner.id})


async def _grant(relay: Relay, owner: Party, mark: str) -> str:
    """Connect a program, and return the id of its grant."""
    program = await a_program(relay.client, client_name=f"{mark}-program")
    tokens = await program.connect(Person(relay.client, owner.token, owner.id, ""))
    return str(claims_of(tokens["access_token"])["gid"])


KEYS: Final = "/api/v1/keys/register"


def kinds_of(operation: Operation) -> dict[str, str]:
    """Return what each parameter of the path names; one that nobody has said it of fails the walk."""
    ids = [name for name in re.findall(r"{(\w+)}", operation.path) if name not in WORDS]
    return {name: PARAMETERS.get(name) or _kind_of(operation) for name in ids}


def _kind_of(operation: Operation) -> str:
    found = [kind for prefix, kind in KINDS.items() if operation.path.startswith(prefix)]
    if not found:
        raise LookupError(f"say in KINDS what the id of {name_of(operation)} names")
    return found[0]


def name_of(operation: Operation) -> str:
    return f"{operation.method} {operation.path}"


async def stored(app: web.Application) -> dict[str, tuple[int, str]]:
    """Return, for every table, how many rows it has and a digest of them."""
    tables = await app[DATABASE].fetch(
        "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p')"
        " AND NOT relispartition ORDER BY relname"
    )
    parts = [
        f"SELECT '{table['relname']}' AS name, count(*) AS rows,"  # noqa: S608 - names from the catalogue
        f" coalesce(sum(hashtextextended(t::text, 0)::numeric), 0)::text AS digest FROM {table['relname']} t"
        for table in tables
    ]
    rows = await app[DATABASE].fetch(" UNION ALL ".join(parts))
    return {row["name"]: (row["rows"], row["digest"]) for row in rows}


# Bad bodies


@dataclass(frozen=True)
class Faulty:
    """A body that must be refused, and the field the refusal must name."""

    name: str
    body: bytes
    pointer: str = ""


NOT_AN_OBJECT: Final[Mapping[str, bytes]] = {
    "an array": b"[]",
    "a string": b'"x"',
    "null": b"null",
    "a number": b"7",
    "cut off": b'{"prompt": "x',
    "a form": b"prompt=Deploy",
    "not UTF-8": b'{"prompt": "\xff\xfe"}',
    "UTF-16": '{"prompt": "x"}'.encode("utf-16"),
    "a lone surrogate": b'{"prompt": "\\ud800"}',
    "a raw NUL": b'{"prompt": "a\x00b"}',
    "brackets": b"[" * 10_000,
}


def faulty_bodies(model: type[WireModel], example: dict[str, Any]) -> Iterator[Faulty]:
    """Spoil `example` in every way its model's schema knows."""
    schema = model.model_json_schema()
    for name, body in NOT_AN_OBJECT.items():
        yield Faulty(name, body)
    nested = json.dumps(example)[:-1].encode() + b', "x": ' + b"[" * 10_000 + b"]" * 10_000 + b"}"
    yield Faulty("nested ten thousand deep", nested.replace(b"{, ", b"{"))
    for missing in schema.get("required", []):
        rest = {name: value for name, value in example.items() if name != missing}
        yield Faulty(f"without {missing}", json.dumps(rest).encode(), f"/{missing}")
    for path, wrong in _wrong_fields(schema, schema.get("$defs", {}), example):
        text = json.dumps(wrong)
        pointer = "/" + "/".join(path)
        yield Faulty(f"{pointer} = {text[:40]}", json.dumps(_with(example, path, wrong)).encode(), pointer)


def faulty_forms(model: type[WireModel], example: dict[str, Any]) -> Iterator[Faulty]:
    """Spoil a form: every field is text, so it can be absent, too long, or have characters it should not."""
    good = urlencode(example).encode()
    yield Faulty("not UTF-8", good + b"&scope=%ff%fe")
    yield Faulty("a field twice", good + b"&" + good)
    yield Faulty("many fields", good + b"&" + b"&".join(b"f%d=x" % n for n in range(1000)))
    schema = model.model_json_schema()
    if schema.get("required"):
        yield Faulty("JSON", json.dumps(example).encode())
    for missing in schema.get("required", []):
        rest = {name: value for name, value in example.items() if name != missing}
        yield Faulty(f"without {missing}", urlencode({"x": "x", **rest}).encode(), f"/{missing}")
    for name, of in schema["properties"].items():
        for wrong in (wrong for branch in _branches(of, {}) for wrong in (*_wrong_texts(branch), "a\x00b", "ü")):
            if wrong:
                yield Faulty(f"{name} = {wrong[:20]!r}", urlencode({**example, name: wrong}).encode(), f"/{name}")


def sent(operation: Operation, example: dict[str, Any]) -> dict[str, Any]:
    """Return a body as the operation takes it, for the client to send."""
    if operation.takes_form:
        return {"data": urlencode(example).encode(), "headers": {"Content-Type": FORM}}
    return {"data": json.dumps(example).encode()}


def faulty_queries(model: type[WireModel]) -> Iterator[tuple[str, str]]:
    """Return query strings that the model refuses: everything is text, so only what the text says can be wrong."""
    for name, of in model.model_json_schema()["properties"].items():
        branches = list(_branches(of, model.model_json_schema().get("$defs", {})))
        bounds = [b["minimum"] - 1 for b in branches if "minimum" in b]
        bounds += [b["maximum"] + 1 for b in branches if "maximum" in b]
        for wrong in ("nonsense", "", "%00", "%ff", *map(str, bounds)):
            yield name, f"{name}={wrong}"
        yield "", f"{name}=1&{name}=1"


Schema = Mapping[str, Any]
Path = tuple[str, ...]

_SAMPLES: Final[Mapping[str, Any]] = {
    "null": None,
    "boolean": True,
    "integer": 7,
    "number": 1.5,
    "string": "x",
    "array": [],
    "object": {},
}

HUGE: Final = 10**400
"""Legal JSON, and no float."""


def _wrong_fields(schema: Schema, defs: Schema, example: dict[str, Any]) -> Iterator[tuple[Path, Any]]:
    for name, of in schema.get("properties", {}).items():
        branches = list(_branches(of, defs))
        for wrong in _wrong_values(branches):
            yield (name,), wrong
        for branch in branches:
            if "properties" in branch:
                inner = dict.fromkeys(branch.get("required", []), "x") | example.get(name, {})
                yield from (((name, *path), wrong) for path, wrong in _wrong_fields(branch, defs, inner))


def _branches(schema: Schema, defs: Schema) -> Iterator[Schema]:
    if "$ref" in schema:
        yield from _branches(defs[schema["$ref"].rpartition("/")[2]], defs)
    elif "anyOf" in schema:
        for branch in schema["anyOf"]:
            yield from _branches(branch, defs)
    else:
        yield schema


def _wrong_values(branches: list[Schema]) -> Iterator[Any]:
    types = {branch["type"] for branch in branches}
    taken = types | ({"integer"} if "number" in types else set())
    yield from (sample for kind, sample in _SAMPLES.items() if kind not in taken)
    for branch in branches:
        yield from _out_of_bounds(branch)


def _out_of_bounds(branch: Schema) -> Iterator[Any]:
    match branch["type"]:
        case "string":
            yield from _wrong_texts(branch)
        case "integer" | "number":
            yield HUGE
            yield from (
                branch[bound] + beyond for bound, beyond in (("minimum", -1), ("maximum", 1)) if bound in branch
            )
        case "array":
            yield [7]
            if "maxItems" in branch:
                yield [str(n) for n in range(branch["maxItems"] + 1)]
            yield from ([text] for text in _wrong_texts(branch["items"]))


def _wrong_texts(branch: Schema) -> Iterator[str]:
    if branch.get("type") != "string":
        return
    if "enum" in branch or "const" in branch or branch.get("format") == "uuid":
        yield "nonsense"
    if "minLength" in branch:
        yield "x" * (branch["minLength"] - 1)
    if "maxLength" in branch:
        yield "x" * (branch["maxLength"] + 1)
    if "pattern" in branch:
        yield "\t" * branch.get("minLength", 1)


def _with(example: dict[str, Any], path: Path, value: Any) -> dict[str, Any]:
    name, *rest = path
    if not rest:
        return {**example, name: value}
    inner = {"tool": "x"} if name == "action" else {}
    return {**example, name: _with(example.get(name, inner), tuple(rest), value)}


def named(found: Iterable[Operation]) -> set[str]:
    return {name_of(operation) for operation in found}
