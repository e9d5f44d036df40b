"""Programs named by the address of a document about them, which a real server serves here over TLS."""

import asyncio
import datetime as dt
import json
import ssl
import subprocess
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from auth.keys import OAUTH_CLIENTS
from auth.oauth.client_documents import is_document_id
from relay.kernel.network import networks
from relay.kernel.outbound import OutboundRules, outbound
from relay.kernel.settings import Secret
from relay.services.keys import DATABASE
from tests.fakes.clock import FakeClock
from tests.oauth import DEVICE, REDIRECT, Program, a_program, ask, decide
from tests.pages import Page
from tests.people import Client, MakeClient, Person, a_relay, an_owner, sign_in


@dataclass
class Site:
    """A host with one document. `answer` is (status, headers, body)."""

    id: str = ""
    asked: int = 0
    answer: tuple[int, dict[str, str], bytes] = (404, {}, b"")
    document: dict[str, Any] = field(default_factory=dict)

    def serve(self, status: int = 200, media: str = "application/json", body: bytes | None = None, **over: Any) -> None:
        document = {k: v for k, v in {**self.document, **over}.items() if v is not None}
        self.answer = (status, {"Content-Type": media}, json.dumps(document).encode() if body is None else body)

    async def handle(self, _request: web.Request) -> web.Response:
        self.asked += 1
        status, headers, body = self.answer
        return web.Response(status=status, headers=headers, body=body)


@pytest.fixture
def certificate(tmp_path: Path) -> tuple[Path, Path]:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost"
    named = ["-addext", "subjectAltName=DNS:localhost", "-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command.split(), *named], check=True, capture_output=True)  # noqa: S603 - our own command
    return cert, key


@pytest.fixture
async def site(certificate: tuple[Path, Path]) -> AsyncIterator[Site]:
    site, app = Site(), web.Application()
    app.router.add_get("/{any:.*}", site.handle)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(*certificate)
    server = TestServer(app, scheme="https", host="localhost")
    await server.start_server(ssl=tls)
    site.id = f"https://localhost:{server.port}/client.json"
    site.document = {
        "client_id": site.id,
        "client_name": "Claude Code",
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "scope": "mcp:everything requests:read",
        "logo_uri": "https://evil.example/logo.png",
    }
    site.serve()
    yield site
    await server.close()


@pytest.fixture
async def client(
    database_url: Secret,
    aiohttp_client: MakeClient,
    clock: FakeClock,
    certificate: tuple[Path, Path],
) -> AsyncIterator[Client]:
    client = await a_relay(aiohttp_client, database_url, clock, client_documents="on")
    here = OutboundRules(allow=networks("127.0.0.1, ::1"))
    async with outbound(here, tls=ssl.create_default_context(cafile=str(certificate[0]))) as out:
        client.app[OAUTH_CLIENTS]._outbound = out  # the way out, but for whose certificates it trusts
        yield client


@pytest.fixture
async def owner(client: Client) -> Person:
    return await an_owner(client)


def program_of(client: Client, site: Site) -> Program:
    return Program(client, {"client_id": site.id, "redirect_uris": [REDIRECT]})


async def known(client: Client) -> int:
    found: int = await client.app[DATABASE].value("SELECT count(*) FROM oauth_client")
    return found


async def test_a_program_is_connected_by_its_document(client: Client, owner: Person, site: Site) -> None:
    program = program_of(client, site)
    status, _, text = await ask(owner, program.request())
    page = Page(text)
    assert status == 200
    for said in ("Claude Code", "unverified", site.id.split("/")[2]):
        assert said in page.words
    assert "img" not in page.tags
    tokens = await program.connect(owner)
    assert tokens["expires_in"] == 15 * 60
    assert tokens["scope"] == "requests:read"
    assert (await program.refresh(tokens["refresh_token"])).status == 200


@pytest.mark.proves("auth.R40")
@pytest.mark.parametrize(
    "spoilt",
    [
        {"status": 404},
        {"status": 500},
        {"status": 204, "body": b""},
        {"media": "text/html"},
        {"media": ""},
        {"body": b"not json"},
        {"body": b"[]"},
        {"body": b"[" * 5000},
        {"body": b"\xff\xfe"},
        {"client_id": "https://localhost/other.json"},
        {"client_id": None},
        {"client_id": 7},
        {"padding": "x" * 5 * 1024},
        {"client_secret": "shared"},
        {"client_secret_expires_at": 0},
        {"token_endpoint_auth_method": "client_secret_post"},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"redirect_uris": None},
        {"redirect_uris": ["javascript:alert(1)"]},
        {"redirect_uris": "x"},
    ],
    ids=str,
)
async def test_a_document_that_is_not_right_is_refused_and_not_remembered(
    client: Client, owner: Person, site: Site, spoilt: dict[str, Any]
) -> None:
    program = program_of(client, site)
    site.serve(**spoilt)
    for attempt in (1, 2):
        assert await decide(owner, program.request()) == (400, "")
        assert site.asked == attempt
    assert await known(client) == 0
    site.serve()
    assert (await ask(owner, program.request()))[0] == 200


