"""OAuth 2.0 without OpenID, as GitHub speaks it: a code, a token for it, and the provider's own word about its bearer.

There is no ID token, so nothing is signed for us. What stands in its place:

- the code is exchanged by the relay itself, over TLS, at the address the administrator named, with the client's secret:
  nobody can hand us a token that was made for another program;
- `state` ends once, in the browser that was sent and at the address of the provider it was sent to, which therefore
  needs no `iss` to be told from another (RFC 9700 4.4.2.2); where the provider sends one, `issuer` has it compared;
- PKCE ties the code to the browser's sign-in, so that a stolen one is worth nothing in another (RFC 9700 4.5);
- the token is used twice, in the same second, and forgotten.
"""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import parse_qsl, urlencode

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
    parsed,
    posted,
    subject_in,
)
from auth.upstream.providers import ClientAuth, OAuthProvider
from relay.kernel.outbound import Outbound, Reply

REFUSED: Final = frozenset({"access_denied", "bad_verification_code", "invalid_grant", "unverified_user_email"})
"""What a provider says about the code or its human; anything else is about this relay, and its administrator's."""


class OAuth2Client:
    def __init__(self, provider: OAuthProvider, outbound: Outbound, back: str) -> None:
        self.provider = provider
        self._outbound = outbound
        self._back = back

    async def address(self, begun: Begun, *, again: bool) -> str:
        provider = self.provider
        asked = {
            "response_type": "code",
            "client_id": provider.client_id,
            "redirect_uri": self._back,
            "state": begun.state,
            **({"scope": provider.scope} if provider.scope else {}),
            **({"prompt": provider.prompt} if again and provider.prompt else {}),
        }
        if provider.pkce:
            asked |= {"code_challenge": begun.challenge, "code_challenge_method": "S256"}
        return str(URL(provider.authorize_url).update_query(asked))

    async def claims(self, query: Mapping[str, str], begun: Begun) -> Claims:
        if self.provider.issuer and query.get("iss") != self.provider.issuer:
            raise LoginRefused("iss")
        if "code" not in query:
            raise LoginRefused("no code")
        token = await self._exchanged(query["code"], begun.verifier)
        about = object_in(await self._read(self.provider.userinfo_url, token))
        return Claims(
            issuer=self.provider.identifies,
            subject=subject_in(_member(about, self.provider.subject)),
            email=await self._email(about, token),
        )

    async def _exchanged(self, code: str, verifier: str) -> str:
        """Trade the code for an access token (RFC 6749 4.1.3)."""
        provider, headers = self.provider, {}
        form = {"grant_type": "authorization_code", "code": code, "redirect_uri": self._back}
        if provider.pkce:
            form["code_verifier"] = verifier
        if provider.client_auth is ClientAuth.BASIC:
            headers["Authorization"] = basic(provider)
        else:
            form |= {"client_id": provider.client_id, "client_secret": provider.client_secret}
        reply = await posted(self._outbound, provider.token_url, urlencode(form), **headers)
        answer = _token_answer(reply)
        token = answer.get("access_token")
        if not isinstance(token, str) or str(answer.get("token_type", "bearer")).lower() != "bearer":
            raise ProviderFailed("its answer has no token that can be used")
        return token

    async def _email(self, about: dict[str, Any], token: str) -> str:
        """Return the address the provider has verified, if it says so. Nothing depends on it."""
        provider = self.provider
        if provider.emails_url:
            try:
                listed = parsed(await self._read(provider.emails_url, token))
            except ProviderFailed:
                return ""  # e.g. GitHub's 404: its human did not grant `user:email`
            known = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
            best = next((one for one in known if one.get("primary") is True and one.get("verified") is True), {})
            return email_in(best.get("email"))
        if provider.email_verified is None or _member(about, provider.email_verified) is not True:
            return ""
        return email_in(_member(about, provider.email))

    async def _read(self, url: str, token: str) -> bytes:
        reply = await fetched(self._outbound, url, Authorization=f"Bearer {token}")
        if reply.status != HTTPStatus.OK:
            raise ProviderFailed(f"it answers {reply.status} to its own token")
        return reply.body


def _token_answer(reply: Reply) -> dict[str, Any]:
    """Read what is a form or JSON, whatever was asked for. An error may come with status 200: GitHub's do."""
    is_form = reply.headers.get("Content-Type", "").startswith("application/x-www-form-urlencoded")
    answer = dict(parse_qsl(reply.body.decode(errors="replace"))) if is_form else object_in(reply.body)
    if (error := answer.get("error")) is not None:
        if error in REFUSED:
            raise LoginRefused("code")
        raise ProviderFailed("it refuses this relay: its client id, secret or redirect address")
    if reply.status != HTTPStatus.OK:
        raise ProviderFailed(f"it answers {reply.status}")
    return answer


def _member(about: dict[str, Any], path: str) -> object:
    """Return a member of the answer; `data.id` is one inside another."""
    found: object = about
    for name in path.split("."):
        found = found.get(name) if isinstance(found, dict) else None
    return found
