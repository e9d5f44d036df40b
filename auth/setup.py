"""Put auth together: stores on the database, services on stores, all where the doors find them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from typing import Final

from aiohttp import web

from auth import keys
from auth.callers import CALLERS, Callers
from auth.oauth_setup import oauth
from auth.org_setup import organizations
from auth.passwords import Passwords
from auth.response_headers import complete
from auth.services.auth_cache import AuthCache
from auth.services.authenticate import Authenticator
from auth.services.leases import Leases
from auth.services.rate_limits import RateLimits
from auth.services.revocations import LISTEN_EVERY_S, Revocations
from auth.services.sessions import SessionService
from auth.services.usage import FLUSH_EVERY_S, Usage
from auth.setup_people import people
from auth.store.accounts import AccountStore
from auth.store.api_keys import ApiKeyStore
from auth.store.oauth_grants import GrantStore
from auth.store.revocations import RevocationStore
from auth.store.sessions import SessionStore
from relay.domain.errors import Unavailable
from relay.kernel.loops import running
from relay.kernel.operation import OPERATIONS
from relay.services.keys import AGENTS, CHANCE, CLOCK, DATABASE, JOURNAL

FORGET_EVERY_S: Final = 3600.0


@asynccontextmanager
async def auth(app: web.Application) -> AsyncIterator[None]:
    """Offer auth's services. The broker must be open; `AUTH_SETTINGS` must be set."""
    clock, chance, journal, agents = app[CLOCK], app[CHANCE], app[JOURNAL], app[AGENTS]
    database, settings = app[DATABASE], app[keys.AUTH_SETTINGS]
    accounts, session_store, key_store = AccountStore(database), SessionStore(database), ApiKeyStore(database)
    cache, passwords = AuthCache(), Passwords()
    grants = GrantStore(database)
    usage = Usage(sessions=session_store, keys=key_store, grants=grants, agents=agents)
    sessions = SessionService(store=session_store, journal=journal, cache=cache, clock=clock, chance=chance)
    app[keys.ACCOUNTS], app[keys.AUTH_CACHE], app[keys.SESSIONS], app[keys.USAGE] = accounts, cache, sessions, usage
    app[CALLERS] = Callers(settings.trusted_proxies)
    limits = [limit for operation in app[OPERATIONS].values() for limit in operation.limits]
    app[keys.RATE_LIMITS] = RateLimits(limits, settings.limits, clock)
    app[keys.LEASES] = Leases(cache)
    revocations = Revocations(store=RevocationStore(database), cache=cache, clock=clock)
    app[keys.REVOCATIONS] = revocations
    organizations(app, accounts=accounts, key_store=key_store, cache=cache)
    app.on_response_prepare.append(complete)
    await revocations.start()
    try:
        async with (
            running("usage", FLUSH_EVERY_S, usage.flush),
            people(app, passwords),
            running("heard revocations", FORGET_EVERY_S, revocations.forget),
            running("ended sessions", FORGET_EVERY_S, sessions.forget_ended),
            oauth(app, cache=cache, grants=grants) as access_tokens,
            running("expired invitations", FORGET_EVERY_S, app[keys.INVITES].forget_expired),
        ):
            app[keys.AUTHENTICATOR] = Authenticator(
                sessions=session_store,
                keys=key_store,
                access_tokens=access_tokens,
                agents=agents,
                cache=cache,
                usage=usage,
                clock=clock,
            )
            yield
    finally:
        passwords.close()
        with suppress(Unavailable):
            await usage.flush()


@asynccontextmanager
async def auth_loops(app: web.Application) -> AsyncIterator[None]:
    """Hear what other processes revoke."""
    async with running("revocations", LISTEN_EVERY_S, app[keys.REVOCATIONS].listen):
        yield
