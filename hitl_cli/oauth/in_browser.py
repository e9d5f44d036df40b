"""Sign in through a browser on this machine: it comes back to a port that listens for this one answer.

RFC 8252 7.3 (loopback redirection), RFC 7636 (PKCE), RFC 9207 (who answers).
"""

import asyncio
import hmac
import secrets
from collections.abc import Callable
from typing import Final
from urllib.parse import parse_qsl, urlencode, urlsplit

from hitl_cli.errors import HitlError, Refused
from hitl_cli.http import RelayHttp
from hitl_cli.oauth.exchange import CODE, Places, Proof, exchange
from hitl_cli.oauth.stored import Grant, Registration

PATIENCE_S: Final = 900.0
"""How long somebody may take to sign in; the relay keeps what was asked no longer either."""

LONGEST_LINE: Final = 16 * 1024
"""Bytes of the request a browser comes back with: a code, a state and an issuer take a few hundred."""

PAGE: Final = (
    "HTTP/1.1 {status}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Security-Policy: default-src 'none'\r\n"
    "Cache-Control: no-store\r\nReferrer-Policy: no-referrer\r\nConnection: close\r\n\r\n"
    "<!doctype html><html lang=en><title>{title}</title><h1>{title}</h1><p>{words}</p></html>"
)


async def sign_in(
    relay: RelayHttp,
    at: Places,
    registration: Registration,
    *,
    name: str,
    show: Callable[[str], None],
    now: Callable[[], float],
) -> Grant:
    """Give `show` the address to open, wait for the browser to come back, and trade the code it brings."""
    proof, state = Proof(), secrets.token_urlsafe(32)
    answer = Answer(state, at.issuer)
    server = await asyncio.start_server(answer.received, "127.0.0.1", 0, limit=LONGEST_LINE)
    async with server:
        port = server.sockets[0].getsockname()[1]
        redirect = f"http://127.0.0.1:{port}/callback"
        asked = {
            "response_type": "code",
            "client_id": registration.client_id,
            "redirect_uri": redirect,
            "state": state,
            "code_challenge": proof.challenge,
            "code_challenge_method": "S256",
        }
        show(f"{at.authorize}?{urlencode(asked)}")
        try:
            async with asyncio.timeout(PATIENCE_S):
                code = await answer.code
        except TimeoutError:
            raise HitlError("nobody signed in within a quarter of an hour") from None
    given = {"grant_type": CODE, "code": code, "redirect_uri": redirect, "code_verifier": proof.verifier}
    return await exchange(relay, at, registration, name=name, now_s=now(), **given)


class Answer:
    """What the browser comes back with. Anything else that calls here is told off and changes nothing."""

    def __init__(self, state: str, issuer: str) -> None:
        self._state = state
        self._issuer = issuer
        self.code: asyncio.Future[str] = asyncio.get_running_loop().create_future()

    async def received(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            line = (await reader.readline()).decode("latin-1")
            writer.write(self._page_for(line).encode())
            await writer.drain()
        except (ValueError, OSError):  # a line without an end, or a browser that left
            pass
        finally:
            writer.close()

    def _page_for(self, line: str) -> str:
        method, _, rest = line.partition(" ")
        target = urlsplit(rest.partition(" ")[0])
        given = dict(parse_qsl(target.query))
        if method != "GET" or target.path != "/callback":
            return PAGE.format(status="404 Not Found", title="Nothing here", words="")
        mine = hmac.compare_digest(given.get("state", "").encode(), self._state.encode())
        if not mine or given.get("iss", self._issuer) != self._issuer:
            words = "This answer does not belong to the sign-in that waits here."
            return PAGE.format(status="400 Bad Request", title="Not this one", words=words)
        return self._settled(given)

    def _settled(self, given: dict[str, str]) -> str:
        if not self.code.done():
            if "code" in given:
                self.code.set_result(given["code"])
            else:
                detail = given.get("error_description") or "the sign-in was denied"
                self.code.set_exception(Refused(400, given.get("error", ""), detail))
        if "code" in given:
            return PAGE.format(status="200 OK", title="Signed in", words="You can close this page.")
        return PAGE.format(status="200 OK", title="Not signed in", words="You can close this page.")
