"""What was found: one row a figure, printed as a Markdown table and kept as JSON."""

import json
import os
import platform
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

GENERATOR_LIMIT = 0.5
"""Share of a core; beyond it the generator may be what was measured."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    workload: str
    what: str
    value: float
    unit: str
    cpu_us: float | None = None
    """CPU an operation: the server's processes and PostgreSQL together."""
    postgres_us: float | None = None
    ceiling: float | None = None
    toy: float | None = None
    generator: float | None = None
    goal: str = ""
    met: bool | None = None
    note: str = ""
    samples: Sequence[float] = field(default=())

    @property
    def verdict(self) -> str:
        word = {True: "met", False: "MISSED", None: ""}[self.met]
        busy = self.generator is not None and self.generator > GENERATOR_LIMIT
        return "; ".join(filter(None, (word, "generator too busy" if busy else "", self.note)))

    def cells(self) -> list[str]:
        spread = f" [{short(min(self.samples))}..{short(max(self.samples))}]" if len(self.samples) > 1 else ""
        cpu = "" if self.cpu_us is None else f"{short(self.cpu_us)} ({short(self.postgres_us or 0)})"
        return [
            self.workload,
            self.what,
            f"{short(self.value)} {self.unit}{spread}",
            cpu,
            percent(self.ceiling),
            percent(self.toy),
            percent(self.generator),
            self.goal,
            self.verdict,
        ]


HEADINGS = ("", "figure", "median [range]", "CPU µs (of it PG)", "/ceiling", "/toy", "gen. CPU", "goal", "verdict")


def table(rows: Iterable[Row]) -> str:
    lines = [list(HEADINGS), *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(HEADINGS))]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)) + " |" for line in lines
    )


def machine(postgres: str) -> dict[str, Any]:
    info = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = next((line.partition(":")[2].strip() for line in info.splitlines() if line.startswith("model name")), "?")
    return {
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
        "cpu": model,
        "cores": len(os.sched_getaffinity(0)),
        "kernel": platform.release(),
        "python": platform.python_version(),
        "postgresql": postgres,
        "durability": "fsync on, synchronous_commit on",
    }


def write(path: Path, about: dict[str, Any], rows: Sequence[Row]) -> None:
    found = [asdict(row) | {"verdict": row.verdict} for row in rows]
    path.write_text(json.dumps(about | {"rows": found}, indent=1) + "\n", encoding="utf-8")


def short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def percent(share: float | None) -> str:
    return "" if share is None else f"{share:.0%}"


def median(values: Iterable[float]) -> float:
    return statistics.median(values)
