"""The authorization endpoint: RFC 6749 4.1.1, with the issuer on every redirect (RFC 9207)."""

from dataclasses import dataclass
from typing import TypeAlias

from authlib.oauth2.rfc6749 import AccessDeniedError, OAuth2Error

from auth.oauth.code_grant import AlwaysS256, CodeGrant, Consent
from auth.oauth.entities import Client
from auth.oauth.facts import Asked, Facts
from auth.oauth.redirects import with_parameters
from auth.oauth.server import Request, Server, said_by


@dataclass(frozen=True, slots=True)
class Question:
    """A good request: what the human is asked."""

    client: Client
    redirect_uri: str
    scopes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Redirect:
    """Where the browser goes next."""

    to: str


@dataclass(frozen=True, slots=True)
class Page:
    """A fault that must not be sent anywhere: nobody knows whose address it would be (RFC 6749 4.1.2.1)."""

    reason: str


def look(asked: Asked, facts: Facts) -> "Question | Redirect | Page":
    """Check the request, before the human is asked."""
    request = Request(asked, facts)
    try:
        grant = _grant(request)
    except OAuth2Error as error:
        return _refused(asked, error)
    return Question(request.client.client, str(grant.redirect_uri), tuple(str(request.scope).split()))


def decide(asked: Asked, facts: Facts, consent: Consent | None) -> "Redirect | Page":
    """Check the request again, and answer it as the human decided; no `consent` is a no."""
    request = Request(asked, facts)
    try:
        grant = _grant(request)
        if consent is None:
            raise AccessDeniedError(redirect_uri=grant.redirect_uri)
    except OAuth2Error as error:
        return _refused(asked, error)
    request.user = consent
    code = grant.generate_authorization_code()
    grant.save_authorization_code(code, request)
    return _redirect(asked, str(grant.redirect_uri), {"code": code})


Outcome: TypeAlias = Question | Redirect | Page


def _grant(request: Request) -> CodeGrant:
    server = Server(request.asked, request.facts)
    server.register_grant(CodeGrant, [AlwaysS256(required=True)])
    grant: CodeGrant = server.get_consent_grant(request)
    return grant


def _refused(asked: Asked, error: OAuth2Error) -> "Redirect | Page":
    if not error.redirect_uri:
        return Page(said_by(error))
    return _redirect(asked, error.redirect_uri, {"error": str(error.error), "error_description": said_by(error)})


def _redirect(asked: Asked, uri: str, parameters: dict[str, str]) -> Redirect:
    state = asked.parameters.get("state")
    own = {"state": state} if state is not None else {}
    return Redirect(with_parameters(uri, {**parameters, **own, "iss": asked.policy.issuer}))
