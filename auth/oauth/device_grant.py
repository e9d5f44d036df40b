"""The device authorization grant: RFC 8628, for programs without a browser."""

import re
from dataclasses import dataclass
from typing import Final

from authlib.oauth2.rfc6749 import InvalidGrantError, InvalidScopeError, OAuth2Error, UnauthorizedClientError
from authlib.oauth2.rfc8628 import DeviceCodeGrant

from auth.oauth.changes import AddDeviceCode, Poll, SpendDeviceCode
from auth.oauth.code_grant import first_issue
from auth.oauth.entities import DEVICE_CODE, DEVICE_LIFE, POLL_EVERY, DeviceCode
from auth.oauth.facts import Answer, Asked, Facts
from auth.oauth.issue import Issue
from auth.oauth.server import AUTH_METHODS, KnownClient, Request, Server, check_resource, refusal
from auth.secrets import DEVICE_CODE_PREFIX, digest_of, new_token
from relay.domain.ids import Chance

ALPHABET: Final = "BCDFGHJKLMNPQRSTVWXZ"
"""Without vowels, so that no code is a word, and without digits, so that none looks like a letter (RFC 8628 6.1)."""
LETTERS: Final = 8
"""20^8 codes: with a few attempts allowed, one in a thousand million guesses finds one that waits."""


def new_user_code(chance: Chance) -> str:
    """Return `WDJB-MJHT`."""
    # 256 is no multiple of 20: of one byte the first letters would come a little more often.
    letters = "".join(ALPHABET[int.from_bytes(chance(4)) % len(ALPHABET)] for _ in range(LETTERS))
    return f"{letters[:4]}-{letters[4:]}"


def user_code_digest(typed: str) -> bytes:
    """Return the digest of a code however it was typed: in small letters, without the dash."""
    return digest_of(re.sub(r"[^A-Z]", "", typed.upper()))


def ask(asked: Asked, facts: Facts, asked_from: str) -> Answer:
    """Give a program its two codes (RFC 8628 3.2)."""
    try:
        client, scopes = _validated(Server(asked, facts), Request(asked, facts))
    except OAuth2Error as error:
        return refusal(error)
    device_code, user_code = new_token(DEVICE_CODE_PREFIX, asked.chance), new_user_code(asked.chance)
    code = DeviceCode(
        digest=digest_of(device_code),
        user_code_digest=user_code_digest(user_code),
        client_id=client.client.id,
        scopes=scopes,
        resource=asked.parameters.get("resource"),
        asked_from=asked_from,
        created_at=asked.now,
        expires_at=asked.now + DEVICE_LIFE,
        interval=POLL_EVERY,
    )
    facts.want(AddDeviceCode(code))
    page = asked.policy.device_page
    body = {
        "device_code": device_code,
        "user_code": user_code,
        "verification_uri": page,
        "verification_uri_complete": f"{page}?user_code={user_code}",
        "expires_in": int(DEVICE_LIFE.total_seconds()),
        "interval": int(POLL_EVERY.total_seconds()),
    }
    return Answer(200, body)


def _validated(server: Server, request: Request) -> tuple[KnownClient, tuple[str, ...]]:
    client = server.authenticate_client(request, AUTH_METHODS, "device")
    if not client.check_grant_type(DEVICE_CODE):
        raise UnauthorizedClientError("The client is not registered for device codes.")
    check_resource(request.asked)
    scope = client.get_allowed_scope(request.payload.scope)
    if scope is None:
        raise InvalidScopeError
    return client, tuple(scope.split())


class DeviceGrant(DeviceCodeGrant):
    TOKEN_ENDPOINT_AUTH_METHODS = AUTH_METHODS
    request: Request

    def query_device_credential(self, device_code: str) -> "_Waiting":  # noqa: ARG002 - it was found by its digest
        device = self.request.facts.device
        # authlib would say `invalid_request`, and tell another client that the code exists.
        client = self.request.facts.client
        if device is None or client is None or device.client_id != client.id:
            raise InvalidGrantError("There is no such device_code.")
        check_resource(self.request.asked, self.request.facts.grant)
        return _Waiting(self.request.asked, device)

    def query_user_grant(self, user_code: str) -> tuple[Issue | None, bool] | None:  # noqa: ARG002 - as above
        asked, facts = self.request.asked, self.request.facts
        if facts.device is None or facts.device.denied_at is not None:
            return None, False
        if facts.grant is None:
            return None
        if not facts.grant.holds(asked.now):
            return None, False
        facts.want(SpendDeviceCode(facts.device.digest, asked.now))
        return first_issue(self.request, facts.grant), True

    def should_slow_down(self, credential: "_Waiting") -> bool:
        asked, device = self.request.asked, credential.device
        hasty = device.polled_at is not None and asked.now < device.polled_at + device.interval
        interval = device.interval + POLL_EVERY if hasty else device.interval
        self.request.facts.want(Poll(device.digest, asked.now, interval))
        return hasty


@dataclass(frozen=True, slots=True)
class _Waiting:
    """A device code as authlib asks about it."""

    asked: Asked
    device: DeviceCode

    def get_client_id(self) -> str:
        return self.device.client_id

    def get_scope(self) -> str:
        return " ".join(self.device.scopes)

    def get_user_code(self) -> str:
        return ""

    def is_expired(self) -> bool:
        return self.asked.now >= self.device.expires_at or self.device.used_at is not None
