"""Where the relay is, and who we are: arguments first, then the environment, then what `hitl-cli login` stored."""

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Final

from hitl_cli.errors import HitlError
from hitl_cli.files import config_folder, read_private, write_private

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


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A relay and the credential to show it, if there is one."""

    server_url: str
    credential: str | None

    def __repr__(self) -> str:
        return f"Endpoint({self.server_url!r})"


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


def refuse_encryption(env: Mapping[str, str] = os.environ) -> None:
    """Stop a caller who asked for encryption: to send their words in the clear would be worse than not to ask."""
    if env.get("HITL_E2EE_ENABLED", "").lower() in {"1", "true", "yes", "on"}:
        raise HitlError("HITL_E2EE_ENABLED is set, and this version cannot encrypt yet: nothing was sent")


def server_url(given: str | None, env: Mapping[str, str] = os.environ, login: Login | None = None) -> str:
    url = given or env.get("HITL_SERVER_URL") or (login.server_url if login else "") or DEFAULT_SERVER_URL
    return url.strip().rstrip("/")


def agent_endpoint(
    given_url: str | None = None, given_key: str | None = None, env: Mapping[str, str] = os.environ
) -> Endpoint:
    """Find the relay and the key to ask with.

    The stored key goes only to the relay it came from: another server must not be handed it.
    """
    named_key = given_key or env.get("HITL_API_KEY")
    login = None if named_key and (given_url or env.get("HITL_SERVER_URL")) else load_login(env)
    url = server_url(given_url, env, login)
    stored_key = login.api_key if login and login.server_url == url else None
    return Endpoint(url, (named_key or stored_key or "").translate(CONTROL_CHARACTERS) or None)
