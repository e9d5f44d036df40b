"""Where the application keeps what auth offers; doors import the key, so `app[SESSIONS]` has a type."""

from aiohttp import web

from auth.mail import Mail
from auth.oauth.policy import Policy
from auth.services.agents import AgentService
from auth.services.api_keys import ApiKeyService
from auth.services.audit import AuditService
from auth.services.auth_cache import AuthCache
from auth.services.authenticate import Authenticator
from auth.services.confirm import ConfirmService
from auth.services.consents import ConsentService
from auth.services.data_export import DataExport
from auth.services.deletion import DeletionService
from auth.services.first_owner import FirstOwnerService
from auth.services.grants import GrantService
from auth.services.identities import IdentityService
from auth.services.invites import InviteService
from auth.services.leases import Leases
from auth.services.letters import LetterService
from auth.services.members import MemberService
from auth.services.oauth_clients import OAuthClients
from auth.services.orgs import OrgService
from auth.services.passkeys import PasskeyService
from auth.services.password_change import PasswordChange
from auth.services.rate_limits import RateLimits
from auth.services.recovery import RecoveryService
from auth.services.revocations import Revocations
from auth.services.sessions import SessionService
from auth.services.sign_in import SignInService
from auth.services.sign_up import SignUpService
from auth.services.signing_keys import SigningKeys
from auth.services.tokens import TokenService
from auth.services.tries import Tries
from auth.services.usage import Usage
from auth.settings import AuthSettings
from auth.store.accounts import AccountStore
from auth.store.orgs import OrgStore

AUTH_SETTINGS = web.AppKey("auth_settings", AuthSettings)
"""Put there by the roof before the application starts; everything else by `auth.setup.auth`."""

AUTHENTICATOR = web.AppKey("authenticator", Authenticator)
USAGE = web.AppKey("usage", Usage)
RATE_LIMITS = web.AppKey("rate_limits", RateLimits)
LEASES = web.AppKey("leases", Leases)
REVOCATIONS = web.AppKey("revocations", Revocations)
AUTH_CACHE = web.AppKey("auth_cache", AuthCache)
ACCOUNTS = web.AppKey("accounts", AccountStore)
FIRST_OWNER = web.AppKey("first_owner", FirstOwnerService)
SIGN_IN = web.AppKey("sign_in", SignInService)
CONFIRM = web.AppKey("confirm", ConfirmService)
IDENTITIES = web.AppKey("identities", IdentityService)
LETTERS = web.AppKey("letters", LetterService)
MAIL = web.AppKey("mail", Mail)
DATA_EXPORT = web.AppKey("data_export", DataExport)
DELETION = web.AppKey("deletion", DeletionService)
SIGN_UP = web.AppKey("sign_up", SignUpService)
PASSWORD_CHANGE = web.AppKey("password_change", PasswordChange)
RECOVERY = web.AppKey("recovery", RecoveryService)
PASSKEYS = web.AppKey("passkeys", PasskeyService)
SESSIONS = web.AppKey("sessions", SessionService)
AGENT_SERVICE = web.AppKey("agent_service", AgentService)
API_KEYS = web.AppKey("api_keys", ApiKeyService)
SIGNING_KEYS = web.AppKey("signing_keys", SigningKeys)
OAUTH_CLIENTS = web.AppKey("oauth_clients", OAuthClients)
OAUTH_POLICY = web.AppKey("oauth_policy", Policy)
CONSENTS = web.AppKey("consents", ConsentService)
TOKENS = web.AppKey("tokens", TokenService)
GRANTS = web.AppKey("grants", GrantService)
DEVICE_TRIES = web.AppKey("device_tries", Tries)
ORG_STORE = web.AppKey("org_store", OrgStore)
ORGS = web.AppKey("orgs", OrgService)
MEMBERS = web.AppKey("members", MemberService)
INVITES = web.AppKey("invites", InviteService)
AUDIT = web.AppKey("audit", AuditService)

__all__ = [
    "ACCOUNTS",
    "AGENT_SERVICE",
    "API_KEYS",
    "AUDIT",
    "AUTHENTICATOR",
    "AUTH_CACHE",
    "AUTH_SETTINGS",
    "CONFIRM",
    "CONSENTS",
    "DATA_EXPORT",
    "DELETION",
    "DEVICE_TRIES",
    "FIRST_OWNER",
    "GRANTS",
    "IDENTITIES",
    "INVITES",
    "LEASES",
    "LETTERS",
    "MAIL",
    "MEMBERS",
    "OAUTH_CLIENTS",
    "OAUTH_POLICY",
    "ORGS",
    "ORG_STORE",
    "PASSKEYS",
    "PASSWORD_CHANGE",
    "RATE_LIMITS",
    "RECOVERY",
    "REVOCATIONS",
    "SESSIONS",
    "SIGNING_KEYS",
    "SIGN_IN",
    "SIGN_UP",
    "TOKENS",
    "USAGE",
    "AuthSettings",
]
