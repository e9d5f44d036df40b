"""What the guard lets through: every kind of credential, in every wrong place."""

import datetime as dt
import re
from uuid import uuid4

import pytest
from aiohttp import web

from auth.guard import ADMITTED
from auth.principal import CredentialKind, Principal
from auth.scopes import ALL_SCOPES
from hitl_relay.app import create_app, operations
from hitl_relay.settings import Settings
from relay.domain.ids import AccountId, OrgId
from relay.kernel.operation import Access, Operation
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.people import Client, MakeClient, Person, a_relay, an_owner, bearer

ME = "/api/v1/auth/me"
AGENTS = "/api/v1/agents"
UNKNOWN_ID = "019b0000-0000-7000-8000-000000000000"


@pytest.fixture
async def client(database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock) -> Client:
    return await a_relay(aiohttp_client, database_url, clock, metrics_token=Secret("a-token-for-prometheus"))


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


@pytest.fixture
async def key(owner: Person) -> str:
    return str((await owner.a_key())["api_key"])


async def get(client: Client, path: str, **headers: str) -> int:
    async with client.get(path, headers={name.replace("_", "-"): value for name, value in headers.items()}) as response:
        await response.read()
        return response.status


def closed(*accesses: Access) -> list[Operation]:
    return [o for o in operations() if o.access in accesses and o.media != "text/html"]


async def called(client: Client, operation: Operation, **headers: str) -> tuple[int, str | None, str | None]:
    path = re.sub(r"{\w+}", UNKNOWN_ID, operation.path.replace("{agent_name}", "frontend"))
    async with client.request(operation.method, path, headers=headers) as response:
        problem = await response.json()
        return response.status, problem.get("code"), problem.get("scope")


@pytest.mark.proves("auth.R52")
async def test_no_closed_operation_answers_a_stranger(client: Client) -> None:
    for operation in closed(Access.AGENT, Access.OWNER, Access.EITHER, Access.ANY, Access.METRICS):
        assert await called(client, operation) == (401, "unauthenticated", None), operation.path


@pytest.mark.proves("auth.R54")
async def test_no_owner_s_operation_takes_an_agent_s_key(client: Client, key: str) -> None:
    for operation in closed(Access.OWNER):
        refused = await called(client, operation, **bearer(key))
        assert refused == (403, "forbidden", operation.scope), operation.path


@pytest.mark.proves("auth.R52")
async def test_no_agent_s_operation_takes_a_session(client: Client, owner: Person) -> None:
    for operation in closed(Access.AGENT):
        refused = await called(client, operation, **owner.bearer)
        assert refused == (403, "forbidden", operation.scope), operation.path


async def test_every_scope_an_operation_asks_for_is_one_an_owner_has() -> None:
    assert {o.scope for o in operations()} - {None} <= ALL_SCOPES


async def test_a_key_is_taken_from_either_header(client: Client, key: str) -> None:
    assert await get(client, AGENTS, X_API_Key=key) == 200
    assert await get(client, AGENTS, Authorization=f"bearer  {key}") == 200


@pytest.mark.proves("auth.R51")
async def test_two_headers_must_agree(client: Client, owner: Person, key: str) -> None:
    assert await get(client, AGENTS, Authorization=f"Bearer {key}", X_API_Key=key) == 200
    assert await get(client, AGENTS, Authorization=f"Bearer {owner.token}", X_API_Key=key) == 400
    assert await get(client, AGENTS, Authorization="Basic dTpw", X_API_Key=key) == 200


@pytest.mark.proves("auth.R50")
async def test_a_typing_error_is_refused_without_a_query(client: Client, key: str) -> None:
    await client.app[DATABASE].close()
    wrong = key[:-1] + ("0" if key[-1] != "0" else "1")
    assert await get(client, AGENTS, X_API_Key=wrong) == 401


async def test_a_warm_key_costs_no_query(client: Client, owner: Person, key: str) -> None:
    assert await get(client, "/api/v1/openapi.json", X_API_Key=key) == 200
    assert await get(client, AGENTS, X_API_Key=key) == 200
    await client.app[DATABASE].close()
    # The handler needs the database and says so; the guard has let it through.
    assert await get(client, AGENTS, X_API_Key=key) == 503


@pytest.mark.proves("auth.R52")
async def test_what_is_no_credential_is_refused(client: Client) -> None:
    for token in ("", "nonsense", "hses_", "mcp_pk_" + "0" * 49, "eyJhbGciOiJub25lIn0.e30.", "\udcff", "x" * 5000):
        assert await get(client, AGENTS, Authorization=f"Bearer {token}") == 401, token
        assert await get(client, AGENTS, X_API_Key=token) == 401, token
        assert await get(client, ME, Cookie=f"hitl_sid={token}") == 401, token


@pytest.mark.proves("auth.R55")
async def test_a_key_in_an_address_is_refused_everywhere(client: Client, owner: Person, key: str) -> None:
    for path in (AGENTS, "/healthz", "/setup"):
        for parameter, secret in (("access_token", "x"), ("api_key", key), ("q", key), ("code", owner.token)):
            async with client.get(path, params={parameter: secret}, headers=bearer(key)) as response:
                assert response.status == 400, (path, parameter)
                assert key not in await response.text()


