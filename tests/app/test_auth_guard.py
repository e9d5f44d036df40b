"""What the guard lets through: every kind of credential, in every wrong place."""

import datetime as dt

import pytest
from aiohttp import WSServerHandshakeError, web

from auth.keys import AUTH_CACHE
from hitl_relay.app import create_app, operations
from hitl_relay.settings import Settings
from relay.kernel.operation import Access, Operation
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.people import Client, MakeClient, Person, a_relay, an_owner, bearer

ME = "/api/v1/auth/me"
AGENTS = "/api/v1/agents"
UNKNOWN_ID = "019b0000-0000-7000-8000-000000000000"


@pytest.fixture
async def client(aiohttp_client: MakeClient, database_url: Secret, clock: FakeClock) -> Client:
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


def address(operation: Operation) -> str:
    return operation.path.replace("{id}", UNKNOWN_ID)


CLOSED = [o for o in operations() if o.access is not Access.PUBLIC and o.media != "text/html"]


@pytest.mark.proves("auth.R52")
@pytest.mark.parametrize("operation", CLOSED, ids=lambda o: f"{o.method} {o.path}")
async def test_no_closed_operation_answers_a_stranger(client: Client, operation: Operation) -> None:
    async with client.request(operation.method, address(operation)) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"].startswith("Bearer")
        assert (await response.json())["code"] == "unauthenticated"


@pytest.mark.proves("auth.R52")
@pytest.mark.parametrize(
    "operation", [o for o in CLOSED if o.access is Access.OWNER], ids=lambda o: f"{o.method} {o.path}"
)
async def test_no_owner_s_operation_takes_an_agent_s_key(client: Client, key: str, operation: Operation) -> None:
    async with client.request(operation.method, address(operation), headers=bearer(key)) as response:
        problem = await response.json()
        assert (response.status, problem["code"]) == (403, "forbidden")
        assert problem.get("scope") == operation.scope


@pytest.mark.proves("auth.R52")
@pytest.mark.parametrize(
    "operation", [o for o in CLOSED if o.access is Access.AGENT], ids=lambda o: f"{o.method} {o.path}"
)
async def test_no_agent_s_operation_takes_a_session(client: Client, owner: Person, operation: Operation) -> None:
    async with client.request(operation.method, address(operation), headers=owner.bearer) as response:
        assert response.status == 403


@pytest.mark.parametrize("header", ["Authorization", "X-API-Key"])
async def test_a_key_is_taken_from_either_header(client: Client, key: str, header: str) -> None:
    assert await get(client, AGENTS, **{header: key if header == "X-API-Key" else f"bearer  {key}"}) == 200


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
@pytest.mark.parametrize(
    "token", ["", "nonsense", "hses_", "mcp_pk_" + "0" * 49, "eyJhbGciOiJub25lIn0.e30.", "\udcff\udcfe", "x" * 5000]
)
async def test_what_is_no_credential_is_refused(client: Client, token: str) -> None:
    assert await get(client, AGENTS, Authorization=f"Bearer {token}") == 401
    assert await get(client, ME, Cookie=f"hitl_sid={token}") == 401


@pytest.mark.proves("auth.R55")
@pytest.mark.parametrize("parameter", ["access_token", "api_key", "q", "code"])
@pytest.mark.parametrize("path", [AGENTS, "/healthz", "/setup"])
async def test_a_key_in_an_address_is_refused_everywhere(client: Client, key: str, parameter: str, path: str) -> None:
    async with client.get(path, params={parameter: key}, headers=bearer(key)) as response:
        assert response.status == 400
        assert key not in await response.text()


@pytest.mark.proves("auth.R62")
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "cross-site", "Origin": "http://localhost:8000"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://localhost:8000.evil.example"},
        {"Origin": "null"},
        {},
    ],
)
async def test_a_cookie_alone_changes_nothing_for_other_sites(
    client: Client, owner: Person, headers: dict[str, str]
) -> None:
    cookie = {"Cookie": owner.cookie["Cookie"]}
    async with client.post(AGENTS, json={"name": "x"}, headers=cookie | headers) as response:
        assert response.status == 403
    async with client.get(AGENTS, headers=cookie | headers) as response:
        assert await response.json() == []


@pytest.mark.proves("auth.R62")
@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Site": "same-origin"},
        {"Sec-Fetch-Site": "none"},
        {"Origin": "http://localhost:8000"},
    ],
)
async def test_a_cookie_works_from_the_relay_s_own_pages(
    client: Client, owner: Person, headers: dict[str, str]
) -> None:
    cookie = {"Cookie": owner.cookie["Cookie"]}
    async with client.post(AGENTS, json={"name": "x"}, headers=cookie | headers) as response:
        assert response.status == 201


@pytest.mark.proves("auth.R62")
async def test_another_site_cannot_sign_a_browser_in(client: Client, owner: Person) -> None:
    for path in ("/api/v1/auth/sign-in", "/api/v1/auth/setup"):
        async with client.post(path, json={}, headers={"Origin": "http://evil.example"}) as response:
            assert response.status == 403


@pytest.mark.proves("auth.R63")
async def test_a_socket_opened_by_another_site_gets_no_cookie(client: Client, owner: Person) -> None:
    headers = {"Cookie": owner.cookie["Cookie"], "Origin": "http://evil.example"}
    async with client.ws_connect("/api/v1/mobile/ws", protocols=("hitl.v1",), headers=headers) as socket:
        await socket.send_json({"t": "hello", "device_id": UNKNOWN_ID, "cursor": None})
        await socket.receive()
        assert socket.close_code == 4503


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
    aiohttp_client: MakeClient, database_url: Secret, clock: FakeClock
) -> None:
    async def forgotten(request: web.Request) -> web.Response:
        return web.Response(text="secret")

    app = create_app(Settings(), database_url, clock=clock, loops=False)
    app.router.add_get("/forgotten", forgotten)
    assert await get(await aiohttp_client(app), "/forgotten") == 404


@pytest.mark.parametrize("path", ["/healthz", "/nowhere", "/sign-in", AGENTS, "/docs"])
async def test_every_response_carries_the_security_headers(client: Client, path: str) -> None:
    async with client.get(path, allow_redirects=False) as response:
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        assert response.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
        assert "Strict-Transport-Security" not in response.headers
        if response.content_type == "text/html":
            assert "default-src 'none'" in response.headers["Content-Security-Policy"]
            assert "frame-ancestors 'none'" in response.headers["Content-Security-Policy"]


async def test_https_is_insisted_on_only_where_there_is_https(
    aiohttp_client: MakeClient, database_url: Secret, clock: FakeClock
) -> None:
    client = await a_relay(aiohttp_client, database_url, clock, public_url="https://relay.example.org")
    async with client.get("/healthz") as response:
        assert response.headers["Strict-Transport-Security"] == "max-age=31536000"
