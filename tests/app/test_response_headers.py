"""What every response says to browsers, whatever made it; and which sites may read it."""

from collections.abc import AsyncIterator, Mapping

import pytest
from aiohttp import hdrs, web
from aiohttp.test_utils import TestClient, TestServer

from auth.callers import CALLERS, Callers
from auth.keys import AUTH_SETTINGS
from auth.response_headers import complete
from auth.settings import AuthSettings
from hitl_relay.app import operations
from relay.kernel.network import networks
from relay.kernel.operation import Access, Operations, register
from tests.app.conftest import Client, MakeRelay, Party, Relay
from tests.app.walk import OPERATIONS, SOCKET, populate

FOREIGN = {"Origin": "https://evil.example"}
PREFLIGHT = {**FOREIGN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}


def security(headers: Mapping[str, str]) -> dict[str, str]:
    """Return the headers that do not depend on what is answered."""
    varying = {"content-type", "content-length", "date", "www-authenticate", "transfer-encoding", "connection", "allow"}
    return {name: value for name, value in headers.items() if name.lower() not in varying}


@pytest.mark.proves("guard.headers")
async def test_every_answer_forbids_sniffing_framing_and_reading_by_others(relay: Relay) -> None:
    world = await populate(relay, relay.owner, relay.agent, "ada")
    for operation in OPERATIONS:
        if operation.path == SOCKET:
            continue
        for who in (None, *world.credentials(operation)):
            async with await world.call(operation, who) as response:
                headers, name = response.headers, f"{operation.method} {operation.path} {response.status}"
                assert headers["X-Content-Type-Options"] == "nosniff", name
                assert headers["Referrer-Policy"] in {"no-referrer", "same-origin"}, name
                assert headers["Server"] == "hitl-relay", name
                if response.content_type in {"text/html", "application/json", "application/problem+json"}:
                    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"], name
                    assert "default-src 'none'" in headers["Content-Security-Policy"], name
                if response.content_type == "text/html":
                    assert headers["Cross-Origin-Opener-Policy"] in {"same-origin", "unsafe-none"}, name
                    assert "camera=()" in headers["Permissions-Policy"], name
                if who is not None and operation.access is not Access.PUBLIC:
                    assert "no-store" in headers["Cache-Control"] or "no-cache" in headers["Cache-Control"], name


@pytest.mark.proves("guard.headers")
async def test_a_reply_written_past_aiohttp_has_the_same_headers(make_relay: MakeRelay) -> None:
    relay = await make_relay(public_url="https://relay.example.org")
    written = await relay.agent.post("/api/v1/hitl/notify", {"message": "x"})
    prepared = await relay.agent.get("/api/v1/requests")
    assert written.status == prepared.status == 200
    assert security(written.headers) == security(prepared.headers)
    assert written.headers["Strict-Transport-Security"] == "max-age=31536000"


@pytest.mark.proves("guard.headers")
async def test_strict_transport_is_asked_for_over_https_only(make_relay: MakeRelay) -> None:
    here = networks("127.0.0.1")
    relay = await make_relay(public_url="https://relay.example.org", trusted_proxies=here)
    for proto, sent in (("https", True), ("http", False)):
        async with relay.client.get("/sign-in", headers={"X-Forwarded-Proto": proto}) as response:
            assert ("Strict-Transport-Security" in response.headers) is sent


@pytest.mark.proves("guard.headers")
async def test_without_https_no_strict_transport_is_asked_for(relay: Relay) -> None:
    async with relay.client.get("/sign-in", headers={"X-Forwarded-Proto": "https"}) as response:
        assert "Strict-Transport-Security" not in response.headers


@pytest.mark.proves("auth.R26")
async def test_no_other_site_may_read_anything_that_is_not_marked(relay: Relay) -> None:
    world = await populate(relay, relay.owner, relay.agent, "ada")
    for operation in OPERATIONS:
        if operation.cors or operation.path == SOCKET:
            continue
        for who in (None, *world.credentials(operation)):
            async with await world.call(operation, who, headers=FOREIGN) as response:
                found = [name for name in response.headers if name.lower().startswith("access-control-")]
                assert found == [], f"{operation.method} {operation.path}"
        async with relay.client.options(world.path(operation), headers=PREFLIGHT) as response:
            assert response.status == 405
            assert "Access-Control-Allow-Origin" not in response.headers


