"""A relay to talk to, and the people and programs that talk to it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from aiohttp import DummyCookieJar, web
from aiohttp.test_utils import TestClient

from auth.keys import FIRST_OWNER
from hitl_relay.app import create_app
from hitl_relay.settings import Settings
from relay.domain.clock import Clock
from relay.kernel.settings import Secret
from tests.strangers import add_stranger

Client = TestClient[web.Request, web.Application]
MakeClient = Callable[..., Awaitable[Client]]

PASSWORD = "a long sentence nobody guesses"
EMAIL = "Ada@example.org"
JSON = dict[str, Any]


async def a_relay(make: MakeClient, url: Secret, clock: Clock, **settings: Any) -> Client:
    app = create_app(Settings(**settings), url, clock=clock, loops=False)
    # Everybody here shares the client, and shows their cookie when they mean to.
    return await make(app, cookie_jar=DummyCookieJar())


@dataclass(frozen=True)
class Person:
    client: Client
    token: str
    account_id: str
    org_id: str

    @property
    def bearer(self) -> dict[str, str]:
        return bearer(self.token)

    @property
    def cookie(self) -> dict[str, str]:
        """What this person's browser sends from the relay's own pages."""
        return {"Cookie": f"hitl_sid={self.token}", "Sec-Fetch-Site": "same-origin"}

    async def post(self, path: str, body: JSON | None = None, *, expect: int = 201) -> JSON:
        async with self.client.post(path, json=body or {}, headers=self.bearer) as response:
            assert response.status == expect, await response.text()
            found: JSON = await response.json() if await response.read() else {}
            return found

    async def get(self, path: str) -> Any:
        async with self.client.get(path, headers=self.bearer) as response:
            assert response.status == 200, await response.text()
            return await response.json()

    async def patch(self, path: str, body: JSON, *, expect: int = 200) -> JSON:
        async with self.client.patch(path, json=body, headers=self.bearer) as response:
            assert response.status == expect, await response.text()
            found: JSON = await response.json() if await response.read() else {}
            return found

    async def delete(self, path: str, *, expect: int = 204) -> None:
        async with self.client.delete(path, headers=self.bearer) as response:
            assert response.status == expect, await response.text()

    async def a_key(self, agent: str = "deploy-bot", **more: Any) -> JSON:
        return await self.post("/api/v1/api-keys", {"agent_name": agent, "description": "ci", **more})


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


async def an_owner(client: Client) -> Person:
    code = await client.app[FIRST_OWNER].new_code()
    body = {"code": code, "email": EMAIL, "name": "Ada", "password": PASSWORD}
    return person(client, await (await client.post("/api/v1/auth/setup", json=body)).json())


def person(client: Client, reply: JSON) -> Person:
    return Person(client, reply["token"], reply["account"]["id"], reply["org"]["id"])


async def another(client: Client, email: str = "eve@example.org") -> Person:
    """Make an account with an organization of its own, and sign it in."""
    await add_stranger(client.app, email, PASSWORD)
    return await sign_in(client, email=email)


async def sign_in(client: Client, password: str = PASSWORD, email: str = EMAIL, **headers: str) -> Person:
    async with client.post(
        "/api/v1/auth/sign-in", json={"email": email, "password": password}, headers=headers
    ) as response:
        assert response.status == 200, await response.text()
        return person(client, await response.json())
