"""Marked secrets go in through every route, in every place they could; none comes out in the log or in a refusal."""

import json
import logging
from collections.abc import Iterator
from typing import Any, Final

import pytest

from relay.kernel.log import JsonFormatter
from relay.kernel.operation import Operation
from tests.app.conftest import PASSWORD, MakeRelay, Party
from tests.app.walk import EXAMPLES, OPERATIONS, SOCKET, World, populate

MARK: Final = "c4n4ry"
"""Lower case and digits, so that it passes as a name, an id, a code, a token or a word of a prompt."""

QUERY: Final = {"code": MARK, "state": MARK, "token": MARK, "next": f"/{MARK}", "before": MARK, "q": MARK}
WAITING: Final = frozenset({"/api/v1/hooks/claude-code/permission"})
"""Whatever is put there waits for a human; there is no `wait` to shorten."""

QUOTED: Final = frozenset({"grant_type", "response_type"})
"""Words of the protocol, never secrets; OAuth's refusals quote them."""

ADDRESS: Final = "203.0.113.77"


@pytest.fixture
async def world(make_relay: MakeRelay) -> World:
    relay = await make_relay(limits=(("address", 0),))
    return await populate(relay, relay.owner, relay.agent, "ours")


def bodies(operation: Operation) -> Iterator[dict[str, Any]]:
    """Return requests with the mark in every text: as JSON, as a form, cut off, and where a number belongs."""
    example = EXAMPLES.get((operation.method, operation.path), {})
    yield {"json": marked(example) | {"answer": MARK, "password": MARK, "email": f"{MARK}@example.org"}}
    yield {"json": example | {"prompt": MARK, "message": MARK, "name": MARK}}
    yield {"data": marked(dict.fromkeys((*example, "password", "email", "code", "form_token"), "x"))}
    yield {"data": f'{{"{MARK}": "{MARK}'.encode()}
    yield {"params": QUERY}


def marked(value: Any) -> Any:
    match value:
        case str():
            return MARK
        case dict():
            return {name: inner if name in QUOTED else marked(inner) for name, inner in value.items()}
        case list():
            return [marked(inner) for inner in value]
        case _:
            return value


def callers(world: World, operation: Operation) -> Iterator[Party | None]:
    if operation.path not in WAITING:
        yield from world.credentials(operation)
    yield Party(world.relay.client, f"mcp_pk_{MARK}")
    yield None


HEADERS: Final = {
    "User-Agent": MARK,
    "X-Forwarded-For": ADDRESS,
    "Idempotency-Key": MARK,
    "X-MCP-Agent-Name": MARK,
    "Referer": f"http://localhost/{MARK}?token={MARK}",
    "Cookie": f"other={MARK}",
}


@pytest.mark.proves("auth.R24.logs")
async def test_no_route_logs_or_repeats_what_it_was_given(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ending = {"/api/v1/auth/sign-out", "/sign-out"}  # after these the owner's session is gone
    for operation in sorted(OPERATIONS, key=lambda o: (o.path in ending, o.method == "DELETE", o.path)):
        if operation.path == SOCKET or operation.path.endswith("/events"):
            continue
        for who in callers(world, operation):
            for body in bodies(operation):
                path = world.path(operation).replace("{code}", MARK).replace("{provider}", MARK)
                async with await world.call(operation, who, path, headers=HEADERS, **body) as reply:
                    text = await reply.text()
                    assert "Traceback" not in text, operation.path
                    assert reply.status < 400 or MARK not in text or reply.content_type == "text/html", operation.path
                    assert reply.status != 500, operation.path
    written = _written(caplog)
    assert any('"event": "http_request"' in line for line in written)
    secrets = [MARK, ADDRESS, PASSWORD, "ada@example.org", world.owner.token, world.agent.token]
    assert [line for line in written if any(secret in line for secret in secrets)] == []


@pytest.mark.proves("auth.R24.logs")
async def test_an_unknown_address_is_logged_as_unknown(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for path in (f"/{MARK}", f"/api/v1/requests/{MARK}", f"/api/v1/requests/{MARK}/{MARK}?{MARK}={MARK}"):
        async with world.relay.client.get(path, headers=world.agent.headers) as reply:
            assert MARK not in await reply.text()
    assert MARK not in "".join(_written(caplog))


def _written(caplog: pytest.LogCaptureFixture) -> list[str]:
    """Return what would stand in the log, tracebacks too."""
    form = JsonFormatter()
    lines = [form.format(record) for record in caplog.records]
    assert all(json.loads(line)["event"] for line in lines)
    return lines
