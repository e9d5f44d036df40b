"""What owners call and see: the API under /api/v1 and a few pages for a browser."""

from auth.routes import accounts, agents, api_keys, owner_page, pages
from relay.kernel.operation import Operation


def operations() -> list[Operation]:
    return [
        *accounts.operations,
        *agents.operations,
        *api_keys.operations,
        *pages.operations,
        *owner_page.operations,
    ]
