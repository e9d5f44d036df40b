"""Put together what concerns organizations: members, invitations, agents, keys, the audit."""

from aiohttp import web

from auth import keys
from auth.services.agents import AgentService
from auth.services.api_keys import ApiKeyService
from auth.services.audit import AuditService
from auth.services.auth_cache import AuthCache
from auth.services.invites import InviteService
from auth.services.members import MemberService
from auth.services.notes import Notes
from auth.services.orgs import OrgService, Standings
from auth.services.withdrawal import Withdrawal
from auth.store.accounts import AccountStore
from auth.store.api_keys import ApiKeyStore
from auth.store.invites import InviteStore
from auth.store.orgs import OrgStore
from relay.services.keys import AGENTS, ASK, CHANCE, CLOCK, DATABASE, JOURNAL, REQUESTS
from relay.store.audit import AuditStore


def organizations(app: web.Application, *, accounts: AccountStore, key_store: ApiKeyStore, cache: AuthCache) -> None:
    """Offer the services of organizations. The broker must be open."""
    clock, chance, journal, database = app[CLOCK], app[CHANCE], app[JOURNAL], app[DATABASE]
    agents, orgs = app[AGENTS], OrgStore(database)
    notes, standings = Notes(journal), Standings(accounts)
    withdrawal = Withdrawal(requests=app[REQUESTS], ask=app[ASK])
    app[keys.ORG_STORE] = orgs
    app[keys.ORGS] = OrgService(
        store=orgs,
        standings=standings,
        notes=notes,
        cache=cache,
        withdrawal=withdrawal,
        clock=clock,
        chance=chance,
    )
    app[keys.MEMBERS] = MemberService(
        store=orgs, standings=standings, notes=notes, cache=cache, withdrawal=withdrawal, clock=clock
    )
    app[keys.INVITES] = InviteService(
        store=InviteStore(database),
        accounts=accounts,
        standings=standings,
        notes=notes,
        journal=journal,
        cache=cache,
        clock=clock,
        chance=chance,
    )
    app[keys.AGENT_SERVICE] = AgentService(
        store=agents,
        accounts=accounts,
        keys=key_store,
        notes=notes,
        cache=cache,
        withdrawal=withdrawal,
        clock=clock,
        chance=chance,
    )
    app[keys.API_KEYS] = ApiKeyService(store=key_store, notes=notes, cache=cache, clock=clock, chance=chance)
    app[keys.AUDIT] = AuditService(
        store=AuditStore(database), orgs=orgs, agents=agents, standings=standings, notes=notes
    )
