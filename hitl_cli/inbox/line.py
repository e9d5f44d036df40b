"""One edited text: a line editor without a screen. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from hitl_cli.inbox.key import Key

ANSWER_LIMIT: Final = 10_000
COMMENT_LIMIT: Final = 2_000
"""The relay takes no longer texts."""


@dataclass(slots=True)
class Line:
    text: str = ""
    at: int = 0
    limit: int = ANSWER_LIMIT

    def set(self, text: str) -> None:
        self.text = text[: self.limit]
        self.at = len(self.text)

    def apply(self, key: Key) -> None:
        """Edit; a key that means nothing in a text does nothing."""
        if key.text and key.name in {"char", "paste"}:
            self._insert(key.text)
        elif move := _MOVES.get(key.name):
            self.at = max(0, min(len(self.text), move(self)))
        elif cut := _CUTS.get(key.name):
            self._delete(*cut(self))
        elif key.name == "newline":
            self._insert("\n")

    def _insert(self, text: str) -> None:
        text = text[: self.limit - len(self.text)]
        self.text = self.text[: self.at] + text + self.text[self.at :]
        self.at += len(text)

    def _delete(self, start: int, end: int) -> None:
        start = max(0, start)
        self.text = self.text[:start] + self.text[end:]
        self.at = start

    def word_start(self) -> int:
        before = self.text[: self.at].rstrip()
        return max(before.rfind(" "), before.rfind("\n")) + 1


_MOVES: Final[Mapping[str, Callable[[Line], int]]] = {
    **dict.fromkeys(("left", "ctrl-b"), lambda line: line.at - 1),
    **dict.fromkeys(("right", "ctrl-f"), lambda line: line.at + 1),
    **dict.fromkeys(("home", "ctrl-a"), lambda _line: 0),
    **dict.fromkeys(("end", "ctrl-e"), lambda line: len(line.text)),
}

_CUTS: Final[Mapping[str, Callable[[Line], tuple[int, int]]]] = {
    "backspace": lambda line: (line.at - 1, line.at),
    **dict.fromkeys(("delete", "ctrl-d"), lambda line: (line.at, line.at + 1)),
    "ctrl-u": lambda line: (0, line.at),
    "ctrl-k": lambda line: (line.at, len(line.text)),
    "ctrl-w": lambda line: (line.word_start(), line.at),
}
