"""OAuth from the first refusal to the last, as the world sees it: https, one host, no path, a proxy between."""

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final, cast
from urllib.parse import urlencode, urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from playwright.async_api import Page as Tab
from playwright.async_api import async_playwright

from tests.deploy.conftest import OURS, PASSWORD, Deployed, Json, become_owner
from tests.oauth import BASE, DEVICE, Program, a_program, claims_of, query_of
from tests.pages import Page
from tests.people import Client

CHROMIUM: Final = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
EMAIL: Final = "ada@example.org"
INITIALIZE: Final = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {"protocolVersion": "2025-11-25", "capabilities": {}, "clientInfo": {"name": "probe", "version": "1"}},
}
ACCEPT: Final = {"Accept": "application/json, text/event-stream"}


def as_client(session: aiohttp.ClientSession) -> Client:
    """A session with a base URL has what programs use of the test client: `get` and `post`."""
    return cast("Client", session)


async def document(session: aiohttp.ClientSession, path: str) -> Json:
    async with session.get(path) as response:
        assert response.status == 200, path
        found: Json = await response.json()
        return found


async def opened(browser: aiohttp.ClientSession, path: str) -> Page:
    """Go to a page as a person does: redirects are followed."""
    async with browser.get(path) as response:
        assert response.status == 200, await response.text()
        return Page(await response.text())


async def sent(browser: aiohttp.ClientSession, action: str, fields: dict[str, str]) -> aiohttp.ClientResponse:
    """Send a form as a browser does, and stay where the answer leads."""
    async with browser.post(action, data=fields, headers=OURS, allow_redirects=False) as response:
        await response.read()
    return response


