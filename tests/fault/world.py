"""Who lives in a database of the fault suite: two accounts, each with agents and two devices. Only credentials."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import aiohttp
from aiohttp import web

from auth.keys import FIRST_OWNER
from hitl_relay.serve import listening
from hitl_relay.settings import Settings
from relay.kernel.settings import Secret
from tests.strangers import add_stranger

PASSWORD = "correct horse battery staple"
AGENTS = 3
DEVICES = ("phone", "laptop")


@dataclass(frozen=True)
class DeviceLogin:
    name: str
    device_id: str
    token: str


@dataclass(frozen=True)
class Household:
    """One account with what belongs to it."""

    account_id: str
    agent_keys: tuple[str, ...]
    devices: tuple[DeviceLogin, ...]


World = tuple[Household, ...]


async def populate(url: Secret) -> World:
    """Make the world through the relay's own doors, on an empty database."""
    settings = Settings(host="127.0.0.1", port=0)
    async with listening(settings, url) as (app, port), aiohttp.ClientSession(f"http://127.0.0.1:{port}") as session:
        emails = ["ada@example.org", "eve@example.org"]
        await _first_owner(app, session, emails[0])
        await add_stranger(app, emails[1], PASSWORD)
        return tuple([await _household(session, email) for email in emails])


async def _first_owner(app: web.Application, session: aiohttp.ClientSession, email: str) -> None:
    code = await app[FIRST_OWNER].new_code()
    body = {"code": code, "email": email, "name": "Ada", "password": PASSWORD}
    await _post(session, "/api/v1/auth/setup", body)


async def _household(session: aiohttp.ClientSession, email: str) -> Household:
    logins, keys, account = [], [], ""
    for name in DEVICES:
        signed_in = await _post(session, "/api/v1/auth/sign-in", {"email": email, "password": PASSWORD})
        token, account = signed_in["token"], signed_in["account"]["id"]
        made = await _post(session, "/api/v1/mobile/devices", {"name": name, "kind": "phone"}, token)
        logins.append(DeviceLogin(name, made["device_id"], token))
    for number in range(AGENTS):
        key = {"description": "fault", "agent_name": f"bot-{number}"}
        keys.append((await _post(session, "/api/v1/api-keys", key, logins[0].token))["api_key"])
    return Household(account, tuple(keys), tuple(logins))


async def _post(session: aiohttp.ClientSession, path: str, body: Mapping[str, Any], token: str = "") -> dict[str, Any]:
    session.cookie_jar.clear()
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with session.post(path, json=body, headers=headers) as reply:
        assert reply.status in {200, 201}, await reply.text()
        document: dict[str, Any] = await reply.json()
        return document
