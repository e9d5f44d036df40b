"""One promise."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Requirement:
    """`source` is a line of a seed, an RFC section, an R-number of the auth research, or the issue that asked."""

    source: str
    says: str
