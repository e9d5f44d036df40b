"""The key this machine asks with: `agent.key`, in the place and in the form of the published client."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from nacl.signing import SigningKey

from hitl_cli.errors import HitlError, Untrusted
from hitl_cli.files import config_folder, exclusively, read_private, write_private
from hitl_cli.sealed.canon import b64, unb64
from hitl_cli.sealed.keys import KEY_BYTES, BoxKey, Chance, opening_key

MEND: Final = "restore it, or move it away and approve the key that is made then"


def key_path(env: Mapping[str, str]) -> Path:
    return config_folder(env) / "agent.key"


def load_agent_key(env: Mapping[str, str]) -> BoxKey | None:
    """Return the key, if there is one. An earlier name of the client kept it in a folder of its own."""
    for path in (key_path(env), config_folder(env).with_name("hitl-shin-relay") / "agent.key"):
        stored = read_private(path, MEND)
        if stored is not None:
            _make_private(path)
            return _key_of(stored, path)
    return None


def agent_key(env: Mapping[str, str], chance: Chance) -> BoxKey:
    """Return the key; the first to need it makes it."""
    with exclusively(key_path(env).with_suffix(".lock")):
        key = load_agent_key(env)
        if key is None:
            key = BoxKey.make(chance)
            write_private(key_path(env), {"public_key": key.public, "private_key": b64(key.private)})
        return key


def _key_of(stored: Any, path: Path) -> BoxKey:
    try:
        private, public = unb64(stored["private_key"]), stored["public_key"]
        key = BoxKey(private[:KEY_BYTES])
        if len(private) == KEY_BYTES and key.public == public:
            return key
        # What the oldest clients were said to keep: an Ed25519 seed, perhaps with the public half behind it.
        if b64(bytes(SigningKey(private[:KEY_BYTES]).verify_key)) == public:
            return opening_key(private[:KEY_BYTES])
    except (Untrusted, KeyError, TypeError, ValueError) as error:
        raise HitlError(f"{path} holds no key; {MEND}") from error
    raise HitlError(f"{path} holds two halves that do not belong together; {MEND}")


def _make_private(path: Path) -> None:
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)
