"""Where a browser goes on after signing in: `next`, a path of our own pages and nothing else.

Whoever sends somebody a link to our sign-in page chooses what is in it. A `next` that led to another site would lend
our name to a phishing page (CWE-601), so what is not plainly a path here counts as absent.
"""

import re
from typing import Final
from urllib.parse import quote

LONGEST: Final = 4096
"""An authorization request with its state fits; quoted once more it still fits a request line (8,190 bytes)."""

HOME: Final = "/owner"
"""The first of the pages without a script."""

LANDING: Final = "/app/"
"""The web app: where one lands who asked for nothing else."""

_PATH: Final = re.compile(r"/(?!/)[!-\[\]-~]*", re.ASCII)
"""One slash, then visible ASCII without a backslash: browsers read `//`, `/\\` and tabs in between as another host."""


def safe_next(asked: str | None) -> str:
    """Return `asked` if it is a path of ours, else nothing."""
    return asked if asked and len(asked) <= LONGEST and _PATH.fullmatch(asked) else ""


def onward(asked: str | None) -> str:
    """Return where to go after signing in."""
    return safe_next(asked) or LANDING


def with_next(address: str, next: str) -> str:
    """Return `address` with `next` to be carried on; nothing to carry leaves it as it is."""
    kept = safe_next(next)
    return f"{address}?next={quote(kept, safe='/')}" if kept else address
