"""What signing in somewhere else is, whatever is spoken there: a browser that leaves, comes back, and is somebody.

    Upstream
    ├── oidc.OidcClient      OpenID Connect: a signed ID token says who it is
    └── oauth2.OAuth2Client  OAuth 2.0 alone: the provider is asked who it is, with the token it just gave

Who somebody is, is (issuer, subject). An e-mail address is only what the provider wrote down: two providers may say
the same one, and one may let anybody say any (ASVS 6.8.1).
"""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol
from urllib.parse import quote_plus

from auth.upstream.providers import Provider
from relay.kernel.outbound import Bounds, Outbound, OutboundError, Reply

BOUNDS: Final = Bounds(most=256 * 1024, within_s=10)
"""Key sets with certificates in them have some tens of kilobytes."""

LONGEST_SUBJECT: Final = 500
"""OpenID Connect Core 2 allows 255; also a CHECK in the schema."""
LONGEST_EMAIL: Final = 254


class ProviderFailed(Exception):
    """The provider cannot be reached, or its answer is not what the specification asks for."""


class LoginRefused(Exception):
    """What came back is not the end of what was begun, or proves nothing."""


@dataclass(frozen=True, slots=True)
class Begun:
    """What one sign-in at a provider is recognised by."""

    state: str
    nonce: str
    verifier: str

    @property
    def challenge(self) -> str:
        """Of PKCE, S256 (RFC 7636 4.2)."""
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")


@dataclass(frozen=True, slots=True)
class Claims:
    """`email` is what the provider says, for people to recognise; it identifies nobody."""

    issuer: str
    subject: str
    email: str


class Upstream(Protocol):
    """One provider."""

    @property
    def provider(self) -> Provider: ...

    async def address(self, begun: Begun, *, again: bool) -> str:
        """Return where the browser is sent; `again` asks the provider not to wave through who is signed in there."""

    async def claims(self, query: Mapping[str, str], begun: Begun) -> Claims:
        """Return who came back, or raise LoginRefused or ProviderFailed."""


def basic(provider: Provider) -> str:
    """Return how a client proves itself in a header (RFC 6749 2.3.1)."""
    pair = f"{quote_plus(provider.client_id)}:{quote_plus(provider.client_secret)}"
    return f"Basic {base64.b64encode(pair.encode()).decode()}"


async def fetched(outbound: Outbound, url: str, **headers: str) -> Reply:
    try:
        return await outbound.get(url, headers={"Accept": "application/json", **headers}, bounds=BOUNDS)
    except OutboundError as error:
        raise ProviderFailed(str(error)) from None


async def posted(outbound: Outbound, url: str, form: str, **headers: str) -> Reply:
    sent = {"Content-Type": "application/x-www-form-urlencoded", "Accept": "application/json", **headers}
    try:
        return await outbound.post(url, form.encode(), headers=sent, bounds=BOUNDS)
    except OutboundError as error:
        raise ProviderFailed(str(error)) from None


def parsed(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError):
        raise ProviderFailed("its answer is not JSON") from None


def object_in(body: bytes) -> dict[str, Any]:
    found = parsed(body)
    if not isinstance(found, dict):
        raise ProviderFailed("its answer is not an object")
    return found


def subject_in(said: object) -> str:
    """Return a user's id as it is kept. A number is one in its own way; true, 1.0 and nothing are none."""
    subject = str(said) if isinstance(said, str | int) and not isinstance(said, bool) else ""
    if not 0 < len(subject) <= LONGEST_SUBJECT or not subject.isprintable():
        raise ProviderFailed("it does not say whose id this is")
    return subject


def email_in(said: object) -> str:
    """Return an address as it is shown; what is none is left out."""
    fits = isinstance(said, str) and len(said) <= LONGEST_EMAIL and said.isprintable() and "@" in said
    return str(said) if fits else ""
