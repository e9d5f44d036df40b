"""What was seen of the list of devices behind each relay: first seen is believed, and nothing else from then on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from hitl_cli.errors import HitlError
from hitl_cli.files import config_folder, exclusively, read_private, write_private
from hitl_cli.sealed.log import DeviceLog, Entry, Pin, verified
from hitl_cli.sealed.wrong import Wrong, must

MEND: Final = "look at it before you delete it: without it, whatever the relay shows next is believed"


@dataclass(frozen=True, slots=True)
class Pinned:
    pin: Pin
    compared: bool
    """A human has compared the safety number, so that the first use was no leap of faith."""


class Pins:
    """The file of pins. `root` is one that the program was told, which needs no first use."""

    def __init__(self, env: Mapping[str, str], root: str | None = None) -> None:
        self._path = config_folder(env) / "pins.json"
        self._root = root

    @property
    def path(self) -> Path:
        return self._path

    @property
    def told(self) -> bool:
        """Whether the program was told which account to expect: it must have a log then."""
        return self._root is not None

    def of(self, account: str) -> Pinned | None:
        """Return what is pinned for an account, which is named by its relay, and `audience` if it is another's."""
        return _pinned(self._read().get(account), self._path)

    def knows(self, root: str) -> bool:
        """Whether any account with this root was seen."""
        return any(isinstance(stored, dict) and stored.get("root") == root for stored in self._read().values())

    def checked(self, account: str, entries: Sequence[Entry]) -> DeviceLog:
        """Verify a log against what was seen before, and remember how far it goes now."""
        with exclusively(self._path.with_suffix(".lock")):
            stored = self._read()
            known = _pinned(stored.get(account), self._path)
            if self._root and known and known.pin.root != self._root:
                known = None  # the program was told another one since
            log = verified(entries, known.pin if known else None)
            told = self._root is None or log.root == self._root
            must(told, Wrong.OTHER_ROOT, "the list of devices is not the one this program was told to expect")
            if known is None or log.seq > known.pin.seq:
                compared = bool(known and known.compared) or self._root is not None
                write_private(self._path, {**stored, account: _written(Pinned(log.pin(), compared))})
        return log

    def trust(self, account: str, entries: Sequence[Entry]) -> DeviceLog:
        """Believe this log from now on, whatever was believed before: a human has compared."""
        with exclusively(self._path.with_suffix(".lock")):
            log = verified(entries)
            write_private(self._path, {**self._read(), account: _written(Pinned(log.pin(), compared=True))})
        return log

    def _read(self) -> dict[str, Any]:
        stored = read_private(self._path, MEND)
        if stored is not None and not isinstance(stored, dict):
            raise HitlError(f"{self._path} cannot be read; {MEND}")
        return stored or {}


def account_name(server_url: str, audience: str | None = None) -> str:
    return f"{server_url} {audience}" if audience else server_url


def _pinned(stored: Any, path: Path) -> Pinned | None:
    if stored is None:
        return None
    try:
        pin = Pin(str(stored["root"]), int(stored["seq"]), str(stored["head"]))
        return Pinned(pin, bool(stored["compared"]))
    except (KeyError, TypeError, ValueError) as error:
        raise HitlError(f"{path} cannot be read; {MEND}") from error


def _written(pinned: Pinned) -> dict[str, Any]:
    pin = pinned.pin
    return {"root": pin.root, "seq": pin.seq, "head": pin.head, "compared": pinned.compared}
