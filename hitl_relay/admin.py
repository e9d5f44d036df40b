"""What the machine's administrator does without the web: make the owner, get a setup link, check the log's seals."""

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager

from aiohttp import web

from auth.entities import Visit
from auth.keys import FIRST_OWNER, RECOVERY, SIGNING_KEYS
from auth.routes.wire import SetupBody
from hitl_relay.app import create_app
from hitl_relay.ground import ground
from hitl_relay.secret import with_secret
from hitl_relay.settings import Settings
from push.keys import VENDORS
from push.provider import Check, Vendor
from relay.domain.errors import HitlError
from relay.kernel.body import parse_model
from relay.services.keys import JOURNAL_STORE, SEAL


class AdminRefused(Exception):
    """The command cannot be carried out; the message says why."""


async def create_owner(settings: Settings, environ: Mapping[str, str], *, email: str, name: str, password: str) -> None:
    async with _application(settings, environ) as app:
        owner = app[FIRST_OWNER]
        code = await owner.new_code()
        if code is None:
            raise AdminRefused("This relay has an owner already.")
        given = {"code": code, "email": email, "name": name, "password": password}
        body = parse_model(json.dumps(given), SetupBody)
        visit = Visit(user_agent="hitl-relay admin")
        await owner.create(code, email=body.email, name=body.name, password=body.password, visit=visit)


async def setup_link(settings: Settings, environ: Mapping[str, str]) -> str:
    async with _application(settings, environ) as app:
        code = await app[FIRST_OWNER].new_code()
        if code is None:
            raise AdminRefused("This relay has an owner already; sign in instead.")
        return f"{settings.url}/setup?code={code}"


async def reset_link(settings: Settings, environ: Mapping[str, str], *, email: str) -> str:
    """Return a link with which an account's human sets a new password; it works once, for an hour."""
    async with _application(settings, environ) as app:
        return await app[RECOVERY].reset_link(email)


async def check_push(settings: Settings, environ: Mapping[str, str]) -> list[tuple[str, Check]]:
    """Show every push service its credentials; return what each says."""
    async with _application(settings, environ) as app:
        return [(vendor.value, await app[VENDORS].try_out(vendor)) for vendor in Vendor]


async def verify_log(settings: Settings, environ: Mapping[str, str]) -> list[tuple[str, int, int | None]]:
    """Return, for each account, how many sealed entries hold and where the chain first breaks (None: nowhere)."""
    async with _application(settings, environ) as app:
        await app[SEAL].seal()
        accounts = await app[JOURNAL_STORE].accounts()
        return [(str(account), *await app[SEAL].verify(account)) for account in accounts]


async def rotate_signing_key(settings: Settings, environ: Mapping[str, str]) -> str:
    """Sign access tokens with a new key from now on; return its id."""
    async with _application(settings, environ) as app:
        return await app[SIGNING_KEYS].rotate()


@asynccontextmanager
async def _application(settings: Settings, environ: Mapping[str, str]) -> AsyncIterator[web.Application]:
    """Open the application without listening, and without its loops."""
    settings = with_secret(settings, environ)
    async with ground(settings, environ, share=True) as ground_:
        runner = web.AppRunner(create_app(settings, ground_.url, loops=False), access_log=None)
        try:
            await runner.setup()
            yield runner.app
        except HitlError as error:
            raise AdminRefused(str(error)) from error
        finally:
            await runner.cleanup()
