"""The authorization code grant: RFC 6749 4.1 with PKCE (RFC 7636) always, and S256 only."""

import datetime as dt
from dataclasses import dataclass, replace
from typing import Final

from authlib.oauth2.rfc6749 import InvalidRequestError
from authlib.oauth2.rfc6749.grants import AuthorizationCodeGrant
from authlib.oauth2.rfc7636 import CodeChallenge

from auth.oauth.changes import AddCode, AddGrant, NameAgent, Reason, RevokeGrant, SpendCode
from auth.oauth.entities import CODE_LIFE, Code, Grant
from auth.oauth.facts import Asked
from auth.oauth.issue import SEED, Issue
from auth.oauth.server import AUTH_METHODS, KnownClient, Request, check_resource
from auth.secrets import CODE_PREFIX, digest_of, new_token
from relay.domain.ids import AccountId, AgentId, OrgId, uuid7

CHALLENGE: Final = 43
"""Characters of a SHA-256 in base64url (RFC 7636 4.2)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Consent:
    """What a human said yes to. `agent_id` is absent where a new agent is to be made."""

    account_id: AccountId
    org_id: OrgId
    agent_id: AgentId | None
    agent_name: str
    names_itself: bool
    life: dt.timedelta

    def grant(self, asked: Asked, *, client_id: str, scopes: tuple[str, ...], resource: str | None) -> Grant:
        return Grant(
            id=uuid7(asked.now, asked.chance),
            account_id=self.account_id,
            org_id=self.org_id,
            client_id=client_id,
            agent_id=self.agent_id,
            agent_name=self.agent_name,
            names_itself=self.names_itself,
            scopes=scopes,
            resource=resource,
            created_at=asked.now,
            expires_at=asked.now + self.life,
        )


class CodeGrant(AuthorizationCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    request: Request

    def generate_authorization_code(self) -> str:
        return new_token(CODE_PREFIX, self.request.asked.chance)

    def save_authorization_code(self, code: str, request: Request) -> None:
        asked, facts, consent = request.asked, request.facts, request.user
        grant = consent.grant(
            asked,
            client_id=request.client.get_client_id(),
            scopes=tuple(request.scope.split()),
            resource=asked.parameters.get("resource"),
        )
        facts.want(AddGrant(grant))
        facts.want(
            AddCode(
                Code(
                    digest=digest_of(code),
                    grant_id=grant.id,
                    redirect_uri=self.redirect_uri or "",
                    challenge=asked.parameters["code_challenge"],
                    expires_at=asked.now + CODE_LIFE,
                )
            )
        )

    def query_authorization_code(self, code: str, client: KnownClient) -> "_Code | None":  # noqa: ARG002 - found before
        asked, facts = self.request.asked, self.request.facts
        kept, grant = facts.code, facts.grant
        if kept is None or grant is None or grant.client_id != client.get_client_id():
            return None
        if kept.used_at is not None:
            # Somebody has a copy of the code: whatever came of it is not safe (RFC 6749 4.1.2).
            facts.want(RevokeGrant(grant, Reason.CODE_REUSED, asked.now))
            return None
        if asked.now >= kept.expires_at or not grant.holds(asked.now):
            return None
        check_resource(asked, grant)
        return _Code(kept, grant)

    def delete_authorization_code(self, authorization_code: "_Code") -> None:
        asked = self.request.asked
        self.request.facts.want(SpendCode(authorization_code.kept.digest, asked.now))

    def authenticate_user(self, authorization_code: "_Code") -> Issue:
        return first_issue(self.request, authorization_code.grant)


@dataclass(frozen=True, slots=True)
class _Code:
    """A code as authlib asks about it."""

    kept: Code
    grant: Grant
    code_challenge_method: str = "S256"

    @property
    def code_challenge(self) -> str:
        return self.kept.challenge

    def get_redirect_uri(self) -> str:
        return self.kept.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.grant.scopes)


class AlwaysS256(CodeChallenge):
    """authlib lets PKCE be left out of the first request, and takes `plain`."""

    SUPPORTED_CODE_CHALLENGE_METHOD: Final = ["S256"]
    DEFAULT_CODE_CHALLENGE_METHOD: Final = "S256"

    def validate_code_challenge(self, grant: CodeGrant, redirect_uri: str) -> None:
        parameters = grant.request.asked.parameters
        if parameters.get("code_challenge_method") != "S256" or len(parameters.get("code_challenge", "")) != CHALLENGE:
            raise InvalidRequestError("PKCE is needed: a code_challenge with code_challenge_method=S256.")
        super().validate_code_challenge(grant, redirect_uri)
        check_resource(grant.request.asked)


def first_issue(request: Request, grant: Grant) -> Issue:
    """Return what makes the first tokens of a grant, and want its agent made if it has none."""
    asked, facts = request.asked, request.facts
    if grant.agent_id is None:
        agent_id = AgentId(uuid7(asked.now, asked.chance))
        name = (asked.agent_name if grant.names_itself else "") or grant.agent_name
        facts.want(NameAgent(grant, agent_id, name, asked.now))
        grant = replace(grant, agent_id=agent_id)
    return Issue(
        asked=asked,
        facts=facts,
        grant=grant,
        audience=check_resource(asked, grant),
        at=asked.now,
        seed=asked.chance(SEED),
    )
