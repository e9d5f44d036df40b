"""What the relay promises, and where each promise comes from: `tests/promises` has them, a file a subject.

A test names the promise it proves: `@pytest.mark.proves("ask.ceiling")`. An unknown name stops the run; with
`--ledger` (as `make test` runs) so does a promise that no test proves.
"""

from collections.abc import Iterable, Mapping
from importlib import import_module
from pkgutil import iter_modules

from tests import promises
from tests.promises.requirement import Requirement


def _together(lists: Iterable[Mapping[str, Requirement]]) -> dict[str, Requirement]:
    """Return one list; two promises of one name cannot both be proved."""
    together: dict[str, Requirement] = {}
    for listed in lists:
        if twice := together.keys() & listed.keys():
            raise ValueError(f"promised twice: {sorted(twice)}")
        together.update(listed)
    return together


_SUBJECTS = [name for _, name, _ in iter_modules(promises.__path__) if name != "requirement"]

REQUIREMENTS = _together(import_module(f"tests.promises.{name}").PROMISES for name in _SUBJECTS)