FOREIGN: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8000"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://localhost:8000.evil.example"},
    {"Origin": "null"},
    {},
)
OWN: tuple[dict[str, str], ...] = (
    {"Sec-Fetch-Site": "same-origin"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "http://localhost:8000"},
)


@pytest.mark.proves("auth.R62")
async def test_a_cookie_changes_something_from_the_relay_s_own_pages_only(client: Client, owner: Person) -> None:
    cookie = {"Cookie": owner.cookie["Cookie"]}
    for headers in FOREIGN:
        async with client.post(AGENTS, json={"name": "x"}, headers=cookie | headers) as response:
            assert response.status == 403, headers
    assert await owner.get(AGENTS) == []
    for number, headers in enumerate(OWN):
        async with client.post(AGENTS, json={"name": f"own {number}"}, headers=cookie | headers) as response:
            assert response.status == 201, headers


async def test_a_cookie_may_read_whoever_links_here(client: Client, owner: Person) -> None:
    for headers in FOREIGN:
        assert await get(client, AGENTS, Cookie=owner.cookie["Cookie"], **headers) == 200


@pytest.mark.proves("auth.R62")
async def test_another_site_cannot_sign_a_browser_in(client: Client, owner: Person) -> None:
    for path in ("/api/v1/auth/sign-in", "/api/v1/auth/setup"):
        async with client.post(path, json={}, headers={"Origin": "http://evil.example"}) as response:
            assert response.status == 403


@pytest.mark.proves("auth.R63")
async def test_a_socket_opened_by_another_site_gets_no_cookie(client: Client, owner: Person) -> None:
    device = await owner.post("/api/v1/mobile/devices", {"name": "browser", "kind": "browser"})
    # From our own page the same cookie opens it: nothing but the origin is wrong with the others.
    for origin, opens in (("http://localhost:8000", True), ("http://evil.example", False), ("null", False)):
        headers = {"Cookie": owner.cookie["Cookie"], "Origin": origin}
        async with client.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",), headers=headers) as socket:
            await socket.send_json({"t": "hello", "device_id": device["device_id"], "cursor": None})
            first = await socket.receive()
            if opens:
                assert first.json()["t"] == "welcome"
            else:
                assert socket.close_code == 4503, origin


@pytest.mark.proves("auth.R52")
async def test_an_expired_key_is_refused_to_the_instant(client: Client, owner: Person, clock: FakeClock) -> None:
    key = (await owner.a_key(expires_in_days=1))["api_key"]
    clock.forward(dt.timedelta(days=1) - dt.timedelta(seconds=1))
    assert await get(client, AGENTS, X_API_Key=key) == 200
    clock.forward(dt.timedelta(seconds=1))
    assert await get(client, AGENTS, X_API_Key=key) == 401


@pytest.mark.proves("auth.R52")
async def test_a_key_without_the_scope_is_told_which(client: Client, key: str) -> None:
    await client.app[DATABASE].execute("UPDATE api_key SET scopes = '{}'")
    async with client.get(AGENTS, headers=bearer(key)) as response:
        assert response.status == 403
        assert (await response.json())["scope"] == "agents:read"
        assert 'scope="agents:read"' in response.headers["WWW-Authenticate"]


async def test_metrics_take_their_own_token_or_a_human(client: Client, owner: Person, key: str) -> None:
    assert await get(client, "/metrics", Authorization="Bearer a-token-for-prometheus") == 200
    assert await get(client, "/metrics", Authorization=f"Bearer {owner.token}") == 200
    assert await get(client, "/metrics", Authorization=f"Bearer {key}") == 403
    assert await get(client, "/metrics", Authorization="Bearer a-token-for-prometheuS") == 401
    assert await get(client, AGENTS, Authorization="Bearer a-token-for-prometheus") == 401


async def test_a_route_that_is_no_operation_is_not_reachable(
    database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock
) -> None:
    async def forgotten(request: web.Request) -> web.Response:
        return web.Response(text="secret")

    app = create_app(Settings(), database_url, clock=clock, loops=False)
    app.router.add_get("/forgotten", forgotten)
    assert await get(await aiohttp_client(app), "/forgotten") == 404


async def test_every_response_carries_the_security_headers(client: Client, owner: Person) -> None:
    for path in ("/healthz", "/nowhere", "/sign-in", "/setup", "/", AGENTS, "/docs"):
        async with client.get(path, allow_redirects=False) as response:
            assert response.headers["X-Content-Type-Options"] == "nosniff", path
            assert response.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}, path
            assert "Strict-Transport-Security" not in response.headers
            if response.content_type == "text/html":
                assert "default-src 'none'" in response.headers["Content-Security-Policy"], path
                assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"], path


async def test_https_is_insisted_on_only_where_there_is_https(
    database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock
) -> None:
    client = await a_relay(aiohttp_client, database_url, clock, public_url="https://relay.example.org")
    async with client.get("/healthz") as response:
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.proves("org.tokens")
def test_an_organization_s_token_is_neither_an_agent_nor_a_human() -> None:
    token = Principal(
        org_id=OrgId(uuid4()),
        account_id=AccountId(uuid4()),
        owner_id=AccountId(uuid4()),
        scopes=ALL_SCOPES,
        credential_id=uuid4(),
        kind=CredentialKind.ORG_TOKEN,
    )
    assert {access for access, admits in ADMITTED.items() if admits(token)} == {Access.ANY}
