"""The documents are complete and true."""

from tests.promises.requirement import Requirement

PROMISES = {
    "docs.complete": Requirement(
        source="house style 13, 14: undocumented is a failing test",
        says="every code, event, metric, frame, call and setting is documented, and every link leads somewhere",
    ),
    "docs.generated_current": Requirement(
        source="doors: generated, committed, compared", says="generated documents are what the code generates"
    ),
}
