"""Text from elsewhere, made fit for a terminal: what would be obeyed or not be seen is written out instead.

A prompt may hold escape sequences that move the cursor, rename the window or paint over the question; direction
marks that turn `exe.txt` around; characters without width that make two different names look the same. Each
becomes `<U+XXXX>`. Line feeds stay; tabs become spaces.
"""

import re
import unicodedata
from typing import Final

MARK: Final = re.compile(r"<U\+[0-9A-F]{4,6}>")

_UNSEEN_LETTERS: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u2800\u3164\uffa0")
"""Blank although Unicode calls them letters, marks or symbols."""

_EMOJI_JOINERS: Final = frozenset("\u200d\ufe0f")
_WORD_JOINERS: Final = frozenset("\u200c\u200d")


def visible(text: str, *, strict: bool = False) -> str:
    """Write out every character that a terminal would obey or not show.

    Joiners inside an emoji or inside a word of a script that needs them stay, unless `strict`: in the arguments of
    an action nothing is allowed to hide.
    """
    return "".join(_drawn(text, strict=strict))


def one_line(text: str) -> str:
    """Make one line of it; where lines ended is shown, so that a prompt cannot pretend to be two."""
    return visible(text).strip().replace("\n", " ⏎ ")


def _drawn(text: str, *, strict: bool) -> list[str]:
    drawn: list[str] = []
    before = ""
    for character in text.replace("\r\n", "\n"):
        if character == "\n":
            drawn.append("\n")
        elif character == "\t" and not strict:
            drawn.append("    ")
        elif _hides(character) and (strict or not _joins(before, character)):
            drawn.append(f"<U+{ord(character):04X}>")
        else:
            drawn.append(character)
        before = character
    return drawn


def _hides(character: str) -> bool:
    if character.isascii():
        return not character.isprintable()
    category = unicodedata.category(character)
    # Cc controls, Cf formats (direction, zero width, tags), Cs surrogates, Co private, Cn unassigned,
    # Zl and Zp line and paragraph separators, Zs spaces that are not the space.
    return category[0] in "CZ" or character in _UNSEEN_LETTERS or _is_variation_selector(character)


def _is_variation_selector(character: str) -> bool:
    return "\ufe00" <= character <= "\ufe0f" or "\U000e0100" <= character <= "\U000e01ef"


def _joins(before: str, character: str) -> bool:
    if not before:
        return False
    category = unicodedata.category(before)
    if character in _EMOJI_JOINERS and (category in {"So", "Sk"} or before == "\ufe0f"):
        return True
    # Persian, Hindi and others spell with joiners; their letters have no case.
    return character in _WORD_JOINERS and category in {"Lo", "Mn", "Mc"}
