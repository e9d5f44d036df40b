"""OpenID Connect Core 1.0, the relying party's side: authorization code with PKCE, state, nonce and `iss`."""

import datetime as dt
import hmac
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import urlencode

import jwt
from yarl import URL

from auth.upstream.client import (
    Begun,
    Claims,
    LoginRefused,
    ProviderFailed,
    basic,
    email_in,
    fetched,
    object_in,
    posted,
    subject_in,
)
from auth.upstream.providers import OidcProvider
from relay.domain.clock import Clock
from relay.kernel.outbound import Outbound

ALGORITHMS: Final = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
"""Asymmetric ones: with HS256 the provider's public key, or our own secret, would be what signs."""

LEEWAY: Final = dt.timedelta(seconds=60)
"""By which two clocks may differ."""
METADATA_LIFE: Final = dt.timedelta(hours=1)
KEYS_PAUSE: Final = dt.timedelta(seconds=30)
"""Keys are read again for an unknown one, but no more often: a forged token must not make us hammer the provider."""


class OidcClient:
    """One provider. Its metadata is read at first use and kept for an hour."""

    def __init__(self, provider: OidcProvider, outbound: Outbound, clock: Clock, back: str) -> None:
        self.provider = provider
        self._outbound = outbound
        self._clock = clock
        self._back = back
        self._metadata: dict[str, Any] = {}
        self._read_at: dt.datetime | None = None
        self._keys: jwt.PyJWKSet | None = None
        self._keys_at: dt.datetime | None = None

    async def address(self, begun: Begun, *, again: bool) -> str:
        metadata = await self._discovered()
        asked = {
            "response_type": "code",
            "client_id": self.provider.client_id,
            "redirect_uri": self._back,
            "scope": self.provider.scope,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
            **({"prompt": "login"} if again else {}),
        }
        return str(URL(metadata["authorization_endpoint"]).update_query(asked))

    async def claims(self, query: Mapping[str, str], begun: Begun) -> Claims:
        metadata = await self._discovered()
        _check_sender(query, metadata)
        if "code" not in query:
            raise LoginRefused("no code")
        token = await self._exchanged(metadata, query["code"], begun.verifier)
        claims = await self._verified(metadata, token)
        if not hmac.compare_digest(str(claims["nonce"]).encode(), begun.nonce.encode()):
            raise LoginRefused("nonce")
        return Claims(
            issuer=self.provider.issuer,
            subject=subject_in(claims["sub"]),
            email=email_in(claims.get("email")),
        )

    async def _exchanged(self, metadata: dict[str, Any], code: str, verifier: str) -> str:
        """Trade the code for an ID token (RFC 6749 4.1.3)."""
        provider = self.provider
        form = {
            "grant_type": "authorization_code",
            "code": code,
            "redirect_uri": self._back,
            "code_verifier": verifier,
        }
        headers = {}
        if "client_secret_basic" in metadata.get("token_endpoint_auth_methods_supported", ["client_secret_basic"]):
            headers["Authorization"] = basic(provider)
        else:
            form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        reply = await posted(self._outbound, metadata["token_endpoint"], urlencode(form), **headers)
        if reply.status != 200:
            raise LoginRefused("code")
        token = object_in(reply.body).get("id_token")
        if not isinstance(token, str):
            raise ProviderFailed("no id_token; is `openid` in the scope?")
        return token

    async def _verified(self, metadata: dict[str, Any], token: str) -> dict[str, Any]:
        """Check an ID token (Core 3.1.3.7). The times are compared with our clock below, not by the library's."""
        offered = metadata.get("id_token_signing_alg_values_supported", ["RS256"])
        try:
            key = await self._key(jwt.get_unverified_header(token).get("kid"))
            claims: dict[str, Any] = jwt.decode(
                token,
                key,
                algorithms=[name for name in ALGORITHMS if name in offered],
                audience=self.provider.client_id,
                issuer=self.provider.issuer,
                options={
                    "require": ["iss", "sub", "aud", "exp", "iat", "nonce"],
                    "verify_exp": False,
                    "verify_iat": False,
                    "verify_nbf": False,
                },
            )
        except jwt.PyJWTError as error:
            raise LoginRefused(type(error).__name__) from None
        self._check_times(claims)
        several = isinstance(claims["aud"], list) and len(claims["aud"]) > 1
        if (several or "azp" in claims) and claims.get("azp") != self.provider.client_id:
            raise LoginRefused("azp")
        return claims

    def _check_times(self, claims: dict[str, Any]) -> None:
        now, leeway = self._clock.now().timestamp(), LEEWAY.total_seconds()
        times = [claims["exp"], claims["iat"], claims.get("nbf", 0)]
        if not all(isinstance(time, int | float) for time in times):
            raise LoginRefused("times")
        if now >= times[0] + leeway or now < max(times[1:]) - leeway:
            raise LoginRefused("expired")

    async def _key(self, kid: str | None) -> jwt.PyJWK:
        now = self._clock.now()
        key = self._known(kid)
        if key is None and (self._keys_at is None or now - self._keys_at >= KEYS_PAUSE):
            self._keys_at = now
            found = await self._get((await self._discovered())["jwks_uri"])
            try:
                self._keys = jwt.PyJWKSet.from_dict(found)
            except jwt.PyJWTError as error:
                raise ProviderFailed("its keys are not readable") from error
            key = self._known(kid)
        if key is None:
            raise LoginRefused("key")
        return key

    def _known(self, kid: str | None) -> jwt.PyJWK | None:
        keys = self._keys.keys if self._keys else []
        if kid is None:
            return keys[0] if len(keys) == 1 else None
        return next((key for key in keys if key.key_id == kid), None)

    async def _discovered(self) -> dict[str, Any]:
        now = self._clock.now()
        if self._read_at is None or now - self._read_at >= METADATA_LIFE:
            metadata = await self._get(self.provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
            # Discovery 4.3: what another issuer's document says counts for nothing.
            if metadata.get("issuer") != self.provider.issuer:
                raise ProviderFailed("its metadata is another issuer's")
            wanted = ("authorization_endpoint", "token_endpoint", "jwks_uri")
            if not all(isinstance(metadata.get(name), str) for name in wanted):
                raise ProviderFailed("its metadata lacks an endpoint")
            self._metadata, self._read_at = metadata, now
        return self._metadata

    async def _get(self, url: str) -> dict[str, Any]:
        reply = await fetched(self._outbound, url)
        if reply.status != 200:
            raise ProviderFailed(f"it answers {reply.status}")
        return object_in(reply.body)


def _check_sender(query: Mapping[str, str], metadata: dict[str, Any]) -> None:
    """Refuse an answer that another provider sent in this one's name (RFC 9207 2.4)."""
    said = query.get("iss")
    if said is None and not metadata.get("authorization_response_iss_parameter_supported"):
        return
    if said != metadata["issuer"]:
        raise LoginRefused("iss")
