"""What owners call and see: the API under /api/v1 and a few pages for a browser."""

from auth.routes import (
    account_page,
    accounts,
    agents,
    api_keys,
    assets,
    audit,
    confirm,
    confirm_page,
    identities,
    invites,
    letter_page,
    letters,
    oauth,
    orgs,
    owner_page,
    pages,
    passkey_page,
    passkeys,
    sessions,
    whoami,
)
from relay.kernel.operation import Operation


def operations() -> list[Operation]:
    return [
        *accounts.operations,
        *whoami.operations,
        *confirm.operations,
        *sessions.operations,
        *orgs.operations,
        *invites.operations,
        *audit.operations,
        *passkeys.operations,
        *letters.operations,
        *identities.operations,
        *agents.operations,
        *api_keys.operations,
        *pages.operations,
        *confirm_page.operations,
        *owner_page.operations,
        *account_page.operations,
        *sessions.pages,
        *oauth.operations(),
        *letter_page.operations,
        *identities.pages,
        *passkey_page.operations,
        *assets.operations,
    ]