async def signed_in(browser: aiohttp.ClientSession, wanted: str) -> str:
    """Go to a page that needs a human, sign in on the page that comes instead, and return where that leads."""
    form = (await opened(browser, wanted)).forms["/sign-in"]
    reply = await sent(browser, "/sign-in", form | {"email": EMAIL, "password": PASSWORD})
    assert reply.status == 303
    [cookie] = reply.headers.getall("Set-Cookie")
    assert cookie.startswith("__Host-sid=")
    assert {"Secure", "HttpOnly", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    return reply.headers["Location"]


async def allowed(browser: aiohttp.ClientSession, program: Program, deployed: Deployed) -> dict[str, str]:
    """Have Ada, who is not signed in yet, allow it; return what the program is told."""
    request = program.request(resource=f"{deployed.url}/mcp")
    back = await signed_in(browser, f"{BASE}/authorize?{urlencode(request)}")
    assert back.startswith(f"{BASE}/authorize?")
    assert query_of(back) == request
    form = (await opened(browser, back)).forms[f"{BASE}/authorize"]
    reply = await sent(browser, f"{BASE}/authorize", form | {"decision": "allow"})
    assert reply.status == 303, await reply.text()
    location = reply.headers["Location"]
    assert location.startswith(f"{program.registration['redirect_uris'][0]}?")
    return query_of(location)


async def called(session: aiohttp.ClientSession, token: str | None) -> aiohttp.ClientResponse:
    headers = ACCEPT | ({"Authorization": f"Bearer {token}"} if token else {})
    async with session.post("/mcp", json=INITIALIZE, headers=headers) as response:
        await response.read()
    return response


@pytest.mark.proves("deploy.caddy")
async def test_a_program_finds_its_way_from_a_refusal_to_the_token_endpoint(deployed: Deployed) -> None:
    """Every address it reads on the way is the public one, to the byte: clients compare them."""
    async with deployed.visitor() as program:
        challenge = (await called(program, None)).headers["WWW-Authenticate"]
        metadata = f"{deployed.url}/.well-known/oauth-protected-resource/mcp"
        assert f'resource_metadata="{metadata}"' in challenge
        resource = await document(program, metadata.removeprefix(deployed.url))
        assert resource["resource"] == f"{deployed.url}/mcp"
        assert resource["authorization_servers"] == [deployed.url]
        server = await document(program, "/.well-known/oauth-authorization-server")
        assert server == await document(program, "/.well-known/openid-configuration")
        assert server["issuer"] == deployed.url
        named = {name: value for name, value in server.items() if name.endswith(("_endpoint", "_uri"))}
        assert len(named) >= 7
        for name, address in named.items():
            assert address.startswith(f"{deployed.url}/"), name
        assert "http://" not in json.dumps([server, resource])


@pytest.mark.proves("deploy.caddy")
async def test_a_program_is_connected_calls_renews_and_gives_it_back(deployed: Deployed) -> None:
    async with deployed.visitor() as owner, deployed.visitor() as browser, deployed.visitor() as session:
        await become_owner(owner, deployed)
        program = await a_program(as_client(session))
        told = await allowed(browser, program, deployed)
        assert (told["iss"], told["state"]) == (deployed.url, "st")
        tokens = (await program.exchange(told["code"])).body
        claims = claims_of(tokens["access_token"])
        assert (claims["iss"], claims["aud"]) == (deployed.url, f"{deployed.url}/mcp")
        assert (await called(session, tokens["access_token"])).status == 200
        renewed = (await program.refresh(tokens["refresh_token"])).body
        assert (await called(session, renewed["access_token"])).status == 200
        assert (await program.post("revoke", token=renewed["refresh_token"])).status == 200
        gone = await called(session, renewed["access_token"])
        assert gone.status == 401
        assert 'error="invalid_token"' in gone.headers["WWW-Authenticate"]
        assert (await program.refresh(renewed["refresh_token"])).error == "invalid_grant"


@pytest.mark.proves("deploy.caddy")
async def test_a_program_without_a_browser_is_connected_on_the_device_page(deployed: Deployed) -> None:
    async with deployed.visitor() as owner, deployed.visitor() as browser, deployed.visitor() as session:
        await become_owner(owner, deployed)
        program = await a_program(as_client(session), grant_types=[DEVICE], redirect_uris=[], response_types=[])
        codes = (await program.post("device")).body
        assert codes["verification_uri"] == f"{deployed.url}/device"
        complete = codes["verification_uri_complete"]
        assert complete.startswith(f"{deployed.url}/device?")
        back = await signed_in(browser, complete.removeprefix(deployed.url))
        form = (await opened(browser, back)).forms["/device"]
        shown = Page(await (await sent(browser, "/device", form)).text())
        reply = await sent(browser, "/device/decision", shown.forms["/device/decision"] | {"decision": "allow"})
        assert reply.status == 200, await reply.text()
        tokens = await program.post("token", grant_type=DEVICE, device_code=codes["device_code"])
        assert (await called(session, tokens.body["access_token"])).status == 200


@asynccontextmanager
async def listening_program() -> AsyncIterator[tuple[str, "asyncio.Future[dict[str, str]]"]]:
    """A program's own little server: the address of its callback, and what a browser brings there."""
    brought: asyncio.Future[dict[str, str]] = asyncio.get_running_loop().create_future()

    async def callback(request: web.Request) -> web.Response:
        brought.set_result(dict(request.query))
        return web.Response(text="You can close this window.")

    async def icon(_: web.Request) -> web.Response:
        return web.Response(status=204)

    app = web.Application()
    app.router.add_get("/favicon.ico", icon)
    app.router.add_get("/callback", callback)
    async with TestServer(app) as server:
        yield str(server.make_url("/callback")), brought


@asynccontextmanager
async def a_tab(faults: list[str]) -> AsyncIterator[Tab]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = await browser.new_context(ignore_https_errors=True, viewport={"width": 390, "height": 844})
        tab = await context.new_page()
        tab.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
        yield tab
        await browser.close()


@pytest.mark.proves("deploy.caddy")
@pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="there is no Chromium")
@pytest.mark.parametrize("decision", ["Allow", "Deny"])
async def test_a_real_browser_brings_the_decision_to_the_port_a_program_listens_on(
    deployed: Deployed, decision: str
) -> None:
    """Browsers hold the redirect after a form to the page's policy; the port is another than the registered one."""
    faults: list[str] = []
    async with deployed.visitor() as owner, deployed.visitor() as session, listening_program() as (callback, brought):
        await become_owner(owner, deployed)
        program = await a_program(as_client(session), redirect_uris=["http://127.0.0.1/callback"])
        request = program.request(redirect_uri=callback)
        assert urlsplit(callback).port not in {None, 80}
        async with a_tab(faults) as tab:
            await tab.goto(f"{deployed.url}{BASE}/authorize?{urlencode(request)}")
            await tab.get_by_label("E-mail", exact=False).fill(EMAIL)
            await tab.get_by_label("Password", exact=False).fill(PASSWORD)
            await tab.get_by_role("button", name="Sign in", exact=True).click()
            await tab.get_by_role("button", name=decision, exact=True).click()
            told = await asyncio.wait_for(brought, 10)
            await tab.get_by_text("You can close this window.").wait_for()
        assert faults == []
        assert told["iss"] == deployed.url
        if decision == "Deny":
            assert told["error"] == "access_denied"
        else:
            assert (await program.exchange(told["code"], redirect_uri=callback)).status == 200


@pytest.mark.proves("auth.R20")
@pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="there is no Chromium")
async def test_what_is_wrong_with_a_request_reaches_the_program_straight_after_the_sign_in(deployed: Deployed) -> None:
    """The page with the form allows `form-action 'self'`, and Chromium holds what follows the form to that."""
    faults: list[str] = []
    async with deployed.visitor() as owner, deployed.visitor() as session, listening_program() as (callback, brought):
        await become_owner(owner, deployed)
        program = await a_program(as_client(session), redirect_uris=["http://127.0.0.1/callback"])
        request = program.request(redirect_uri=callback, resource="https://elsewhere.example/")
        async with a_tab(faults) as tab:
            await tab.goto(f"{deployed.url}{BASE}/authorize?{urlencode(request)}")
            await tab.get_by_label("E-mail", exact=False).fill(EMAIL)
            await tab.get_by_label("Password", exact=False).fill(PASSWORD)
            await tab.get_by_role("button", name="Sign in", exact=True).click()
            told = await asyncio.wait_for(brought, 10)
            await tab.get_by_text("You can close this window.").wait_for()
        assert faults == []
        assert (told["error"], told["state"], told["iss"]) == ("invalid_target", "st", deployed.url)
