"""The token endpoint: RFC 6749 3.2."""

from auth.oauth.code_grant import AlwaysS256, CodeGrant
from auth.oauth.device_grant import DeviceGrant
from auth.oauth.facts import Answer, Asked, Facts
from auth.oauth.refresh_grant import RefreshGrant
from auth.oauth.server import Request, Server


def exchange(asked: Asked, facts: Facts) -> Answer:
    """Exchange a code or token for tokens, or refuse."""
    server = Server(asked, facts)
    server.register_grant(CodeGrant, [AlwaysS256(required=True)])
    server.register_grant(RefreshGrant)
    server.register_grant(DeviceGrant)
    answer: Answer = server.create_token_response(Request(asked, facts))
    return answer
