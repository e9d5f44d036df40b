"""The page of the docs that shows the app's screens, written from the pictures."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[2]
PAGE: Final = ROOT / "docs/topics/screens.md"
FOLDER: Final = ROOT / "docs/screens"
LOOKS: Final = ("phone-light", "desk-light", "phone-dark", "desk-dark")
IN_THE_DARK: Final = frozenset({"queue", "choice", "approval", "several", "undo", "history", "settings", "signing-in"})
"""Colours are the same tokens everywhere: one of each make shows them, and the repository stays small."""

HEAD: Final = """# The app's screens

Every screen on a phone and on a desk, some in the dark; written by `make screenshots`. What they do is told in
[the web app](the-web-app.md) and [answer in the app](../howto/answer-in-the-app.md).
"""


def looks_of(name: str) -> tuple[str, ...]:
    return tuple(looks for looks in LOOKS if name in IN_THE_DARK or looks.endswith("-light"))


def page_text(screens: Iterable[str]) -> str:
    """Return the page: a heading and a row of pictures for each screen."""
    parts = [HEAD]
    for name in screens:
        taken = looks_of(name)
        row = " | ".join(f"![{name}, {looks.replace('-', ', ')}](../screens/{name}-{looks}.webp)" for looks in taken)
        head = " | ".join(looks.replace("-", ", ") for looks in taken)
        rule = " | ".join("---" for _ in taken)
        parts.append(f"\n## {name.replace('-', ' ').capitalize()}\n\n| {head} |\n| {rule} |\n| {row} |\n")
    return "".join(parts)
