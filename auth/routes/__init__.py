"""What owners call and see: the API under /api/v1 and a few pages for a browser."""

from auth.routes import accounts, agents, api_keys, audit, invites, orgs, owner_page, pages, whoami
from relay.kernel.operation import Operation


def operations() -> list[Operation]:
    return [
        *accounts.operations,
        *whoami.operations,
        *orgs.operations,
        *invites.operations,
        *audit.operations,
        *agents.operations,
        *api_keys.operations,
        *pages.operations,
        *owner_page.operations,
    ]
