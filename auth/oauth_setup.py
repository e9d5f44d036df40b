"""Put the authorization server together, beside the rest of auth."""

import datetime as dt
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from auth import keys
from auth.oauth.entities import SHORT_LIFE
from auth.oauth.metadata import metadata_address
from auth.oauth.policy import Policy
from auth.oauth.scopes import RESOURCE_SCOPES
from auth.services.access_tokens import AccessTokens
from auth.services.auth_cache import AuthCache
from auth.services.consents import ConsentService
from auth.services.decisions import Decisions
from auth.services.grants import GrantService
from auth.services.notes import Notes
from auth.services.oauth_clients import OAuthClients
from auth.services.signing_keys import TEND_EVERY_S, SigningKeys
from auth.services.tokens import TokenService
from auth.services.tries import Tries
from auth.settings import AuthSettings
from auth.store.oauth_clients import OAuthClientStore
from auth.store.oauth_exchange import ExchangeStore
from auth.store.oauth_grants import GrantStore
from auth.store.signing_keys import SigningKeyStore
from relay.kernel.loops import running
from relay.kernel.problem import Protected
from relay.services.keys import CHANCE, CLOCK, DATABASE, JOURNAL, OUTBOUND

FORGET_EVERY_S: Final = 3600.0


def policy_of(settings: AuthSettings) -> Policy:
    return Policy(issuer=settings.public_url, long_life=settings.token_life, documents=settings.client_documents)


def protected(settings: AuthSettings) -> Protected:
    """Return how the guard tells a program that is turned away where to get a token."""
    policy = policy_of(settings)
    return Protected(functools.partial(metadata_address, policy), " ".join(RESOURCE_SCOPES))


@asynccontextmanager
async def oauth(app: web.Application, *, cache: AuthCache, grants: GrantStore) -> AsyncIterator[AccessTokens]:
    """Offer the authorization server's services; give what verifies its tokens."""
    clock, chance, journal, database = app[CLOCK], app[CHANCE], app[JOURNAL], app[DATABASE]
    settings = app[keys.AUTH_SETTINGS]
    policy = policy_of(settings)
    signing = SigningKeys(
        store=SigningKeyStore(database),
        clock=clock,
        chance=chance,
        secret=settings.secret,
        longest_life=max(SHORT_LIFE, policy.long_life),
    )
    await signing.tend()
    access_tokens = AccessTokens(keys=signing, grants=grants, policy=policy, clock=clock)
    clients = OAuthClients(
        store=OAuthClientStore(database),
        outbound=app[OUTBOUND] if policy.documents else None,
        clock=clock,
        chance=chance,
    )
    decisions = Decisions(
        store=ExchangeStore(database),
        keys=signing,
        policy=policy,
        cache=cache,
        journal=journal,
        clock=clock,
        chance=chance,
    )
    grant_service = GrantService(
        store=grants, access_tokens=access_tokens, cache=cache, notes=Notes(journal), clock=clock
    )
    app[keys.OAUTH_POLICY], app[keys.SIGNING_KEYS], app[keys.OAUTH_CLIENTS] = policy, signing, clients
    app[keys.TOKENS] = TokenService(
        decisions=decisions, access_tokens=access_tokens, clients=clients, limits=app[keys.RATE_LIMITS]
    )
    app[keys.CONSENTS] = ConsentService(decisions=decisions, clients=clients, agents=app[keys.AGENT_SERVICE])
    app[keys.GRANTS] = grant_service
    app[keys.DEVICE_TRIES] = Tries(clock, most=5, within=dt.timedelta(minutes=15))
    async with (
        running("signing keys", TEND_EVERY_S, signing.tend),
        running("ended grants", FORGET_EVERY_S, grant_service.forget_ended),
        running("unused clients", FORGET_EVERY_S, clients.forget_unused),
    ):
        yield access_tokens
