"""Every body auth reads, in every wrong shape: refused with the field and the reason, and nothing happens."""

from typing import Any

import pytest

from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.people import Client, MakeClient, Person, a_relay, an_owner

SETUP, SIGN_IN = "/api/v1/auth/setup", "/api/v1/auth/sign-in"
AGENTS, KEYS = "/api/v1/agents", "/api/v1/api-keys"
ROTATE = f"{KEYS}/019b0000-0000-7000-8000-000000000000/rotate"

RIGHT: dict[str, dict[str, Any]] = {
    SETUP: {"code": "x", "email": "ada@example.org", "name": "Ada", "password": "long enough"},
    SIGN_IN: {"email": "ada@example.org", "password": "long enough"},
    AGENTS: {"name": "deploy-bot"},
    KEYS: {"agent_name": "deploy-bot", "description": "ci", "expires_in_days": 90},
    ROTATE: {"grace_hours": 24},
}

WRONG: dict[str, list[dict[str, Any]]] = {
    SETUP: [
        *({"email": email} for email in ("", "ada", "@x", "ada@", "a b@example.org", "a\x00@x.y", "a@b" * 99, 7, None)),
        *({"name": name} for name in ("", "   ", "x" * 81, "a\x00b", "a\nb", "\u202egnp", ["Ada"])),
        *({"password": password} for password in ("short", "x" * 257, 12345678, None)),
        *({"code": code} for code in ("x" * 101, 1, None)),
    ],
    SIGN_IN: [{"email": ""}, {"email": "x" * 255}, {"email": "a\x00"}, {"password": ""}, {"password": "x" * 257}],
    AGENTS: [*({"name": name} for name in ("", " ", "x" * 81, "a\x1b[2Jb", "zero\u200bwidth", "a\x00", 7, None, {}))],
    KEYS: [
        {"agent_name": None},
        {"agent_name": ""},
        {"agent_id": "nonsense"},
        {"agent_id": "019b0000-0000-7000-8000-000000000000"},
        {"description": "x" * 201},
        {"description": "a\x00"},
        *({"expires_in_days": days} for days in (0, -1, 3651, 10**30, 1.5, "90", True)),
    ],
    ROTATE: [*({"grace_hours": hours} for hours in (-1, 169, 10**30, 0.5, "24", None))],
}

NOT_JSON = (b"", b"{", b"null", b"[]", b'"x"', b"\xff\xfe", b"[" * 5000, b"{}x")


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock)


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


@pytest.mark.proves("auth.R78")
@pytest.mark.parametrize("path", RIGHT)
async def test_a_wrong_field_is_named_and_its_value_is_not_repeated(client: Client, owner: Person, path: str) -> None:
    for wrong in WRONG[path]:
        async with client.post(path, json=RIGHT[path] | wrong, headers=owner.bearer) as response:
            assert response.status == 400, wrong
            problem = await response.json()
            assert problem["code"] == "invalid_input"
            (field,) = wrong
            # A rule about several fields names none of them.
            assert problem.get("pointer", f"/{field}") == f"/{field}"
            assert "x" * 80 not in problem["detail"]
            assert "Traceback" not in problem["detail"]
    assert await client.app[DATABASE].value("SELECT (SELECT count(*) FROM agent) + (SELECT count(*) FROM api_key)") == 0


@pytest.mark.parametrize("path", RIGHT)
async def test_what_is_not_a_json_object_is_refused(client: Client, owner: Person, path: str) -> None:
    for body in NOT_JSON:
        if path == ROTATE and not body:
            continue  # its only field has a default, so no body is a body
        async with client.post(path, data=body, headers=owner.bearer) as response:
            assert response.status == 400, body


async def test_an_id_that_is_none_names_nothing(client: Client, owner: Person) -> None:
    for name in ("x", "..", "%00", "019b0000", "019b0000-0000-7000-8000-000000000000", "'; DROP TABLE api_key; --"):
        for path in (f"{KEYS}/{name}", f"/api/v1/auth/sessions/{name}"):
            async with client.delete(path, headers=owner.bearer) as response:
                assert response.status in {404, 405}, path


async def test_a_body_that_is_too_large_is_refused(client: Client, owner: Person) -> None:
    async with client.post(AGENTS, data=b'{"name": "' + b"x" * 600_000 + b'"}', headers=owner.bearer) as response:
        assert response.status == 413


async def test_unknown_fields_are_ignored(owner: Person) -> None:
    await owner.post(AGENTS, {"name": "deploy-bot", "colour": "red", "org_id": "019b0000-0000-7000-8000-000000000000"})
