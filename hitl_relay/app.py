"""The application factory: the one place that knows every package."""

import datetime as dt
import gc
import os
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from aiohttp import web

import auth
import mcp_endpoint
import mobile_api
import push
import rest_api
from auth.keys import AUTH_SETTINGS, AuthSettings
from auth.oauth_setup import protected
from auth.response_headers import fixed_lines
from auth.services.rate_limits import STANDING
from auth.upstream.providers import Provider, together
from hitl_relay import __version__
from hitl_relay.edge import edge
from hitl_relay.settings import Settings
from mcp_endpoint.door import Door, relay_protocol
from mcp_endpoint.keys import DOOR
from mobile_api.keys import SOCKETS, WEB_APP
from mobile_api.session import Close, CloseCode
from mobile_api.web_app import Files, load
from push.keys import PUSH_SETTINGS
from relay.bus import LocalBus
from relay.domain.clock import Clock, SystemClock
from relay.domain.ids import Chance
from relay.kernel.metrics import Metrics
from relay.kernel.operation import Operation, register
from relay.kernel.outbound import OutboundRules, outbound
from relay.kernel.problem import PROTECTED
from relay.kernel.settings import BadSettings, Secret
from relay.kernel.waiting import FIXED_HEADERS
from relay.services.broker import broker, broker_loops
from relay.services.keys import HUB, METRICS, OUTBOUND
from relay.store.database import Database
from relay.store.migrate import Migration, migrate, migrations_of
from rest_api.keys import OPENAPI, VERSION
from rest_api.openapi import document

Context = Callable[[web.Application], AbstractAsyncContextManager[None]]

SETTINGS = web.AppKey("settings", Settings)


def operations() -> list[Operation]:
    """Return every operation of every door, in the order they are documented."""
    return [*rest_api.operations(), *mcp_endpoint.operations(), *mobile_api.operations(), *auth.operations()]


def migrations() -> list[Migration]:
    return [*migrations_of("relay", "relay.store"), *migrations_of("auth", "auth.store")]


def create_app(
    settings: Settings,
    database_url: Secret,
    *,
    clock: Clock | None = None,
    chance: Chance = os.urandom,
    loops: bool = True,
    web_app: Files | None = None,
) -> web.Application:
    """Build the application; nothing is opened until it starts.

    Tests pass a clock they move by hand, `loops=False` to run expiry and the rest themselves, and a web app
    of their own.
    """
    app = web.Application(middlewares=[edge], client_max_size=settings.max_body)
    app[SETTINGS], app[METRICS], app[VERSION] = settings, Metrics(), __version__
    app[OPENAPI], app[WEB_APP] = api_document(), load() if web_app is None else web_app
    app[PUSH_SETTINGS] = settings.push
    app[DOOR] = Door(relay_protocol(__version__))
    _check_names(settings)
    app[AUTH_SETTINGS] = AuthSettings(
        public_url=settings.url,
        metrics_token=settings.metrics_token,
        # `serve` gives a secret of its own. Without one the database's address is a secret that lasts, and that a copy
        # of the database does not hold.
        secret=settings.secret or database_url,
        token_life=dt.timedelta(hours=settings.token_hours),
        client_documents=settings.client_documents == "on" and settings.outbound == "on",
        trusted_proxies=settings.trusted_proxies,
        limits=dict(settings.limits),
        passkey_origins=settings.passkey_origins,
        providers=_providers(settings),
        sign_up=settings.sign_up,
        smtp=settings.smtp_url,
        mail_from=settings.mail_from,
    )
    app[FIXED_HEADERS] = fixed_lines(app[AUTH_SETTINGS])
    app[PROTECTED] = protected(app[AUTH_SETTINGS])
    register(app, operations())
    # Opened in this order, closed in the reverse.
    app.cleanup_ctx.append(_ground(database_url, clock or SystemClock(), chance))
    app.cleanup_ctx.append(_way_out)
    app.cleanup_ctx.append(push.push)
    app.cleanup_ctx.append(auth.auth)
    app.cleanup_ctx.append(mobile_api.devices)
    if loops:
        app.cleanup_ctx.append(broker_loops)
        app.cleanup_ctx.append(auth.auth_loops)
        app.cleanup_ctx.append(push.push_loops)
        app.cleanup_ctx.append(mcp_endpoint.mcp_loops)
        app.cleanup_ctx.append(mobile_api.device_loops)
        app.cleanup_ctx.append(_few_collections)
    app.on_shutdown.append(_farewell)
    return app


def _check_names(settings: Settings) -> None:
    """Refuse numbers for limits that do not exist: whoever mistypes one believes it is there."""
    known = {limit.name for limit in (*STANDING, *(limit for o in operations() for limit in o.limits))}
    if unknown := {name for name, _ in settings.limits} - known:
        raise BadSettings(f"HITL_LIMITS: must be names of {', '.join(sorted(known))}, not {', '.join(sorted(unknown))}")


def _providers(settings: Settings) -> tuple[Provider, ...]:
    try:
        return together(settings.oidc, settings.oauth2)
    except ValueError as error:
        raise BadSettings(f"HITL_OIDC, HITL_OAUTH2: {error}") from None


def api_document() -> dict[str, object]:
    return document([o for o in operations() if o.path.startswith(("/api/", "/healthz", "/readyz"))], __version__)


def _ground(url: Secret, clock: Clock, chance: Chance) -> Context:
    @asynccontextmanager
    async def ground(app: web.Application) -> AsyncIterator[None]:
        """Bring the database up to date and open the broker on it."""
        await migrate(url, migrations())
        database = Database(url)
        await database.open()
        keep = dt.timedelta(days=app[SETTINGS].retention_days)
        sealed = dt.timedelta(hours=app[SETTINGS].sealed_hours)
        try:
            async with broker(app, database, LocalBus(), clock=clock, chance=chance, keep=keep, keep_sealed=sealed):
                yield
        finally:
            await database.close()

    return ground


@asynccontextmanager
async def _way_out(app: web.Application) -> AsyncIterator[None]:
    settings = app[SETTINGS]
    async with outbound(OutboundRules(on=settings.outbound == "on", allow=settings.outbound_allow)) as app[OUTBOUND]:
        yield


@asynccontextmanager
async def _few_collections(_app: web.Application) -> AsyncIterator[None]:
    """Look for garbage cycles rarely: ten thousand idle connections are a heap worth scanning seldom."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


async def _farewell(app: web.Application) -> None:
    """Stopping: waiting calls get a typed `pending` and can be repeated, devices are told to come back."""
    app[HUB].release_all()
    app[SOCKETS].close_all(Close(CloseCode.RESTARTING, "the relay is restarting; connect again"))