@pytest.mark.proves("auth.R40")
async def test_a_redirect_is_not_followed(client: Client, owner: Person, site: Site) -> None:
    site.answer = (302, {"Location": site.id.replace("client", "elsewhere")}, b"")
    assert await decide(owner, program_of(client, site).request()) == (400, "")
    assert site.asked == 1


async def test_a_document_is_read_once_an_hour_and_outlives_its_host_for_a_day(
    client: Client, owner: Person, site: Site, clock: FakeClock
) -> None:
    program = program_of(client, site)
    for _ in range(3):
        assert (await ask(owner, program.request()))[0] == 200
    assert site.asked == 1
    clock.forward(dt.timedelta(hours=1))
    owner = await sign_in(client)
    site.serve(redirect_uris=["https://app.example/callback"])
    assert await decide(owner, program.request()) == (400, "")
    assert site.asked == 2
    site.serve()
    clock.forward(dt.timedelta(hours=1))
    owner = await sign_in(client)
    assert (await ask(owner, program.request()))[0] == 200
    unreachable = client.app[OAUTH_CLIENTS]
    async with outbound(OutboundRules(on=False)) as off:
        unreachable._outbound = off
        clock.forward(dt.timedelta(hours=23))
        owner = await sign_in(client)
        assert (await ask(owner, program.request()))[0] == 200
        clock.forward(dt.timedelta(hours=1))
        owner = await sign_in(client)
        assert (await ask(owner, program.request()))[0] == 400


async def test_strangers_cannot_make_the_relay_read_anything(client: Client, site: Site) -> None:
    program = program_of(client, site)
    assert (await program.post("device")).error == "invalid_client"
    assert (await program.exchange("hac_x")).error == "invalid_client"
    async with client.get("/api/v1/oauth/authorize", params=program.request(), allow_redirects=False) as response:
        assert response.status == 303
    assert site.asked == 0


async def test_two_at_once_are_one_client(client: Client, owner: Person, site: Site) -> None:
    program = program_of(client, site)
    found = await asyncio.gather(*(ask(owner, program.request()) for _ in range(4)))
    assert [status for status, _, _ in found] == [200] * 4
    assert await known(client) == 1


async def test_a_registered_client_is_not_overwritten_by_a_document(client: Client, owner: Person, site: Site) -> None:
    registered = await a_program(client, grant_types=[DEVICE], redirect_uris=[])
    assert not is_document_id(registered.id)
    assert (await ask(owner, program_of(client, site).request()))[0] == 200
    assert await known(client) == 2


@pytest.mark.parametrize(
    ("id", "is_one"),
    [
        ("https://app.example/client.json", True),
        ("https://app.example:8443/oauth/client", True),
        ("https://app.example", False),
        ("https://app.example/", False),
        ("http://app.example/client.json", False),
        ("http://localhost/client.json", False),
        ("https://user@app.example/client.json", False),
        ("https://app.example/client.json#x", False),
        ("https://app.example/../client.json", False),
        ("https://app.example/./client.json", False),
        ("app.example/client.json", False),
        ("", False),
    ],
)
def test_which_ids_are_addresses(id: str, is_one: bool) -> None:
    assert is_document_id(id) is is_one


async def test_they_are_advertised_when_they_are_read_and_not_otherwise(
    client: Client, aiohttp_client: MakeClient, database_url: Secret, clock: FakeClock
) -> None:
    off = await a_relay(aiohttp_client, database_url, clock, client_documents="on", outbound="off")
    for relay, said in ((client, True), (off, False)):
        async with relay.get("/.well-known/oauth-authorization-server") as response:
            assert (await response.json())["client_id_metadata_document_supported"] is said


async def test_where_they_are_off_an_address_is_an_unknown_client(
    database_url: Secret, aiohttp_client: MakeClient, clock: FakeClock, site: Site
) -> None:
    client = await a_relay(aiohttp_client, database_url, clock)
    assert await decide(await an_owner(client), program_of(client, site).request()) == (400, "")
    assert site.asked == 0
