"""Where the relay is, and who we are: arguments first, then the environment, then what `hitl-cli login` stored."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from hitl_cli.endpoint import Endpoint
from hitl_cli.errors import HitlError
from hitl_cli.files import config_folder, read_private, write_private
from hitl_cli.oauth.renewal import StoredGrant
from hitl_cli.oauth.stored import Grant, load_grant

DEFAULT_SERVER_URL = "http://localhost:8000"
CONTROL_CHARACTERS = dict.fromkeys(range(32))
MEND: Final = "sign in again with `hitl-cli login`"


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """What `hitl-cli login` keeps. `token` is a human's: it answers; `api_key` is an agent's: it asks."""

    server_url: str
    token: str
    device_id: str
    cursor: int | None = None
    api_key: str | None = None
    api_key_id: str | None = None

    def __repr__(self) -> str:
        return f"Login(server_url={self.server_url!r}, device_id={self.device_id!r})"


def login_path(env: Mapping[str, str] = os.environ) -> Path:
    return config_folder(env) / "device.json"


def load_login(env: Mapping[str, str] = os.environ) -> Login | None:
    path = login_path(env)
    stored = read_private(path, MEND)
    if stored is None:
        return None
    try:
        known = {field.name for field in fields(Login)}
        return Login(**{name: value for name, value in stored.items() if name in known})
    except (TypeError, AttributeError) as error:
        raise HitlError(f"{path} cannot be read; {MEND}") from error


def save_login(login: Login, env: Mapping[str, str] = os.environ) -> Path:
    path = login_path(env)
    write_private(path, asdict(login))
    return path


def forget_login(env: Mapping[str, str] = os.environ) -> None:
    login_path(env).unlink(missing_ok=True)


def server_url(given: str | None, env: Mapping[str, str] = os.environ, stored: Login | Grant | None = None) -> str:
    url = given or env.get("HITL_SERVER_URL") or (stored.server_url if stored else "") or DEFAULT_SERVER_URL
    return url.strip().rstrip("/")


def agent_endpoint(
    given_url: str | None = None, given_key: str | None = None, env: Mapping[str, str] = os.environ
) -> Endpoint:
    """Find the relay and what to ask with: a key that was named, else what a login left.

    What a login left goes only to the relay it came from: another server must not be handed it.
    """
    named_key = (given_key or env.get("HITL_API_KEY") or "").translate(CONTROL_CHARACTERS)
    if named_key and (given_url or env.get("HITL_SERVER_URL")):
        return Endpoint(server_url(given_url, env), named_key)
    grant, login = load_grant(env), load_login(env)
    url = server_url(given_url, env, grant or login)
    if named_key:
        return Endpoint(url, named_key)
    if grant and grant.server_url == url:
        return Endpoint(url, grant.access_token, StoredGrant(env))
    stored_key = login.api_key if login and login.server_url == url else None
    return Endpoint(url, stored_key or None)
