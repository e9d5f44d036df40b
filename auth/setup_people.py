"""Put together how humans sign in, and what they do with their accounts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from aiohttp import web

from auth import keys
from auth.mail import mail
from auth.passkeys import WebAuthn
from auth.passwords import Passwords
from auth.services.admission import Admission
from auth.services.confirm import ConfirmService
from auth.services.data_export import DataExport
from auth.services.deletion import DeletionService
from auth.services.first_owner import FirstOwnerService
from auth.services.flows import Flows
from auth.services.identities import IdentityService
from auth.services.letters import LetterService
from auth.services.notes import Notes
from auth.services.passkeys import PasskeyService
from auth.services.password_change import PasswordChange
from auth.services.recovery import RecoveryService
from auth.services.sign_in import SignInService
from auth.services.sign_up import SignUpService
from auth.services.throttle import Throttle
from auth.store.data_export import ExportStore
from auth.store.deletion import DeletionStore
from auth.store.flows import FlowStore
from auth.store.identities import IdentityStore
from auth.store.passkeys import PasskeyStore
from auth.store.recovery import RecoveryStore
from auth.store.sessions import SessionStore
from auth.upstream.clients import client_of
from relay.kernel.loops import running
from relay.services.keys import CHANCE, CLOCK, DATABASE, DEVICES, JOURNAL, JOURNAL_STORE, OUTBOUND, REQUESTS

FORGET_EVERY_S: Final = 3600.0


@asynccontextmanager
async def people(app: web.Application, passwords: Passwords) -> AsyncIterator[None]:
    """Offer the ways to sign in. Accounts and sessions must be there."""
    clock, chance, journal, settings = app[CLOCK], app[CHANCE], app[JOURNAL], app[keys.AUTH_SETTINGS]
    accounts, sessions, throttle = app[keys.ACCOUNTS], app[keys.SESSIONS], Throttle(clock)
    flows = Flows(store=FlowStore(app[DATABASE]), clock=clock, chance=chance)
    recovery = RecoveryStore(app[DATABASE])
    admission = Admission(accounts=accounts, recovery=recovery, sessions=sessions)
    app[keys.FIRST_OWNER] = FirstOwnerService(
        accounts=accounts, sessions=sessions, passwords=passwords, journal=journal, clock=clock, chance=chance
    )
    app[keys.SIGN_IN] = SignInService(accounts=accounts, admission=admission, passwords=passwords, throttle=throttle)
    app[keys.CONFIRM] = ConfirmService(accounts=accounts, sessions=sessions, passwords=passwords, throttle=throttle)
    app[keys.PASSKEYS] = PasskeyService(
        store=PasskeyStore(app[DATABASE]),
        recovery=recovery,
        flows=flows,
        sessions=sessions,
        admission=admission,
        webauthn=WebAuthn.of(settings),
        notes=Notes(journal),
        clock=clock,
        chance=chance,
    )
    app[keys.IDENTITIES] = IdentityService(
        clients=[client_of(one, app[OUTBOUND], clock, settings.public_url) for one in settings.providers],
        store=IdentityStore(app[DATABASE]),
        flows=flows,
        sessions=sessions,
        admission=admission,
        notes=Notes(journal),
        clock=clock,
        chance=chance,
    )
    async with (
        mail(settings.smtp, settings.mail_from or f"hitl-relay@{settings.host}", clock) as post,
        running("old flows", FORGET_EVERY_S, flows.forget_old),
    ):
        app[keys.MAIL] = post
        url = settings.public_url
        change = PasswordChange(
            accounts=accounts, passwords=passwords, sessions=sessions, mail=post, journal=journal, url=url
        )
        app[keys.PASSWORD_CHANGE] = change
        app[keys.RECOVERY] = RecoveryService(
            store=recovery,
            accounts=accounts,
            passwords=passwords,
            change=change,
            flows=flows,
            sessions=sessions,
            admission=admission,
            mail=post,
            journal=journal,
            url=url,
            clock=clock,
            chance=chance,
        )
        app[keys.LETTERS] = LetterService(
            accounts=accounts,
            flows=flows,
            sessions=sessions,
            admission=admission,
            mail=post,
            url=url,
            clock=clock,
            chance=chance,
        )
        app[keys.DELETION] = deletion = DeletionService(
            store=DeletionStore(app[DATABASE]),
            accounts=accounts,
            sessions=sessions,
            cache=app[keys.AUTH_CACHE],
            mail=post,
            notes=Notes(journal),
            url=url,
            clock=clock,
        )
        app[keys.SIGN_UP] = SignUpService(
            mode=settings.sign_up,
            accounts=accounts,
            passwords=passwords,
            sessions=sessions,
            invites=app[keys.INVITES],
            flows=flows,
            mail=post,
            journal=journal,
            url=url,
            clock=clock,
            chance=chance,
        )
        app[keys.DATA_EXPORT] = DataExport(
            orgs=app[keys.ORG_STORE],
            sessions=SessionStore(app[DATABASE]),
            passkeys=PasskeyStore(app[DATABASE]),
            identities=IdentityStore(app[DATABASE]),
            more=ExportStore(app[DATABASE]),
            devices=app[DEVICES],
            requests=app[REQUESTS],
            journal=app[JOURNAL_STORE],
            notes=Notes(journal),
            clock=clock,
        )
        async with running("deletions", FORGET_EVERY_S, deletion.sweep):
            yield
