"""Bytes of a keyboard as named keys. Pure: what a terminal sends is fed in pieces, keys come out."""

import codecs
import re
from dataclasses import dataclass
from typing import Final

PASTE_BEGINS: Final = "\x1b[200~"
PASTE_ENDS: Final = "\x1b[201~"

_SEQUENCE: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|O[ -~])")
_UNFINISHED: Final = re.compile(r"\x1b(?:\[[0-?]*[ -/]*|O)?\Z")

_NAMES: Final = {
    "\x1b[A": "up", "\x1b[B": "down", "\x1b[C": "right", "\x1b[D": "left",
    "\x1bOA": "up", "\x1bOB": "down", "\x1bOC": "right", "\x1bOD": "left",
    "\x1b[H": "home", "\x1b[F": "end", "\x1bOH": "home", "\x1bOF": "end",
    "\x1b[1~": "home", "\x1b[4~": "end", "\x1b[7~": "home", "\x1b[8~": "end",
    "\x1b[3~": "delete", "\x1b[5~": "page-up", "\x1b[6~": "page-down",
}  # fmt: skip

_CONTROLS: Final = {"\r": "enter", "\n": "newline", "\t": "tab", "\x7f": "backspace", "\x08": "backspace"}


@dataclass(frozen=True, slots=True)
class Key:
    """A key by name; `text` is what it would type."""

    name: str
    text: str = ""


def typed(text: str) -> list[Key]:
    return [Key("char", character) for character in text]


class KeyReader:
    """Turn bytes into keys.

    An escape at the end may be the Esc key or the start of a sequence: it is kept until more comes, or until
    `flush` says that nothing more did.
    """

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""
        self._pasted: str | None = None

    @property
    def waiting(self) -> bool:
        return bool(self._rest) and self._pasted is None

    def feed(self, data: bytes) -> list[Key]:
        self._rest += self._decoder.decode(data)
        keys: list[Key] = []
        while self._rest:
            key, used = self._paste() if self._pasted is not None else self._next()
            if used == 0:
                break
            self._rest = self._rest[used:]
            if key:
                keys.append(key)
        return keys

    def flush(self) -> list[Key]:
        """Nothing followed the escape: it was the Esc key (and whatever was typed after it)."""
        if not self.waiting:
            return []
        rest, self._rest = self._rest, ""
        return [Key("esc"), *typed(rest[1:])]

    def _next(self) -> tuple[Key | None, int]:
        first = self._rest[0]
        if first == "\x1b":
            return self._escape()
        if first in _CONTROLS:
            return Key(_CONTROLS[first]), 1
        if first < " ":
            return Key(f"ctrl-{chr(ord(first) + 96)}"), 1
        return Key("char", first), 1

    def _escape(self) -> tuple[Key | None, int]:
        if _UNFINISHED.match(self._rest):
            return None, 0
        if self._rest.startswith("\x1b\r"):
            return Key("newline"), 2  # Alt-Enter
        if self._rest.startswith(PASTE_BEGINS):
            self._pasted = ""
            return None, len(PASTE_BEGINS)
        if sequence := _SEQUENCE.match(self._rest):
            # An unknown one is swallowed whole: its letters were not typed.
            name = _NAMES.get(sequence.group())
            return (Key(name) if name else None), sequence.end()
        return Key("esc"), 1

    def _paste(self) -> tuple[Key | None, int]:
        """Collect until the terminal says that the paste is over; the end mark may come in pieces."""
        end = self._rest.find(PASTE_ENDS)
        if end >= 0:
            pasted = (self._pasted or "") + self._rest[:end]
            self._pasted = None
            return Key("paste", _cleaned(pasted)), end + len(PASTE_ENDS)
        safe = max(0, len(self._rest) - len(PASTE_ENDS) + 1)
        self._pasted = (self._pasted or "") + self._rest[:safe]
        return None, safe


def _cleaned(pasted: str) -> str:
    """A terminal sends line ends as carriage returns; other controls were never meant as text."""
    lines = pasted.replace("\r\n", "\n").replace("\r", "\n").replace("\t", "    ")
    return "".join(character for character in lines if character == "\n" or character >= " ")
