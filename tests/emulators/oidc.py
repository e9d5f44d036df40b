"""A small OpenID provider on loopback: real keys, real codes, PKCE checked. What a test wants wrong is in `twist`."""

import base64
import hashlib
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
from aiohttp import BasicAuth, web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import ec

from auth.upstream.providers import OidcProvider
from relay.domain.clock import Clock

CLIENT = "relay"
SECRET = "a secret: with + and %"


def a_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


@dataclass
class Issuer:
    clock: Clock
    url: str = ""
    key: ec.EllipticCurvePrivateKey = field(default_factory=a_key)
    kid: str = "one"
    twist: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    """The last authorization request."""
    reads: list[str] = field(default_factory=list)

    def provider(self, name: str = "acme") -> OidcProvider:
        return OidcProvider(name=name, issuer=self.url, client_id=CLIENT, client_secret=SECRET, label="Acme")

    def grant(self, address: str, **over: str) -> dict[str, str]:
        """Let the human sign in at `address`, where the relay sent them; return what they bring back."""
        self.asked = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        code = os.urandom(8).hex()
        self.codes[code] = self.asked
        return {"code": code, "state": self.asked["state"], "iss": self.url} | over

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/.well-known/openid-configuration", self._metadata),
            web.get("/keys", self._keys),
            web.post("/token", self._token),
        ]

    async def _metadata(self, _: web.Request) -> web.Response:
        self.reads.append("metadata")
        document = {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize?tenant=1",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "id_token_signing_alg_values_supported": ["ES256", "HS256", "none"],
            "authorization_response_iss_parameter_supported": True,
        }
        return web.json_response(document | self.twist.get("metadata", {}))

    async def _keys(self, _: web.Request) -> web.Response:
        self.reads.append("keys")
        public = json.loads(jwt.algorithms.ECAlgorithm.to_jwk(self.key.public_key()))
        return web.json_response({"keys": [public | {"kid": self.kid, "alg": "ES256", "use": "sig"}]})

    async def _token(self, request: web.Request) -> web.Response:
        self.reads.append("token")
        form = await request.post()
        asked = self.codes.pop(str(form["code"]), None)
        given = BasicAuth.decode(request.headers["Authorization"], encoding="utf-8")
        challenge = base64.urlsafe_b64encode(hashlib.sha256(str(form["code_verifier"]).encode()).digest()).decode()
        right = (
            asked
            and (given.login, given.password) == (CLIENT, "a+secret%3A+with+%2B+and+%25")
            and challenge.rstrip("=") == asked["code_challenge"]
            and form["redirect_uri"] == asked["redirect_uri"]
        )
        if not right or asked is None:
            return web.json_response({"error": "invalid_grant"}, status=400)
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": self._id_token(asked)})

    def _id_token(self, asked: dict[str, str]) -> str:
        now = int(self.clock.now().timestamp())
        claims = {
            "iss": self.url,
            "sub": "42",
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            "email": "Ada@example.org",
            "email_verified": True,
            "name": "Ada",
        } | self.twist.get("claims", {})
        claims = {name: value for name, value in claims.items() if value is not None}
        headers = {"kid": self.twist.get("kid", self.kid)}
        return jwt.encode(claims, self.twist.get("key", self.key), self.twist.get("alg", "ES256"), headers)


@asynccontextmanager
async def issuer(clock: Clock) -> AsyncIterator[Issuer]:
    found = Issuer(clock)
    app = web.Application()
    app.add_routes(found.routes())
    async with TestServer(app) as server:
        found.url = str(server.make_url("")).rstrip("/")
        yield found
