"""What a sign-in left behind, in the two files of the published client: either reads what the other wrote."""

import base64
import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

from hitl_cli.files import config_folder, read_private, write_private

CLIENT_FILE: Final = "oauth_client.json"
TOKEN_FILE: Final = "oauth_token.json"  # noqa: S105 - the name of a file
LOCK_FILE: Final = "oauth.lock"
MEND: Final = "sign in again with `hitl-cli login`"

EARLY_S: Final = 60
"""A token this close to its end may not outlast the call it is sent with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Registration:
    """How the relay knows this program (RFC 7591). Only the published client has a secret."""

    client_id: str
    client_secret: str | None = None

    def __repr__(self) -> str:
        return f"Registration(client_id={self.client_id!r})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """What a human allowed this program. `expires_at` (seconds since 1970) is the access token's end."""

    server_url: str
    registration: Registration
    access_token: str
    refresh_token: str | None = None
    expires_at: int | None = None

    def __repr__(self) -> str:
        return f"Grant({self.server_url!r})"

    @classmethod
    def of(cls, reply: Mapping[str, Any], *, server_url: str, registration: Registration, now_s: float) -> Self:
        """Read a token reply (RFC 6749 5.1)."""
        life_s = reply.get("expires_in")
        return cls(
            server_url=server_url,
            registration=registration,
            access_token=reply["access_token"],
            refresh_token=reply.get("refresh_token"),
            expires_at=int(now_s) + int(life_s) if life_s else None,
        )

    @property
    def agent_id(self) -> str | None:
        """The agent this token acts as. Read without checking: the relay checks what it is sent."""
        return _claims(self.access_token).get("agent_id")

    def renewable(self) -> bool:
        return self.refresh_token is not None

    def stale(self, now_s: float) -> bool:
        return self.expires_at is not None and now_s >= self.expires_at - EARLY_S


def load_grant(env: Mapping[str, str] = os.environ) -> Grant | None:
    folder = config_folder(env)
    token = read_private(folder / TOKEN_FILE, MEND)
    client = read_private(folder / CLIENT_FILE, MEND)
    if not isinstance(token, dict) or not isinstance(client, dict) or not token.get("access_token"):
        return None
    # The published client does not note whose token it is; the token itself does.
    server = token.get("server_url") or _claims(token["access_token"]).get("iss")
    if not server or not client.get("client_id"):
        return None
    return Grant(
        server_url=str(server),
        registration=Registration(client_id=client["client_id"], client_secret=client.get("client_secret")),
        access_token=token["access_token"],
        refresh_token=token.get("refresh_token"),
        expires_at=token.get("expires_at"),
    )


def save_grant(grant: Grant, env: Mapping[str, str] = os.environ) -> Path:
    folder = config_folder(env)
    client = {"client_id": grant.registration.client_id, "client_secret": grant.registration.client_secret}
    write_private(folder / CLIENT_FILE, _said(client))
    token = {
        "access_token": grant.access_token,
        "token_type": "Bearer",
        "refresh_token": grant.refresh_token,
        "expires_at": grant.expires_at,
        "server_url": grant.server_url,
    }
    path = folder / TOKEN_FILE
    write_private(path, _said(token))
    return path


def forget_grant(env: Mapping[str, str] = os.environ) -> None:
    for name in (TOKEN_FILE, CLIENT_FILE):
        (config_folder(env) / name).unlink(missing_ok=True)


def _said(content: Mapping[str, Any]) -> dict[str, Any]:
    # The published client takes a member that is there for one that has a value.
    return {name: value for name, value in content.items() if value is not None}


def _claims(token: str) -> dict[str, Any]:
    try:
        body = token.split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4)))
    except (IndexError, ValueError):
        return {}
    return claims if isinstance(claims, dict) else {}
