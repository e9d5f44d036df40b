"""What the OAuth endpoints are sent, and how they refuse: RFC 6749 5.2 instead of problem documents."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, TypeVar

from aiohttp import web
from pydantic import Field, StringConstraints

from auth.html import NO_STORE
from auth.oauth.facts import Answer
from auth.oauth.redirects import LONGEST
from auth.routes.browser import fields_of
from relay.kernel.body import WireModel, parse_fields

M = TypeVar("M", bound=WireModel)

VISIBLE: Final = r"^[\x20-\x7e]*$"
"""RFC 6749 appendix A: no parameter has other characters."""

Word = Annotated[str, StringConstraints(max_length=200, pattern=VISIBLE)]
"""A name of ours, a code, a secret: the longest has 56 characters."""
Text = Annotated[str, StringConstraints(max_length=LONGEST, pattern=VISIBLE)]
Token = Annotated[str, StringConstraints(max_length=4096, pattern=VISIBLE)]


class ClientForm(WireModel):
    client_id: Annotated[Text | None, Field(description="Unless it is sent by HTTP Basic.")] = None
    client_secret: Word | None = None


class TokenForm(ClientForm):
    grant_type: Word
    code: Word | None = None
    redirect_uri: Text | None = None
    code_verifier: Word | None = None
    refresh_token: Word | None = None
    device_code: Word | None = None
    scope: Text | None = None
    resource: Text | None = None


class RevokeForm(ClientForm):
    token: Token
    token_type_hint: Word | None = None


class DeviceForm(ClientForm):
    scope: Text | None = None
    resource: Text | None = None


class IntrospectForm(WireModel):
    token: Token
    token_type_hint: Word | None = None


class AuthorizeQuery(WireModel):
    """An authorization request (RFC 6749 4.1.1, 7636 4.3, 8707 2). What else is sent is ignored."""

    response_type: Word | None = None
    client_id: Text | None = None
    redirect_uri: Text | None = None
    scope: Text | None = None
    state: Token | None = None
    code_challenge: Word | None = None
    code_challenge_method: Word | None = None
    resource: Text | None = None


async def parameters_of(request: web.Request, model: type[M]) -> dict[str, str]:
    return sent(parse_fields(await fields_of(request), model))


def sent(model: WireModel) -> dict[str, str]:
    """Return the parameters that were sent; one without a value counts as absent (RFC 6749 3.1)."""
    return {name: value for name, value in model.model_dump().items() if value}


def basic_of(request: web.Request) -> str:
    """Return the header with which a client may authenticate, if it is of that scheme."""
    given = request.headers.get("Authorization", "")
    return given if given.lower().startswith("basic ") and given.isascii() else ""


def reply(answer: Answer) -> web.Response:
    return web.json_response(answer.body, status=answer.status, headers={**NO_STORE, **answer.headers})


ERRORS: Final = {429: "temporarily_unavailable", 500: "server_error", 503: "temporarily_unavailable"}


def refuse(problem: Mapping[str, Any], headers: Mapping[str, str]) -> web.Response:
    """Write a refusal as RFC 6749 5.2 has it; what it does not name is an invalid request."""
    return _refused(ERRORS.get(problem["status"], "invalid_request"), problem, headers)


def refuse_registration(problem: Mapping[str, Any], headers: Mapping[str, str]) -> web.Response:
    """Write a refusal as RFC 7591 3.2.2 has it."""
    wrong = str(problem.get("pointer", ""))
    metadata = "invalid_redirect_uri" if wrong.startswith("/redirect_uris") else "invalid_client_metadata"
    return _refused(ERRORS.get(problem["status"], metadata), problem, headers)


def _refused(error: str, problem: Mapping[str, Any], headers: Mapping[str, str]) -> web.Response:
    said = "".join(c if " " <= c <= "~" and c not in {'"', "\\"} else "'" for c in problem["detail"])
    body = {"error": error, "error_description": said}
    return web.json_response(body, status=problem["status"], headers={**NO_STORE, **headers})
