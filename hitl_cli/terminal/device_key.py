"""The keys of this terminal, and which questions it was shown: files beside the login they belong to."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from hitl_cli.errors import HitlError, Untrusted
from hitl_cli.files import config_folder, exclusively, read_private, write_private
from hitl_cli.sealed.canon import b64, unb64
from hitl_cli.sealed.keys import KEY_BYTES, BoxKey, DeviceKey

MEND: Final = "pair this terminal again with `hitl-cli pair`"


def device_key_path(env: Mapping[str, str]) -> Path:
    return config_folder(env) / "device.key"


def load_device_key(env: Mapping[str, str], device_id: str) -> DeviceKey | None:
    """Return the keys of the device this machine is signed in as; those of an earlier one are none."""
    path = device_key_path(env)
    stored = read_private(path, MEND)
    if stored is None or stored.get("device_id") != device_id:
        return None
    try:
        seed, box = unb64(stored["sign"], KEY_BYTES), unb64(stored["box"], KEY_BYTES)
    except (Untrusted, KeyError, TypeError) as error:
        raise HitlError(f"{path} holds no keys; {MEND}") from error
    return DeviceKey(seed, BoxKey(box))


def save_device_key(env: Mapping[str, str], device_id: str, key: DeviceKey) -> None:
    stored = {"device_id": device_id, "sign": b64(key.seed), "box": b64(key.box.private)}
    write_private(device_key_path(env), stored)


def forget_device_key(env: Mapping[str, str]) -> None:
    device_key_path(env).unlink(missing_ok=True)


class SeenOnDisk:
    """Which sealed questions were shown here, until they would have expired: a question shown again is a replay."""

    def __init__(self, env: Mapping[str, str], now: Callable[[], float]) -> None:
        self._path = config_folder(env) / "seen.json"
        self._now = now

    def first_as(self, sender: str, id: str, request_id: str, expires: int) -> bool:
        with exclusively(self._path.with_suffix(".lock")):
            stored: dict[str, Any] = read_private(self._path, "move it away") or {}
            live = {name: seen for name, seen in stored.items() if seen[1] >= self._now()}
            known = live.get(name := f"{sender} {id}")
            if known is not None:
                return bool(known[0] == request_id)
            write_private(self._path, {**live, name: [request_id, expires]})
        return True