@pytest.mark.proves("auth.R26")
def test_what_other_sites_may_read_needs_no_cookie() -> None:
    assert {operation.access for operation in operations() if operation.cors} <= {Access.PUBLIC}
    assert [o.path for o in operations() if o.cors and not o.path.startswith(("/.well-known/", "/api/v1/oauth/"))] == []


@pytest.fixture
async def open_door() -> AsyncIterator[Client]:
    """An application with one path that every site may call, and one page that others open."""
    app, door = web.Application(), Operations("door")
    app[AUTH_SETTINGS], app[CALLERS] = AuthSettings(public_url="http://localhost"), Callers(())

    @door.post("/token", access=Access.PUBLIC, summary="", cors=True)
    async def token(_: web.Request) -> web.Response:
        return web.json_response({}, headers={"Cache-Control": "no-store"})

    @door.get("/token", access=Access.PUBLIC, summary="", cors=True)
    async def refuse(_: web.Request) -> web.Response:
        return web.json_response({}, status=401)

    @door.get("/authorize", access=Access.PUBLIC, summary="", media="text/html", opened_by_others=True)
    async def authorize(_: web.Request) -> web.Response:
        return web.Response(text="<p>", content_type="text/html")

    register(app, door)
    app.on_response_prepare.append(complete)
    async with TestClient(TestServer(app)) as client:
        yield client


@pytest.mark.proves("auth.R26")
async def test_a_marked_operation_answers_any_site_but_never_with_cookies(open_door: Client) -> None:
    for method, status in (("POST", 200), ("GET", 401)):
        async with open_door.request(method, "/token", headers=FOREIGN) as response:
            assert response.status == status
            assert response.headers["Access-Control-Allow-Origin"] == "*"
            assert "WWW-Authenticate" in response.headers["Access-Control-Expose-Headers"]
            assert "Access-Control-Allow-Credentials" not in response.headers
            assert response.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.proves("auth.R26")
async def test_a_preflight_names_the_methods_and_headers_that_may_be_sent(open_door: Client) -> None:
    async with open_door.options("/token", headers=PREFLIGHT) as response:
        assert response.status == 204
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert set(response.headers["Access-Control-Allow-Methods"].split(", ")) == {"GET", "POST"}
        assert "Content-Type" in response.headers["Access-Control-Allow-Headers"]
        assert "Access-Control-Allow-Credentials" not in response.headers


async def test_a_page_that_other_sites_open_stays_in_their_window(open_door: Client) -> None:
    async with open_door.get("/authorize") as response:
        assert response.headers["Cross-Origin-Opener-Policy"] == "unsafe-none"


@pytest.mark.proves("guard.json")
@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""])
async def test_a_browser_s_call_must_say_that_it_is_json(relay: Relay, kind: str) -> None:
    cookie = {"Cookie": f"hitl_sid={relay.owner.token}", "Sec-Fetch-Site": "same-origin", hdrs.CONTENT_TYPE: kind}
    async with relay.client.post("/api/v1/agents", data=b'{"name": "x"}', headers=cookie) as response:
        assert (response.status, (await response.json())["code"]) == (415, "unsupported_media_type")
    headers = cookie | {hdrs.CONTENT_TYPE: "application/json; charset=utf-8"}
    async with relay.client.post("/api/v1/agents", data=b'{"name": "x"}', headers=headers) as response:
        assert response.status == 201


@pytest.mark.proves("guard.json")
async def test_a_program_s_body_is_read_as_json_whatever_it_is_called(relay: Relay) -> None:
    for who, path, body in (
        (relay.agent, "/api/v1/hitl/notify", b'{"message": "x"}'),
        (relay.owner, "/api/v1/agents", b'{"name": "curl-bot"}'),
    ):
        await _sent_as_curl_does(who, path, body)


async def _sent_as_curl_does(who: Party, path: str, body: bytes) -> None:
    headers = {**who.headers, hdrs.CONTENT_TYPE: "application/x-www-form-urlencoded"}
    async with who.client.post(path, data=body, headers=headers) as response:
        assert response.status in {200, 201}
