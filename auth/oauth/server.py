"""authlib's authorization server (RFC 6749), one a request, over facts that were read before.

authlib parses, validates, authenticates clients and words the refusals; what it leaves open or too wide is closed in
`code_grant`, `refresh_grant` and `device_grant`.
"""

import hmac
import logging
from http import HTTPStatus
from typing import Any, Final

from authlib.oauth2.rfc6749 import AuthorizationServer, ClientMixin, OAuth2Error, OAuth2Request
from authlib.oauth2.rfc6749.requests import BasicOAuth2Payload

from auth.oauth import scopes
from auth.oauth.entities import AuthMethod, Client, Grant
from auth.oauth.facts import Answer, Asked, Facts
from auth.oauth.issue import Issue
from auth.oauth.redirects import matches
from auth.secrets import digest_of
from relay.kernel.body import Json

AUTH_METHODS: Final = [method.value for method in AuthMethod]
LONGEST_SENTENCE: Final = 200

# It writes whole tokens at debug level.
logging.getLogger("authlib").setLevel(logging.WARNING)


class InvalidTarget(OAuth2Error):
    """RFC 8707 2: the resource is none of ours, or not the granted one."""

    error = "invalid_target"


class KnownClient(ClientMixin):
    """A client as authlib asks about it."""

    def __init__(self, client: Client) -> None:
        self.client = client

    def get_client_id(self) -> str:
        return self.client.id

    def get_default_redirect_uri(self) -> str:
        return self.client.redirect_uris[0] if len(self.client.redirect_uris) == 1 else ""

    def get_allowed_scope(self, scope: str | None) -> str | None:
        granted = scopes.granted(scope.split() if scope else self.client.scopes)
        return None if granted is None else " ".join(granted)

    def check_redirect_uri(self, redirect_uri: str) -> bool:
        return matches(self.client.redirect_uris, redirect_uri)

    def check_client_secret(self, client_secret: str) -> bool:
        known = self.client.secret_hash
        return known is not None and hmac.compare_digest(known, digest_of(client_secret))

    def check_endpoint_auth_method(self, method: str, endpoint: str) -> bool:  # noqa: ARG002 - the same at every one
        return method == self.client.auth_method

    def check_response_type(self, response_type: str) -> bool:
        return response_type == "code"

    def check_grant_type(self, grant_type: str) -> bool:
        return grant_type in self.client.grant_types


class Request(OAuth2Request):
    """The request as authlib reads it. Transport security is the edge's business, so its check is given an https."""

    def __init__(self, asked: Asked, facts: Facts) -> None:
        super().__init__("POST", "https://relay", headers={"Authorization": asked.basic} if asked.basic else {})
        self.asked = asked
        self.facts = facts
        self.payload = BasicOAuth2Payload(dict(asked.parameters))

    @property
    def form(self) -> dict[str, str]:
        form: dict[str, str] = self.payload.data
        return form


class Server(AuthorizationServer):
    def __init__(self, asked: Asked, facts: Facts) -> None:
        super().__init__(scopes.KNOWN)
        self.asked = asked
        self.facts = facts
        self.register_token_generator("default", self._tokens)

    def query_client(self, client_id: str) -> KnownClient | None:
        client = self.facts.client
        return KnownClient(client) if client and client.id == client_id else None

    def create_oauth2_request(self, request: Request) -> Request:
        return request

    def handle_response(self, status: int, body: Any, _headers: Any) -> Answer:
        return Answer(status, dict(body))

    def handle_error_response(self, request: Request, error: OAuth2Error) -> Answer:  # noqa: ARG002 - authlib's hook
        return refusal(error)

    def send_signal(self, name: str, *args: object, **kwargs: object) -> None:
        """There is nobody to tell: what follows a decision stands in its changes."""

    def save_token(self, token: dict[str, Any], request: Request) -> None:
        """Nothing to do: what is to be kept of the tokens is wanted where they are made."""

    def validate_requested_scope(self, scope: str | None) -> None:
        """Nothing to do: `get_allowed_scope` knows the unknown words."""

    def _tokens(
        self, *, client: KnownClient, user: Issue, scope: str, include_refresh_token: bool, **_: object
    ) -> Json:
        return user.tokens(client.client, tuple(scope.split()), renewable=include_refresh_token)


def refusal(error: OAuth2Error) -> Answer:
    """Return a refusal in the form of RFC 6749 5.2."""
    if error.error == "invalid_client":
        # One sentence for unknown and unproved. RFC 6749 asks for 401 after a header, and allows it everywhere.
        said = "There is no such client, or it did not prove itself by the method it registered."
        headers = {"WWW-Authenticate": 'Basic realm="hitl-relay"'}
        return Answer(HTTPStatus.UNAUTHORIZED, {"error": error.error, "error_description": said}, headers)
    return Answer(HTTPStatus.BAD_REQUEST, {"error": error.error, "error_description": said_by(error)})


def said_by(error: OAuth2Error) -> str:
    """Return the error's sentence in the characters RFC 6749 5.2 allows; some quote what was sent."""
    words = error.get_error_description() or str(error.error)
    return "".join(c for c in words if " " <= c <= "~" and c not in {'"', "\\"})[:LONGEST_SENTENCE]


def check_resource(asked: Asked, grant: Grant | None = None) -> str:
    """Return what the token will be for: the resource asked for, else the granted one, else the whole relay."""
    resource = asked.parameters.get("resource")
    if resource and resource not in asked.policy.resources:
        raise InvalidTarget("There is no such resource here.")
    granted = grant.resource if grant else None
    if resource and granted and resource.rstrip("/") != granted.rstrip("/"):
        raise InvalidTarget("That is not the resource that was granted.")
    return resource or granted or asked.policy.issuer
