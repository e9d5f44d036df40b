"""Passwords that guessers try first (NIST SP 800-63B 5.1.1.2).

Not a list of millions: rules that make most of it. A common word with digits and punctuation around it, letters
replaced by look-alikes, one character again and again, rows of the keyboard or the alphabet, and what stands on the
account itself.
"""

import re
import unicodedata
from collections.abc import Iterable
from importlib.resources import files
from typing import Final

WORDS: Final = frozenset(files("auth").joinpath("assets/common-words.txt").read_text(encoding="utf-8").split())
"""In small letters; a file of our own making, a word a line."""

ROWS: Final = ("01234567890123456789", "abcdefghijklmnopqrstuvwxyz", "qwertyuiop", "qwertzuiop", "asdfghjkl", "zxcvbnm")
_LOOK_ALIKES: Final = str.maketrans("013457@$!8", "oieastasib")
_LETTERS: Final = re.compile(r"[^\W\d_]+")


def is_common(password: str, about: Iterable[str] = ()) -> bool:
    """Return whether a password is among the first that are tried; `about` is what stands on the account."""
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < 4 or any(plain in row * 2 or plain in (row * 2)[::-1] for row in ROWS):
        return True
    known = WORDS | {word for text in about for word in _words_of(text)}
    # Digits in the middle are read as letters, those at the ends are decoration: p4ssw0rd123!
    core = plain.strip("0123456789!?.,;:#*+-_=@$%&/() ")
    return any(_is_made_of(spelling, known) for spelling in (core, core.translate(_LOOK_ALIKES)))


def _is_made_of(core: str, known: Iterable[str]) -> bool:
    """Return whether a word and nothing else, or the same word several times, is what is left."""
    letters = "".join(_LETTERS.findall(core))
    return not letters or any(word and letters in (word, word * 2, word * 3) for word in known)


def _words_of(text: str) -> set[str]:
    plain = text.casefold()
    whole = "".join(_LETTERS.findall(plain))
    return {whole, *(word for word in _LETTERS.findall(plain) if len(word) > 3)}
