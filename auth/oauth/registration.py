"""Dynamic client registration: RFC 7591. What a program says about itself, and which of it is taken.

authlib's endpoint for this takes any scheme and host in a redirect URI and gives secrets to public clients, so nothing
of it is used here. Everything a program may say is bounded; what it says of logos and homes is not kept at all.
"""

import datetime as dt
from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from auth.oauth import redirects, scopes
from auth.oauth.entities import (
    AUTHORIZATION_CODE,
    DEVICE_CODE,
    REFRESH_TOKEN,
    AuthMethod,
    Client,
    ClientKind,
)
from auth.secrets import CLIENT_SECRET_PREFIX, digest_of, new_token
from relay.domain.ids import Chance, uuid7
from relay.kernel.body import WireModel

LONGEST_NAME: Final = 200


def _redirect_uri(uri: str) -> str:
    if redirects.place_of(uri) is None:
        raise ValueError("must be https, http on 127.0.0.1, [::1] or localhost, or an app's own scheme")
    return uri


def _known_scopes(text: str) -> str:
    if scopes.granted(text.split()) is None:
        raise ValueError(f"has a word that is no scope here; there are {' '.join(sorted(scopes.KNOWN))}")
    return text


def plain_name(text: str) -> str:
    """Return a name that can be stored and shown: what is invisible or breaks lines is left out."""
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


Uri = Annotated[str, StringConstraints(max_length=redirects.LONGEST), AfterValidator(_redirect_uri)]
GrantType = Literal["authorization_code", "refresh_token", "urn:ietf:params:oauth:grant-type:device_code"]
Scope = Annotated[str, StringConstraints(max_length=scopes.LONGEST), AfterValidator(_known_scopes)]


class ClientMetadata(WireModel):
    """RFC 7591 2, as far as it matters here; the rest is ignored."""

    redirect_uris: Annotated[list[Uri], Field(max_length=redirects.MOST)] | None = None
    client_name: Annotated[str, StringConstraints(max_length=LONGEST_NAME), AfterValidator(plain_name)] | None = None
    grant_types: Annotated[list[GrantType], Field(max_length=10)] | None = None
    response_types: Annotated[list[Literal["code"]], Field(max_length=10)] | None = None
    token_endpoint_auth_method: Literal["none", "client_secret_post", "client_secret_basic"] | None = None
    scope: Scope | None = None

    @model_validator(mode="after")
    def _redirects_for_codes(self) -> Self:
        if AUTHORIZATION_CODE in self.grants and not self.redirect_uris:
            raise ValueError("redirect_uris is needed for the authorization code grant")
        return self

    @property
    def grants(self) -> frozenset[str]:
        return frozenset(self.grant_types or [AUTHORIZATION_CODE])


def registered(metadata: ClientMetadata, at: dt.datetime, chance: Chance) -> tuple[Client, str | None]:
    """Return the new client, and its secret if it is to have one.

    `refresh_token` is added to the grants of who can begin one: programs use a refresh token they are given although
    they did not ask for it, and RFC 7591 2 lets the server put its own in place.
    """
    # RFC 7591 2: who says nothing uses Basic.
    method = AuthMethod(metadata.token_endpoint_auth_method or AuthMethod.BASIC)
    secret = None if method is AuthMethod.NONE else new_token(CLIENT_SECRET_PREFIX, chance)
    client = Client(
        id=str(uuid7(at, chance)),
        kind=ClientKind.REGISTERED,
        name=metadata.client_name or "A program without a name",
        auth_method=method,
        secret_hash=digest_of(secret) if secret else None,
        redirect_uris=tuple(metadata.redirect_uris or ()),
        grant_types=with_refresh(metadata.grants),
        scopes=tuple(scopes.granted((metadata.scope or "").split()) or ()),
        renews=REFRESH_TOKEN in metadata.grants,
        created_at=at,
    )
    return client, secret


def with_refresh(grants: Iterable[str]) -> frozenset[str]:
    given = frozenset(grants)
    return given | {REFRESH_TOKEN} if given & {AUTHORIZATION_CODE, DEVICE_CODE} else given
