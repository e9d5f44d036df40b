"""The one way out: requests to addresses that others named.

Clients, webhooks, identity providers and browsers' push services all give the relay an address to call. Any of them
could name the relay's own network instead. So the socket is the choke point: it is opened last, for the address that
every spelling, alias and DNS answer ends in. Looking at the host name would not do: `0x7f000001` needs no DNS, and a
name that was harmless when looked at may be another address when connected to.

Redirects are never followed, nothing is decompressed, and a reply is read up to a limit of bytes and seconds.
"""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from aiohttp import hdrs
from aiohttp.abc import AbstractResolver
from aiohttp.connector import AddrInfoType
from multidict import CIMultiDictProxy
from yarl import URL

from relay.kernel.network import Network, address_of, is_special, within

LONGEST_URL: Final = 2048
"""Characters. Push endpoints, the longest addresses in use, have some 500."""

MOST_AT_ONCE: Final = 100
MOST_AT_ONE_HOST: Final = 8
"""Connections: a host that lets us wait holds up its own callers and no others."""

CONNECT_S: Final = 5.0
AGENT: Final = "hitl-relay"


class OutboundError(Exception):
    """A request that brought no reply. What that means is the caller's to say: a refusal, a retry, an end.

        OutboundError
        ├── AddressRefused    not an address the relay calls; repeating does not help
        ├── Unreachable       no such host, no connection, TLS that does not verify, a reply that is no HTTP
        ├── TooSlow           not done in time
        └── TooLarge          more bytes than the caller wants

    The message never has the address in it: push endpoints and webhooks carry secrets in theirs.
    """


class AddressRefused(OutboundError): ...


class Unreachable(OutboundError): ...


class TooSlow(OutboundError): ...


class TooLarge(OutboundError): ...


@dataclass(frozen=True, slots=True, kw_only=True)
class OutboundRules:
    """`allow`: networks of the operator's own that may be called although they are for special use, without TLS too."""

    on: bool = True
    allow: tuple[Network, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Bounds:
    """`most` bytes of body, `within_s` seconds for all of it, from looking up the name to the last byte."""

    most: int = 64 * 1024
    within_s: float = 10.0


@dataclass(frozen=True, slots=True)
class Reply:
    """Whatever came back, a redirect or an error page too: judge by `status`."""

    status: int
    headers: CIMultiDictProxy[str]
    body: bytes


class Outbound:
    """Two sessions: https to the Internet and the allowed networks, plain http to the allowed networks alone."""

    def __init__(self, rules: OutboundRules, https: aiohttp.ClientSession, http: aiohttp.ClientSession) -> None:
        self._rules = rules
        self._sessions: Mapping[str, aiohttp.ClientSession] = {"https": https, "http": http}

    async def get(self, url: str, *, headers: Mapping[str, str] | None = None, bounds: Bounds | None = None) -> Reply:
        return await self.request(hdrs.METH_GET, url, headers=headers, bounds=bounds)

    async def post(
        self, url: str, body: bytes, *, headers: Mapping[str, str] | None = None, bounds: Bounds | None = None
    ) -> Reply:
        return await self.request(hdrs.METH_POST, url, body=body, headers=headers, bounds=bounds)

    async def request(
        self,
        method: str,
        url: str,
        *,
        body: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        bounds: Bounds | None = None,
    ) -> Reply:
        """Send one request and read its reply. Raises OutboundError."""
        target, bounds = self._target(url), bounds or Bounds()
        # `identity`: a reply that unpacks to a thousand times its size is not asked for, and not unpacked either.
        sent = {hdrs.USER_AGENT: AGENT, **(headers or {}), hdrs.ACCEPT_ENCODING: "identity"}
        try:
            async with (
                asyncio.timeout(bounds.within_s),
                self._sessions[target.scheme].request(
                    method, target, data=body, headers=sent, allow_redirects=False
                ) as response,
            ):
                return Reply(response.status, response.headers, await _read(response, bounds.most))
        except TimeoutError:
            raise TooSlow("no reply in time") from None
        except aiohttp.ClientSSLError:
            # `from None` here and below: aiohttp's messages hold the address.
            raise Unreachable("TLS fails: the host's certificate is not good for it, or there is none") from None
        except aiohttp.ClientConnectorError as error:
            raise _why(error.os_error) from None
        except aiohttp.InvalidURL:
            raise AddressRefused("this is not an address") from None
        except (aiohttp.ClientError, OSError, ValueError):
            raise Unreachable("the connection broke, or what came back is not HTTP") from None

    def _target(self, url: str) -> URL:
        """Return what may be asked for. Where it leads, only the socket knows."""
        if not self._rules.on:
            raise AddressRefused("this relay calls nobody (HITL_OUTBOUND=off)")
        if len(url) > LONGEST_URL:
            raise AddressRefused(f"the address has more than {LONGEST_URL} characters")
        try:
            target = URL(url)
            host = target.host
        except ValueError:
            raise AddressRefused("this is not an address") from None
        if target.scheme not in self._sessions or not host:
            raise AddressRefused("the address must begin with https:// and name a host")
        if target.scheme == "http" and not self._rules.allow:
            raise AddressRefused("the address must begin with https://")
        if target.raw_user is not None or target.raw_password is not None:
            raise AddressRefused("an address with a user name or a password in it is not called")
        return target


def _why(cause: OSError) -> OutboundError:
    if isinstance(cause, _Closed):
        return AddressRefused("the address leads to a network the relay does not call (HITL_OUTBOUND_ALLOW)")
    return Unreachable("the host cannot be reached")


async def _read(response: aiohttp.ClientResponse, most: int) -> bytes:
    if response.headers.get(hdrs.CONTENT_ENCODING, "identity").strip().lower() != "identity":
        raise Unreachable("the reply is compressed, which was not asked for")
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > most:
            raise TooLarge(f"the reply has more than {most} bytes")
    return bytes(body)


class _Closed(OSError):
    """An address that is not for calling. One text for all: of several equal errors aiohttp raises one as it is."""

    def __init__(self) -> None:
        super().__init__("a network the relay does not call")


@asynccontextmanager
async def outbound(
    rules: OutboundRules, *, resolver: AbstractResolver | None = None, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Outbound]:
    """Open the way out. Certificates are checked against the system's authorities (or `SSL_CERT_FILE`'s)."""
    https = _session(rules.allow, internet=True, resolver=resolver, tls=tls)
    http = _session(rules.allow, internet=False, resolver=resolver, tls=tls)
    async with https, http:
        yield Outbound(rules, https, http)


def _session(
    allow: tuple[Network, ...], *, internet: bool, resolver: AbstractResolver | None, tls: ssl.SSLContext | None
) -> aiohttp.ClientSession:
    def opened(info: AddrInfoType) -> socket.socket:
        """Open a socket for this address, unless it is one the relay does not call."""
        family, kind, protocol, _, where = info
        address = address_of(str(where[0]))
        if address is None or not (within(address, allow) or (internet and not is_special(address))):
            raise _Closed
        return socket.socket(family, kind, protocol)

    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(
            socket_factory=opened,
            resolver=resolver,
            ssl=tls or True,
            # Names are looked up each time: what is remembered would have to be bounded, and answers change.
            use_dns_cache=False,
            limit=MOST_AT_ONCE,
            limit_per_host=MOST_AT_ONE_HOST,
        ),
        # The caller's bounds hold for the whole; this is for the part that one dead address of several may take.
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        trust_env=False,  # a proxy would connect for us, past the choke point
    )
