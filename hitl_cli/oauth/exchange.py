"""The calls of OAuth that a program makes: read where they are, register, exchange, give back."""

import base64
import hashlib
import secrets
from dataclasses import dataclass, field, replace
from typing import Final
from urllib.parse import urlsplit

from hitl_cli.errors import HitlError
from hitl_cli.http import RelayHttp
from hitl_cli.oauth.stored import Grant, Registration

REDIRECT: Final = "http://127.0.0.1/callback"
"""Registered without a port: whichever is free when it comes to it will do (RFC 8252 7.3)."""

CODE: Final = "authorization_code"
REFRESH: Final = "refresh_token"
DEVICE: Final = "urn:ietf:params:oauth:grant-type:device_code"
NAME_HEADER: Final = "X-MCP-Agent-Name"


@dataclass(frozen=True)
class Proof:
    """Proof Key for Code Exchange (RFC 7636): whoever redeems the code is whoever asked for it."""

    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)

    @property
    def challenge(self) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).rstrip(b"=").decode()


@dataclass(frozen=True, slots=True)
class Places:
    """Where the relay does what (RFC 8414)."""

    issuer: str
    authorize: str
    token: str
    register: str
    device: str
    revoke: str


async def places(relay: RelayHttp) -> Places:
    about = await relay.call("GET", "/.well-known/oauth-authorization-server")
    try:
        return Places(
            issuer=about["issuer"],
            authorize=about["authorization_endpoint"],
            # A relay that is reached by another name than its own is still reached by the name that worked.
            token=urlsplit(about["token_endpoint"]).path,
            register=urlsplit(about["registration_endpoint"]).path,
            device=urlsplit(about["device_authorization_endpoint"]).path,
            revoke=urlsplit(about["revocation_endpoint"]).path,
        )
    except (KeyError, TypeError) as error:
        raise HitlError(f"{relay.endpoint.server_url} says nothing of how to sign in") from error


async def register(relay: RelayHttp, at: Places, name: str) -> Registration:
    about = {
        "client_name": f"hitl-cli on {name}",
        "redirect_uris": [REDIRECT],
        "grant_types": [CODE, REFRESH, DEVICE],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
    }
    made = await relay.call("POST", at.register, about)
    return Registration(client_id=made["client_id"])


async def exchange(
    relay: RelayHttp, at: Places, registration: Registration, *, name: str, now_s: float, **parameters: str
) -> Grant:
    """Trade a code for tokens; `name` is what the agent is called if the human chose a new one."""
    form = _named(registration) | parameters
    reply = await relay.call("POST", at.token, form=form, headers={NAME_HEADER: name})
    return Grant.of(reply, server_url=relay.endpoint.server_url, registration=registration, now_s=now_s)


async def give_back(relay: RelayHttp, at: Places, grant: Grant) -> None:
    """End everything that came of the same consent (RFC 7009)."""
    token = grant.refresh_token or grant.access_token
    await relay.call("POST", at.revoke, form=_named(grant.registration) | {"token": token})


async def refresh(relay: RelayHttp, at: Places, grant: Grant, now_s: float) -> Grant:
    """Trade the refresh token for another pair; a reply without a new one leaves the old one in force."""
    form = _named(grant.registration) | {"grant_type": REFRESH, REFRESH: grant.refresh_token or ""}
    reply = await relay.call("POST", at.token, form=form)
    new = Grant.of(reply, server_url=grant.server_url, registration=grant.registration, now_s=now_s)
    return new if new.refresh_token else replace(new, refresh_token=grant.refresh_token)


def _named(registration: Registration) -> dict[str, str]:
    named = {"client_id": registration.client_id, "client_secret": registration.client_secret}
    return {name: value for name, value in named.items() if value is not None}
