"""What clients read before anything else: RFC 8414 about the authorization server, RFC 9728 about what it protects."""

from typing import Final

from auth.oauth.entities import GRANT_TYPES
from auth.oauth.policy import MCP_PATHS, Policy
from auth.oauth.scopes import OFFLINE, RESOURCE_SCOPES
from auth.oauth.server import AUTH_METHODS
from relay.kernel.body import Json

ABOUT_RESOURCE: Final = "/.well-known/oauth-protected-resource"
RESOURCE_PATHS: Final = ("", *MCP_PATHS, *(f"{path}/" for path in MCP_PATHS))
"""What stands under a path of its own; each name is one with and one without the slash at its end."""


def about_server(policy: Policy) -> Json:
    base = f"{policy.issuer}/api/v1/oauth"
    return {
        "issuer": policy.issuer,
        "authorization_endpoint": f"{base}/authorize",
        "token_endpoint": f"{base}/token",
        "registration_endpoint": f"{base}/register",
        "revocation_endpoint": f"{base}/revoke",
        "introspection_endpoint": f"{base}/introspect",
        "device_authorization_endpoint": f"{base}/device",
        "jwks_uri": f"{policy.issuer}/.well-known/jwks.json",
        "scopes_supported": [*RESOURCE_SCOPES, OFFLINE],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query"],
        "grant_types_supported": [*GRANT_TYPES],
        "token_endpoint_auth_methods_supported": AUTH_METHODS,
        "revocation_endpoint_auth_methods_supported": AUTH_METHODS,
        "code_challenge_methods_supported": ["S256"],
        "authorization_response_iss_parameter_supported": True,
        "client_id_metadata_document_supported": policy.documents,
    }


def about_resource(policy: Policy, path: str) -> Json:
    """Return what RFC 9728 says about the resource at `path`; its name is exactly the address asked about."""
    return {
        "resource": policy.issuer + path,
        "authorization_servers": [policy.issuer],
        "scopes_supported": [*RESOURCE_SCOPES],
        "bearer_methods_supported": ["header"],
        "resource_name": "HITL Relay",
    }


def metadata_address(policy: Policy, path: str) -> str:
    """Return where the document about the resource at `path` is; a REST call is about the relay as a whole."""
    within = next((known for known in MCP_PATHS if path == known or path.startswith(f"{known}/")), "")
    return f"{policy.issuer}{ABOUT_RESOURCE}{within}"
