"""The authorization server over HTTP."""

from auth.routes.oauth import authorize, device_page, endpoints, grants, metadata
from relay.kernel.operation import Operation


def operations() -> list[Operation]:
    return [
        *endpoints.operations,
        *authorize.operations,
        *device_page.operations,
        *grants.operations,
        *metadata.operations,
    ]
