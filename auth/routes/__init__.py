"""What owners call and see: the API under /api/v1 and a few pages for a browser."""

from auth.routes import (
    account_page,
    accounts,
    agents,
    api_keys,
    assets,
    confirm,
    confirm_page,
    identities,
    letter_page,
    letters,
    owner_page,
    pages,
    passkey_page,
    passkeys,
    recovery,
    recovery_page,
    sessions,
)
from relay.kernel.operation import Operation


def operations() -> list[Operation]:
    return [
        *accounts.operations,
        *confirm.operations,
        *sessions.operations,
        *passkeys.operations,
        *letters.operations,
        *identities.operations,
        *recovery.operations,
        *agents.operations,
        *api_keys.operations,
        *pages.operations,
        *confirm_page.operations,
        *owner_page.operations,
        *account_page.operations,
        *sessions.pages,
        *letter_page.operations,
        *identities.pages,
        *recovery_page.operations,
        *passkey_page.operations,
        *assets.operations,
    ]
