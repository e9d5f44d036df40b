"""GitHub's OAuth and the two calls of its API that say who somebody is, as GitHub documents them.

The answer of the token endpoint is a form unless JSON is asked for; its errors come with status 200; PKCE is heeded if
it was begun; a code works once, for ten minutes; `/user/emails` is a 404 without its scope; the API wants a User-Agent.
What a test wants wrong is in `twist`: the body that an address answers with instead.
"""

import asyncio
import base64
import hashlib
import secrets
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import unquote_plus, urlencode

from aiohttp import BasicAuth, web
from aiohttp.test_utils import TestServer
from yarl import URL

from auth.upstream.providers import OAuthProvider
from relay.domain.clock import Clock, SystemClock

CLIENT = "Iv1.relay"
SECRET = "a secret: with + and %"
CODE_LIFE_S = 600
ISSUER = "https://github.com/login/oauth"


@dataclass
class Human:
    """Who is signed in there. `emails` is what `/user/emails` lists; `id` is theirs for good, `login` until renamed."""

    id: Any = 583_231
    login: str = "octocat"
    emails: list[dict[str, Any]] = field(
        default_factory=lambda: [
            {"email": "old@example.org", "primary": False, "verified": True, "visibility": None},
            {"email": "Ada@example.org", "primary": True, "verified": True, "visibility": "private"},
        ]
    )
    allows: bool = True
    grants: str = ""
    """Scopes, if other than those asked for: people may take some away."""


@dataclass
class Github:
    clock: Clock
    url: str = ""
    back: str = "http://localhost:8000/sign-in/back/"
    human: Human = field(default_factory=Human)
    speaks_json: bool = True
    """Without it a form is answered whatever is asked for, as some do who speak like GitHub."""
    twist: dict[str, web.Response] = field(default_factory=dict)
    asked: dict[str, str] = field(default_factory=dict)
    """The last authorization request."""
    reads: list[str] = field(default_factory=list)
    _codes: dict[str, tuple[dict[str, str], Human, float]] = field(default_factory=dict)
    _tokens: dict[str, tuple[Human, str]] = field(default_factory=dict)

    def provider(self, name: str = "github", **over: Any) -> OAuthProvider:
        return OAuthProvider.model_validate(
            {
                "name": name,
                "label": "GitHub",
                "client_id": CLIENT,
                "client_secret": SECRET,
                "authorize_url": f"{self.url}/login/oauth/authorize",
                "token_url": f"{self.url}/login/oauth/access_token",
                "userinfo_url": f"{self.url}/user",
                "emails_url": f"{self.url}/user/emails",
                "scope": "read:user user:email",
                "issuer": ISSUER,
                "prompt": "select_account",
            }
            | over
        )

    def routes(self) -> list[web.RouteDef]:
        return [
            web.get("/login/oauth/authorize", self._authorize),
            web.post("/login/oauth/access_token", self._token),
            web.get("/user", self._user),
            web.get("/user/emails", self._emails),
        ]

    async def _authorize(self, request: web.Request) -> web.Response:
        self.asked = dict(request.query)
        back = self.asked.get("redirect_uri", "")
        if self.asked.get("client_id") != CLIENT or not back.startswith(self.back):
            return web.Response(status=404)
        state = {"state": self.asked["state"]} if "state" in self.asked else {}
        if not self.human.allows:
            refused = {"error": "access_denied", "error_description": "The user has denied your application access."}
            raise web.HTTPFound(URL(back).update_query(refused | state))
        code = secrets.token_hex(10)
        self._codes[code] = (self.asked, self.human, self.clock.now().timestamp())
        raise web.HTTPFound(URL(back).update_query({"code": code, "iss": ISSUER} | state))

    async def _token(self, request: web.Request) -> web.Response:
        self.reads.append("token")
        if "token" in self.twist:
            return self.twist["token"]
        form = {name: str(value) for name, value in (await request.post()).items()}
        if "Authorization" in request.headers:  # others than GitHub take the secret there alone (RFC 6749 2.3.1)
            given = BasicAuth.decode(request.headers["Authorization"], encoding="utf-8")
            form |= {"client_id": unquote_plus(given.login), "client_secret": unquote_plus(given.password)}
        answer = self._traded(form)
        if self.speaks_json and "application/json" in request.headers.get("Accept", ""):
            return web.json_response(answer)
        return web.Response(text=urlencode(answer), content_type="application/x-www-form-urlencoded")

    def _traded(self, form: Mapping[str, str]) -> dict[str, str]:
        if (form.get("client_id"), form.get("client_secret")) != (CLIENT, SECRET):
            return {"error": "incorrect_client_credentials", "error_description": "The client_id … are incorrect."}
        asked, human, at = self._codes.pop(form.get("code", ""), ({}, self.human, 0.0))
        if not asked or self.clock.now().timestamp() - at >= CODE_LIFE_S or not _proved(asked, form):
            return {"error": "bad_verification_code", "error_description": "The code … is incorrect or expired."}
        if form.get("redirect_uri", asked["redirect_uri"]) != asked["redirect_uri"]:
            return {"error": "redirect_uri_mismatch", "error_description": "The redirect_uri MUST match …"}
        token, scope = f"gho_{secrets.token_hex(18)}", human.grants or asked.get("scope", "").replace(" ", ",")
        self._tokens[token] = (human, scope)
        return {"access_token": token, "scope": scope, "token_type": "bearer"}

    async def _user(self, request: web.Request) -> web.Response:
        self.reads.append("user")
        human, _ = self._bearer(request)
        if "user" in self.twist:
            return self.twist["user"]
        return web.json_response({"login": human.login, "id": human.id, "name": None, "email": "public@example.org"})

    async def _emails(self, request: web.Request) -> web.Response:
        self.reads.append("emails")
        human, scope = self._bearer(request)
        if "emails" in self.twist:
            return self.twist["emails"]
        if not {"user", "user:email"} & set(scope.split(",")):
            return web.json_response({"message": "Not Found", "status": "404"}, status=404)
        return web.json_response(human.emails)

    def _bearer(self, request: web.Request) -> tuple[Human, str]:
        if "User-Agent" not in request.headers:
            raise web.HTTPForbidden(text="Request forbidden by administrative rules.")
        found = self._tokens.get(request.headers.get("Authorization", "").removeprefix("Bearer "))
        if found is None:
            raise web.HTTPUnauthorized(text='{"message": "Bad credentials"}', content_type="application/json")
        return found


def _proved(asked: Mapping[str, str], form: Mapping[str, str]) -> bool:
    """Return whether PKCE holds: who began with a challenge must end with its verifier (RFC 7636 4.6)."""
    if "code_challenge" not in asked:
        return True
    given = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
    challenge = base64.urlsafe_b64encode(given).decode().rstrip("=")
    return asked.get("code_challenge_method") == "S256" and challenge == asked["code_challenge"]


@asynccontextmanager
async def github(clock: Clock, port: int = 0) -> AsyncIterator[Github]:
    found = Github(clock)
    app = web.Application()
    app.add_routes(found.routes())
    async with TestServer(app, port=port or None) as server:
        found.url = str(server.make_url("")).rstrip("/")
        yield found


async def _main() -> None:
    """Serve for trying things out: `python -m tests.emulators.github`; the entry for `HITL_OAUTH2` is on its lines."""
    async with github(SystemClock()) as found:
        print(f"[{found.provider().model_dump_json(exclude_defaults=True)}]", flush=True)  # noqa: T201
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(_main())
