"""Which client speaks with which kind of provider."""

from auth.upstream.client import Upstream
from auth.upstream.oauth2 import OAuth2Client
from auth.upstream.oidc import OidcClient
from auth.upstream.providers import OidcProvider, Provider
from relay.domain.clock import Clock
from relay.kernel.outbound import Outbound


def client_of(provider: Provider, outbound: Outbound, clock: Clock, public_url: str) -> Upstream:
    back = f"{public_url}/sign-in/back/{provider.name}"
    if isinstance(provider, OidcProvider):
        return OidcClient(provider, outbound, clock, back)
    return OAuth2Client(provider, outbound, back)
