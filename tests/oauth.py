"""A program that connects by OAuth, and the browser in which its human decides."""

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt

from tests.pages import Page
from tests.people import JSON, Client, Person

BASE = "/api/v1/oauth"
REDIRECT = "http://127.0.0.1:7777/callback"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@dataclass
class Pkce:
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32))

    @property
    def challenge(self) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass
class Program:
    """A registered client. `over` replaces parameters; None leaves one out."""

    client: Client
    registration: JSON
    pkce: Pkce = field(default_factory=Pkce)

    @property
    def id(self) -> str:
        return str(self.registration["client_id"])

    @property
    def secret(self) -> str | None:
        return self.registration.get("client_secret")

    def request(self, **over: str | None) -> dict[str, str]:
        """Return an authorization request."""
        asked: dict[str, str | None] = {
            "response_type": "code",
            "client_id": self.id,
            "redirect_uri": self.registration["redirect_uris"][0] if self.registration["redirect_uris"] else None,
            "state": "st",
            "code_challenge": self.pkce.challenge,
            "code_challenge_method": "S256",
        }
        return given({**asked, **over})

    async def post(self, endpoint: str, headers: Mapping[str, str] | None = None, **parameters: str | None) -> "Reply":
        mine: dict[str, str | None] = {"client_id": self.id, "client_secret": self.secret}
        fields = given({**mine, **parameters})
        async with self.client.post(f"{BASE}/{endpoint}", data=fields, headers=headers) as response:
            text = await response.text()
            return Reply(response.status, await response.json() if text else {}, dict(response.headers), text)

    async def exchange(self, code: str, **over: Any) -> "Reply":
        parameters = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self.registration["redirect_uris"][0],
            "code_verifier": self.pkce.verifier,
        }
        return await self.post("token", **{**parameters, **over})

    async def refresh(self, token: str, **over: Any) -> "Reply":
        return await self.post("token", **{"grant_type": "refresh_token", "refresh_token": token, **over})

    async def connect(self, person: Person, *, asked: Mapping[str, str | None] | None = None, **chosen: str) -> JSON:
        """Have the human allow it, and return the tokens."""
        code = (await allow(person, self.request(**(asked or {})), **chosen))["code"]
        reply = await self.exchange(code)
        assert reply.status == 200, reply.text
        return reply.body


@dataclass(frozen=True)
class Reply:
    status: int
    body: JSON
    headers: dict[str, str]
    text: str

    @property
    def error(self) -> str:
        return str(self.body.get("error"))


def given(parameters: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in parameters.items() if value is not None}


async def register(client: Client, **over: Any) -> tuple[int, JSON]:
    body = {
        "client_name": "Probe",
        "redirect_uris": [REDIRECT],
        "grant_types": ["authorization_code", "refresh_token"],
        "token_endpoint_auth_method": "none",
        **over,
    }
    async with client.post(f"{BASE}/register", json=given(body)) as response:
        return response.status, await response.json()


async def a_program(client: Client, **over: Any) -> Program:
    status, registration = await register(client, **over)
    assert status == 201, registration
    return Program(client, registration)


async def ask(person: Person, request: Mapping[str, str]) -> tuple[int, str, str]:
    """Open an authorization request in the human's browser, as a program does: it is no link of ours."""
    headers = person.cookie | {"Sec-Fetch-Site": "none"}
    async with person.client.get(
        f"{BASE}/authorize", params=request, headers=headers, allow_redirects=False
    ) as response:
        return response.status, response.headers.get("Location", ""), await response.text()


async def decide(person: Person, request: Mapping[str, str], decision: str = "allow", **chosen: str) -> tuple[int, str]:
    """Open the request, press a button of its page, and return where the browser is sent."""
    status, location, text = await ask(person, request)
    if status != 200:
        return status, location
    form = Page(text).forms[f"{BASE}/authorize"]
    fields = {**form, "decision": decision, **chosen}
    async with person.client.post(
        f"{BASE}/authorize", data=fields, headers=person.cookie, allow_redirects=False
    ) as response:
        return response.status, response.headers.get("Location", "")


async def allow(person: Person, request: Mapping[str, str], **chosen: str) -> dict[str, str]:
    """Allow the request, and return what the program is told."""
    status, location = await decide(person, request, **chosen)
    assert status == 303, location
    return query_of(location)


def query_of(address: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(address).query))


def claims_of(token: str) -> JSON:
    claims: JSON = jwt.decode(token, options={"verify_signature": False})
    return claims
