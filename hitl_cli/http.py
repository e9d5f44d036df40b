"""One HTTP exchange with the relay: JSON there, JSON back, every failure one of two kinds."""

import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import aiohttp

from hitl_cli.certificates import trusted
from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError, Refused, Unreachable

CONNECT_S = 10.0
SILENCE_S = 60.0
"""The relay sends a heartbeat at least every 15 s while it waits: four missed ones mean the line is dead."""

RETRYABLE = frozenset({429, 502, 503, 504})
USER_AGENT = "hitl-cli"

Headers = Mapping[str, str]


class Lost(Unreachable):
    """An attempt came to nothing; the next one may not. `after_s` is how long the relay wants to be left alone."""

    def __init__(self, message: str, after_s: float = 0.0) -> None:
        super().__init__(message)
        self.after_s = after_s


class RelayHttp:
    """The relay at one address, with one credential, over one session."""

    def __init__(self, endpoint: Endpoint, session: aiohttp.ClientSession) -> None:
        self.endpoint = endpoint
        self.session = session

    async def call(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        *,
        form: Mapping[str, str] | None = None,
        headers: Headers | None = None,
        on_headers: Callable[[Headers], None] = lambda _headers: None,
    ) -> Any:
        """Return the decoded body, or raise `Refused`, `Lost`, `Unreachable` or `HitlError`."""
        renewal = self.endpoint.renewal
        credential = await renewal.current(self) if renewal else self.endpoint.credential

        async def exchange(credential: str | None) -> Any:
            shown = _with(headers or {}, credential)
            return await self._exchange(method, path, body=body, form=form, headers=shown, on_headers=on_headers)

        try:
            return await exchange(credential)
        except Refused as refused:
            if refused.status != 401 or renewal is None or credential is None:
                raise
            another = await renewal.instead_of(credential, self)
            if another is None:
                raise
        return await exchange(another)

    def as_stranger(self) -> "RelayHttp":
        """Return the same relay, shown no credential."""
        return RelayHttp(Endpoint(self.endpoint.server_url, None), self.session)

    async def _exchange(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None,
        form: Mapping[str, str] | None,
        headers: Headers,
        on_headers: Callable[[Headers], None],
    ) -> Any:
        url = self.endpoint.server_url + path
        try:
            async with self.session.request(
                # A redirect could carry the credential to another host, and no relay sends one.
                method,
                url,
                json=body,
                data=form,
                headers=headers,
                allow_redirects=False,
            ) as response:
                on_headers(response.headers)
                return _decoded(response.status, response.headers, await response.read())
        except (aiohttp.InvalidURL, aiohttp.NonHttpUrlClientError) as error:
            raise Unreachable(f"{self.endpoint.server_url} is not the address of a relay") from error
        except (aiohttp.ClientConnectorCertificateError, ssl.SSLError) as error:
            raise Unreachable(f"the certificate of {self.endpoint.server_url} cannot be trusted") from error
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Lost(f"no relay answers at {self.endpoint.server_url}") from error


@asynccontextmanager
async def opened(endpoint: Endpoint) -> AsyncIterator[RelayHttp]:
    """Hold a session for as long as the context lasts."""
    async with new_session() as session:
        yield RelayHttp(endpoint, session)


def new_session() -> aiohttp.ClientSession:
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)
    connector = aiohttp.TCPConnector(ssl=trusted())
    headers = {"User-Agent": USER_AGENT}
    return aiohttp.ClientSession(connector=connector, timeout=timeout, headers=headers, trust_env=True)


def _with(headers: Headers, credential: str | None) -> Headers:
    return {**headers, "Authorization": f"Bearer {credential}"} if credential else headers


def _decoded(status: int, headers: Headers, content: bytes) -> Any:
    if status in RETRYABLE:
        raise Lost(_detail(status, content)[1], _retry_after_s(headers))
    if 200 <= status < 300:
        found = _json(content)
        if isinstance(found, dict) and isinstance(found.get("status"), int):
            # A reply that had begun when it was refused, as when its key was revoked: the status line had gone out.
            raise Refused(found["status"], *_detail(status, content))
        return found
    code, detail = _detail(status, content)
    if status >= 500:
        raise HitlError(f"the relay failed: {detail}")
    raise Refused(status, code, detail)


def _json(content: bytes) -> Any:
    if not content:
        return None
    try:
        return json.loads(content)
    except ValueError as error:
        # Heartbeats and then nothing: the relay or a proxy died half way.
        raise Lost("the relay's answer broke off") from error


def _detail(status: int, content: bytes) -> tuple[str, str]:
    """Return the code and the words of a problem document (RFC 9457) or of an OAuth error (RFC 6749 5.2)."""
    try:
        problem = json.loads(content)
        code = problem.get("code") or problem.get("error") or ""
        words = problem.get("detail") or problem.get("error_description") or problem.get("title")
        return str(code), str(words or f"status {status}")
    except (ValueError, AttributeError):
        return "", f"status {status}"


def _retry_after_s(headers: Headers) -> float:
    try:
        return max(0.0, float(headers.get("Retry-After", "0")))
    except ValueError:
        return 0.0
