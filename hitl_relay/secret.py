"""The relay's secret: what lies sealed in the database opens with it, and it is not there."""

import os
import secrets
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

from hitl_relay.ground import data_dir
from hitl_relay.settings import Settings
from relay.kernel.settings import Secret

FILE: Final = "secret"
SHORTEST: Final = 32
"""Characters: also what HITL_SECRET must have."""


class NoSecret(Exception):
    """The relay's secret can be neither read nor made; the message says why and what to do."""


def with_secret(settings: Settings, environ: Mapping[str, str]) -> Settings:
    """Return the settings with the relay's secret: the one that is set, else the one in the data directory."""
    if settings.secret:
        return settings
    path = data_dir(settings, environ) / FILE
    try:
        return replace(settings, secret=lasting_secret(path))
    except OSError as error:
        raise NoSecret(f"{path} cannot be used: {error.strerror}. Mend it, or set HITL_SECRET.") from error


def lasting_secret(path: Path) -> Secret:
    """Return the secret kept in a file; make it the first time. Two processes at once get the same."""
    if not path.exists():
        _make(path)
    secret = path.read_text(encoding="ascii", errors="replace").strip()
    if len(secret) < SHORTEST:
        raise NoSecret(f"{path} holds no secret. Restore it from a backup, or delete it: a new one is made then.")
    return Secret(secret)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    whole = path.with_name(f"{FILE}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(whole, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as file:
        file.write(f"{secrets.token_urlsafe(32)}\n")
    try:
        # Unlike a rename, a link does not replace what another process put there meanwhile; and it appears whole.
        os.link(whole, path)
    except FileExistsError:
        pass
    finally:
        whole.unlink()
