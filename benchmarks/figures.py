"""From results to rows: medians of runs, and ratios between runs that stood side by side."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from benchmarks.report import Row, median

TOY_GOAL = 0.6
"""The share of the toy's rate to keep with every feature on."""


@dataclass(slots=True)
class Runs:
    """The results of the repeated runs of one measurement against one server."""

    results: list[Mapping[str, Any]] = field(default_factory=list)

    def rates(self, of: str = "operations") -> list[float]:
        return [result[of] / result["seconds"] for result in self.results]

    def values(self, name: str) -> list[float]:
        return [result[name] for result in self.results]

    def cost_us(self, *parts: str, of: str = "operations") -> float:
        """Return the CPU an operation took."""
        return median(sum(result[part] for part in parts) / max(1, result[of]) * 1e6 for result in self.results)

    def generator(self) -> float:
        return median(result["generator_s"] / result["seconds"] for result in self.results)

    def ratio(self, other: "Runs", of: str = "operations") -> float:
        """Compare run with run, not median with median: the machine's mood changes between them."""
        other_of = of if of in other.results[0] else "operations"
        pairs = zip(self.rates(of), other.rates(other_of), strict=True)
        return median(mine / max(theirs, 1e-9) for mine, theirs in pairs)

    def faults(self) -> str:
        count = sum(result.get("errors", 0) for result in self.results)
        return f"{count} errors" if count else ""


def rate_row(
    workload: str,
    what: str,
    runs: Runs,
    *,
    of: str = "operations",
    ceiling: Runs | None = None,
    toy: Runs | None = None,
    goal: float | None = None,
) -> Row:
    """Return a row of a rate; with a `goal` it must reach that share of the toy's."""
    share = runs.ratio(toy, of) if toy else None
    return Row(
        workload=workload,
        what=what,
        value=median(runs.rates(of)),
        samples=runs.rates(of),
        unit="/s",
        cpu_us=runs.cost_us("server_s", "postgres_s", of=of),
        postgres_us=runs.cost_us("postgres_s", of=of),
        ceiling=runs.ratio(ceiling, of) if ceiling else None,
        toy=share,
        generator=runs.generator(),
        goal=f">= {goal:.0%} of the toy" if goal else "",
        met=share >= goal if goal and share is not None else None,
        note=runs.faults(),
    )


def at_most(workload: str, what: str, samples: list[float], unit: str, *, goal: float | None, note: str = "") -> Row:
    """Return a row of a figure that should be small."""
    value = median(samples)
    return Row(
        workload=workload,
        what=what,
        value=value,
        samples=samples,
        unit=unit,
        goal="" if goal is None else f"<= {goal:g} {unit}",
        met=None if goal is None else value <= goal,
        note=note,
    )
