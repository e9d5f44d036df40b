"""The way out, against a real server on this machine: by itself a special-use address."""

import asyncio
import datetime as dt
import gzip
import socket
import ssl
import traceback
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from relay.kernel.network import networks
from relay.kernel.outbound import (
    AddressRefused,
    Bounds,
    Outbound,
    OutboundError,
    OutboundRules,
    TooLarge,
    TooSlow,
    Unreachable,
    outbound,
)

HERE = OutboundRules(allow=networks("127.0.0.0/8, ::1"))
NINE = [
    "127.0.0.1",
    "localhost",
    "2130706433",
    "0x7f000001",
    "127.1",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "017700000001",
    "localhost.",
]
QUICK = Bounds(most=5 * 1024, within_s=0.5)


@dataclass
class Site:
    """A host that counts who connects, before a byte is read."""

    port: int
    connections: int = 0
    asked: list[str] = field(default_factory=list)
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""
    ended: asyncio.Event = field(default_factory=asyncio.Event)

    def url(self, path: str = "/ok", host: str = "127.0.0.1", scheme: str = "http") -> str:
        return f"{scheme}://{host}:{self.port}{path}"


class Answers(AbstractResolver):
    """A DNS server that answers each question with the next of its addresses."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)

    async def resolve(self, host: str, port: int = 0, family: int = socket.AF_INET) -> list[ResolveResult]:
        address = self.answers.pop(0)
        return [
            ResolveResult(hostname=host, host=address, port=port, family=family or socket.AF_INET, proto=0, flags=0)
        ]

    async def close(self) -> None: ...


async def _answer(site: Site, request: web.Request) -> web.StreamResponse:
    site.asked.append(request.path)
    site.headers, site.body = dict(request.headers), await request.read()
    match request.path.removesuffix("/s3cret"):
        case "/redirect":
            raise web.HTTPFound("/ok")
        case "/big":
            return web.Response(body=b"x" * 5121)
        case "/endless":
            return await _drip(site, request, lambda: b"x" * 1024)
        case "/bomb":
            return web.Response(body=gzip.compress(b" " * 1_000_000), headers={"Content-Encoding": "gzip"})
        case "/silent":
            await site.ended.wait()
        case "/slow":
            await _drip(site, request, iter([b"x"]).__next__)
    return web.json_response({"ok": True}, headers={"Set-Cookie": "a=b"})


async def _drip(site: Site, request: web.Request, more: Callable[[], bytes]) -> web.StreamResponse:
    """Send chunks while there are some, and never end."""
    response = web.StreamResponse()
    await response.prepare(request)
    with suppress(StopIteration):
        while True:
            await response.write(more())
    await site.ended.wait()
    return response


@asynccontextmanager
async def serving(tls: ssl.SSLContext | None = None) -> AsyncIterator[Site]:
    site = Site(0)
    runner = web.ServerRunner(web.Server(lambda request: _answer(site, request)), shutdown_timeout=0)
    await runner.setup()

    def counted() -> asyncio.BaseProtocol:
        site.connections += 1
        assert runner.server
        return runner.server()

    loop = asyncio.get_running_loop()
    async with AsyncExitStack() as open_:
        for address in ("127.0.0.1", "::1"):
            server = await loop.create_server(counted, address, site.port, ssl=tls)
            site.port = server.sockets[0].getsockname()[1]
            open_.callback(server.close)
        yield site
        site.ended.set()
        await runner.cleanup()


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving() as site:
        yield site


@pytest.fixture
async def closed() -> AsyncIterator[Outbound]:
    """As installed: nothing is allowed but the Internet."""
    async with outbound(OutboundRules()) as out:
        yield out


@pytest.fixture
async def out() -> AsyncIterator[Outbound]:
    """With this machine allowed."""
    async with outbound(HERE) as out:
        yield out


@pytest.mark.proves("auth.R41")
@pytest.mark.parametrize("host", NINE)
async def test_no_spelling_of_this_machine_is_connected_to(site: Site, closed: Outbound, host: str) -> None:
    # Not always AddressRefused: aiohttp refuses some spellings itself, and not every system knows `localhost.`.
    with pytest.raises(OutboundError):
        await closed.get(site.url(host=host, scheme="https"))
    assert site.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "0x7f000001", "[::1]", "[::ffff:127.0.0.1]"])
async def test_each_spelling_is_connected_to_where_it_is_allowed(site: Site, out: Outbound, host: str) -> None:
    assert (await out.get(site.url(host=host))).status == 200


@pytest.mark.proves("auth.R41")
async def test_plain_http_leads_nowhere_but_to_the_allowed_networks(site: Site) -> None:
    async with outbound(OutboundRules(allow=networks("10.0.0.0/8"))) as out:
        with pytest.raises(AddressRefused):
            await out.get(site.url())
        with pytest.raises(AddressRefused):
            await out.get("http://8.8.8.8/")
    assert site.connections == 0


@pytest.mark.proves("auth.R41")
async def test_a_name_that_changes_its_address_is_judged_each_time(site: Site) -> None:
    allowed = OutboundRules(allow=networks("127.0.0.1"))
    async with outbound(allowed, resolver=Answers("127.0.0.1", "127.0.0.2")) as out:
        assert (await out.get(site.url(host="rebinding.example"), headers={"Connection": "close"})).status == 200
        with pytest.raises(AddressRefused):
            await out.get(site.url(host="rebinding.example"))
    assert site.connections == 1


@pytest.mark.proves("auth.R74")
async def test_a_redirect_is_not_followed(site: Site, out: Outbound) -> None:
    assert (await out.get(site.url("/redirect"))).status == 302
    assert site.asked == ["/redirect"]


@pytest.mark.proves("auth.R74")
@pytest.mark.parametrize("path", ["/big", "/endless"])
async def test_a_reply_is_read_up_to_its_bound(site: Site, out: Outbound, path: str) -> None:
    with pytest.raises(TooLarge):
        await out.get(site.url(path), bounds=QUICK)


@pytest.mark.proves("auth.R74")
async def test_a_compressed_reply_is_not_unpacked(site: Site, out: Outbound) -> None:
    with pytest.raises(Unreachable, match="compressed"):
        await out.get(site.url("/bomb"), headers={"Accept-Encoding": "gzip"})
    assert site.headers["Accept-Encoding"] == "identity"


@pytest.mark.proves("auth.R74")
@pytest.mark.parametrize("path", ["/silent", "/slow"])
async def test_a_slow_reply_is_given_up(site: Site, out: Outbound, path: str) -> None:
    with pytest.raises(TooSlow):
        await out.get(site.url(path), bounds=QUICK)


async def test_a_post_carries_its_body_and_its_headers(site: Site, out: Outbound) -> None:
    reply = await out.post(site.url(), b"{}", headers={"Content-Type": "application/json", "TTL": "900"})
    assert (reply.status, reply.body) == (200, b'{"ok": true}')
    assert (site.body, site.headers["TTL"], site.headers["Content-Type"]) == (b"{}", "900", "application/json")
    assert site.headers["User-Agent"] == "hitl-relay"


async def test_no_cookie_is_kept_for_the_next_caller(site: Site, out: Outbound) -> None:
    await out.get(site.url())
    await out.get(site.url())
    assert "Cookie" not in site.headers


@pytest.mark.parametrize(
    "url",
    [
        "",
        "/relative",
        "ftp://example.org/",
        "file:///etc/passwd",
        "unix:///run/x.sock",
        "https://",
        "https://:443/",
        "https://user@example.org/",
        "https://:password@example.org/",
        "https://[::1/",
        "https://example.org:99999/",
        "https://example.org/" + "x" * 2048,
        "javascript:alert(1)",
        "http://example.org/",
    ],
)
async def test_what_is_no_https_address_is_refused_without_a_look_at_the_network(closed: Outbound, url: str) -> None:
    with pytest.raises(AddressRefused):
        await closed.get(url)


async def test_switched_off_it_calls_nobody(site: Site) -> None:
    async with outbound(OutboundRules(on=False, allow=HERE.allow)) as out:
        with pytest.raises(AddressRefused, match="HITL_OUTBOUND"):
            await out.get(site.url())
    assert site.connections == 0


async def test_a_closed_port_and_an_unknown_name_are_unreachable(out: Outbound) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable):
        await out.get(f"http://127.0.0.1:{port}/")
    with pytest.raises(Unreachable):
        await out.get("https://no-such-host.invalid/")


@pytest.mark.parametrize(
    "noise", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc", b""]
)
async def test_what_is_not_http_is_unreachable(out: Outbound, noise: bytes) -> None:
    async def speak(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(noise)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(Unreachable):
            await out.get(f"http://127.0.0.1:{port}/")


async def test_a_certificate_is_checked(tmp_path: Path) -> None:
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    _make_certificate(cert, key)
    server_tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_tls.load_cert_chain(cert, key)
    async with serving(server_tls) as site:
        async with outbound(HERE, tls=ssl.create_default_context(cafile=str(cert))) as out:
            assert (await out.get(site.url(host="localhost", scheme="https"))).status == 200
            with pytest.raises(Unreachable, match="certificate"):
                await out.get(site.url(host="127.0.0.1", scheme="https"))
        async with outbound(HERE) as out:
            with pytest.raises(Unreachable, match="certificate"):
                await out.get(site.url(host="localhost", scheme="https"))


@pytest.mark.parametrize("path", ["/big", "/bomb", "/silent"])
@pytest.mark.parametrize("host", ["127.0.0.1", "s3cret.invalid", "10.0.0.1"])
async def test_no_error_repeats_the_address(site: Site, out: Outbound, host: str, path: str) -> None:
    url = site.url(f"{path}/s3cret?s3cret", host)
    with pytest.raises(OutboundError) as refusal:
        await out.get(url, bounds=QUICK)
    assert url.partition("?")[2] not in "".join(traceback.format_exception(refusal.value))


def _make_certificate(cert: Path, key: Path) -> None:
    """Make a certificate for `localhost`, its own authority."""
    private, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    begins = dt.datetime(2020, 1, 1, tzinfo=dt.UTC)
    made = (
        x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
        .not_valid_before(begins)
        .not_valid_after(begins + dt.timedelta(days=36_500))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=True)
        .sign(private, hashes.SHA256())
    )
    cert.write_bytes(made.public_bytes(Encoding.PEM))
    key.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
