"""What the relay promises, and where each promise comes from: `tests/promises` has them, a file a subject.

A test names the promise it proves: `@pytest.mark.proves("ask.ceiling")`. An unknown name stops the run; with
`--ledger` (as `make test` runs) so does a promise that no test proves.
"""

from collections.abc import Iterable, Mapping

from tests.promises import broker, client, documentation, owners, speed, storage
from tests.promises.requirement import Requirement

SUBJECTS = (broker, owners, storage, client, documentation, speed)


def _together(lists: Iterable[Mapping[str, Requirement]]) -> dict[str, Requirement]:
    """Return one list; two promises of one name cannot both be proved."""
    together: dict[str, Requirement] = {}
    for promises in lists:
        if twice := together.keys() & promises.keys():
            raise ValueError(f"promised twice: {sorted(twice)}")
        together.update(promises)
    return together


REQUIREMENTS = _together(subject.PROMISES for subject in SUBJECTS)
