"""`make test`: all tests. Two at a time, then those that want the machine for themselves, one after the other.

Without arguments the ledger is held to the tests first; arguments (`python -m tests tests/unit -x`) are pytest's.
"""

import subprocess
import sys
from collections.abc import Sequence
from typing import Final

USUAL: Final = "not conformance and not long"

PASSED: Final = 0
NOTHING_FOUND: Final = 5
"""pytest's own; right for one of the two rounds when somebody asks for a single folder."""


def main(asked: Sequence[str]) -> int:
    rounds = [
        ["-n", "2", "--dist", "loadgroup", "-m", f"{USUAL} and not alone"],
        ["-m", f"{USUAL} and alone"],
    ]
    if not asked and (owed := _pytest(["--ledger", "--collect-only", "--quiet", "--no-summary"], quiet=True)):
        return owed
    codes = [_pytest([*each, *asked]) for each in rounds]
    if all(code == NOTHING_FOUND for code in codes):
        return NOTHING_FOUND
    return next((code for code in codes if code not in {PASSED, NOTHING_FOUND}), PASSED)


def _pytest(arguments: Sequence[str], *, quiet: bool = False) -> int:
    done = subprocess.run(  # noqa: S603 - our own interpreter, and what a developer typed
        [sys.executable, "-m", "pytest", *arguments], check=False, text=True, stdout=subprocess.PIPE if quiet else None
    )
    if quiet and done.returncode:
        print(done.stdout[-4_000:])  # noqa: T201 - it says which promise nobody proves
    return done.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
